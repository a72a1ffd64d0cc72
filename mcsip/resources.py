"""Where the shipped data files are: in an installed wheel, or beside the package in a checkout."""

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def _data(name: str) -> Path:
    """Return the folder ``name``; raises FileNotFoundError when the installation lacks it."""
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"this installation of mcsip lacks its folder {name!r}; reinstall it")


def schemas_dir() -> Path:
    """Return the folder of the project's own XML schemas (``xml_schemas/``)."""
    return _data("xml_schemas")


def scenarios_dir() -> Path:
    """Return the folder of the shipped scenarios (``scenarios/``)."""
    return _data("scenarios")
