"""The directions of imports: the contracts of import-linter, and what they cannot see."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mcsip"
PURE = sorted(
    path for name in ("sip", "mc", "migration") for path in (PACKAGE / name).rglob("*.py")
)
MODULE_OF = {"dnspython": "dns", "pjsua2-python": "pjsua2", "pyjwt": "jwt", "pyyaml": "yaml"}
"""Packages that are imported by another name than their own in lower case."""
FOR_DEVELOPERS = "dev"
"""The extra that users have no need of: what it adds is not imported by the package."""
UNDECLARED = {"pydantic_core", "_typeshed", "pytest", "_pytest"}
"""What comes with pydantic, what only type checkers import, and what only its own users load."""
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "urandom", "time_ns", "monotonic_ns"}


def test_the_contracts_are_kept() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_pure_code_reads_no_clock_and_awaits_nothing() -> None:
    for path in PURE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            assert not isinstance(node, ast.AsyncFunctionDef | ast.Await), where
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in CLOCKS, f"{where}: {ast.unparse(node.func)}"


def imported(path: Path) -> set[str]:
    """Return the top-level modules that a source file imports from elsewhere."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names - {"mcsip"} - sys.stdlib_module_names


def project() -> dict[str, Any]:
    """Return the table ``project`` of pyproject.toml."""
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, Any] = tables["project"]
    return found


def names(lines: Iterable[str]) -> set[str]:
    """Return the names of the packages that requirements are about."""
    return {re.split(r"[^\w-]", line)[0] for line in lines}


def required() -> set[str]:
    """Return the packages that everybody gets."""
    return names(project()["dependencies"])


def optional() -> set[str]:
    """Return the packages that users get by an extra."""
    extras = project()["optional-dependencies"].items()
    return set().union(*(names(lines) for key, lines in extras if key != FOR_DEVELOPERS))


def modules(packages: Iterable[str]) -> set[str]:
    """Return the modules that packages bring."""
    return {MODULE_OF.get(package.lower(), package.lower()) for package in packages}


def test_what_is_imported_is_a_dependency_and_the_other_way_round() -> None:
    """An extra is none that everybody needs: its modules are imported where it is asked for."""
    used = set().union(*map(imported, PACKAGE.rglob("*.py"))) - UNDECLARED
    assert used - modules(optional()) == modules(required())


def test_every_dependency_is_explained() -> None:
    explained = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    assert {name for name in required() | optional() if name not in explained} == set()
