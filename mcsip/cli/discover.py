"""Finding scenario files: files, folders, and the names of shipped scenarios."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from mcsip.document import hint_for
from mcsip.errors import UsageError
from mcsip.resources import scenarios_dir
from mcsip.scenario.files import SUFFIXES, is_topology


def find_scenarios(paths: Iterable[str]) -> list[tuple[Path, str]]:
    """Return the scenario files that are meant, each with the name that errors call it by.

    A folder stands for all scenario files in it and below, in order of their names.

    Raises:
        UsageError: there is no such file, folder or shipped scenario.
    """
    found: dict[Path, tuple[Path, str]] = {}
    for text in paths:
        for path, name in _expand(text):
            found.setdefault(path.resolve(), (path, name))
    return list(found.values())


def _expand(text: str) -> Iterator[tuple[Path, str]]:
    path = Path(text)
    if path.is_dir():
        for file in _in_folder(path):
            yield file, str(file)
    elif path.exists():
        yield path, text
    else:
        yield from _shipped(text)


def _in_folder(folder: Path) -> list[Path]:
    files = (file for file in folder.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    return sorted(file for file in files if not is_topology(file))


def shipped_scenarios() -> dict[str, Path]:
    """Return the shipped scenarios by name (``authorization/success``)."""
    folder = scenarios_dir()
    return {
        str(file.relative_to(folder).with_suffix("")).replace("\\", "/"): file
        for file in _in_folder(folder)
    }


def _shipped(text: str) -> Iterator[tuple[Path, str]]:
    known = shipped_scenarios()
    name = text.strip("/").removesuffix(".yaml")
    chosen = [each for each in known if each == name or each.startswith(f"{name}/")]
    if not chosen:
        named = [each for each in known if name in each.split("/")]
        names = [*known, *{each.partition("/")[0] for each in known}]
        hint = (
            f"did you mean {' or '.join(map(repr, named))}?"
            if named
            else hint_for(name, names, "shipped")
        )
        raise UsageError(f"there is no file, folder or shipped scenario {text!r}; {hint}")
    for each in chosen:
        yield known[each], f"{each}.yaml"
