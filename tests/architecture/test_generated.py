"""What is generated into ``docs`` is what the code says."""

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


def load_render() -> Callable[[], dict[str, str]]:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    render: Callable[[], dict[str, str]] = module.render
    return render


RENDERED = load_render()()


@pytest.mark.parametrize("name", RENDERED)
def test_the_committed_copy_is_current(name: str) -> None:
    path = DOCS / name
    committed = path.read_text(encoding="utf-8") if path.is_file() else None
    assert committed == RENDERED[name], f"run 'make docs' to bring docs/{name} up to date"


def test_there_is_no_schema_that_nothing_writes() -> None:
    published = {f"schema/{path.name}" for path in (DOCS / "schema").iterdir()}
    assert published == {name for name in RENDERED if name.startswith("schema/")}


@pytest.mark.parametrize(
    "path", [*DOCS.glob("*.md"), DOCS.parent / "README.md"], ids=lambda p: p.name
)
def test_every_link_between_documents_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        assert not file or (path.parent / file).exists(), f"{path.name}: {target}"
        assert file or anchor in anchors, f"{path.name}: {target}"
