"""Configuration files: ``mcsip.toml``, or ``[tool.mcsip]`` of ``pyproject.toml``, as defaults.

A table for each command (``[run]``) holds the defaults of its long options, without the dashes.
They are below a scenario's own ``options``, ``MCSIP_*`` variables and the command line.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from mcsip.errors import Diagnostic, FileError

Tables = dict[str, dict[str, Any]]


def read_config(folder: Path, commands: Collection[str]) -> tuple[str, Tables]:
    """Return the name and the tables of the configuration that applies in a folder.

    Args:
        folder: where to look; only there.
        commands: the names that tables may have.

    Raises:
        FileError: it is not TOML, or has a table for a command that there is not.
    """
    for name, table in (("mcsip.toml", ()), ("pyproject.toml", ("tool", "mcsip"))):
        path = folder / name
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if table and "mcsip" not in text:
            continue
        content = _parse(text, name)
        for key in table:
            content = content.get(key, {})
        if not content and table:
            continue
        for key, value in content.items():
            if key not in commands:
                raise _unknown(name, text, key, commands)
            if not isinstance(value, Mapping):
                raise FileError([_fault(name, text, key, f"expected a table [{key}]")])
        return name, {key: dict(value) for key, value in content.items()}
    return "", {}


def check_options(folder: Path, name: str, given: Collection[str], known: Collection[str]) -> None:
    """Check the keys of a command's table; raises FileError for one that is no option."""
    for key in given:
        if key.replace("-", "_") not in known:
            text = (folder / name).read_text(encoding="utf-8", errors="replace")
            raise _unknown(name, text, key, [each.replace("_", "-") for each in sorted(known)])


def value_fault(path: Path, option: str, message: str) -> FileError:
    """Return the fault of the value that a file gives an option (its name as a parameter)."""
    text = path.read_text(encoding="utf-8", errors="replace")
    faults = [_fault(path.name, text, key, message) for key in (option.replace("_", "-"), option)]
    return FileError([max(faults, key=lambda fault: fault.line)])


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line, column = (int(found[1]), int(found[2])) if found else (1, 1)
        lines = text.splitlines()
        source = lines[line - 1] if line <= len(lines) else ""
        message = f"not TOML: {str(error).partition(' (at ')[0].lower()}"
        raise FileError([Diagnostic(name, line, column, message, source)]) from error


def _fault(name: str, text: str, key: str, message: str, hint: str | None = None) -> Diagnostic:
    """Return a fault at the first place that looks like the key."""
    pattern = re.compile(rf"^\s*\[?(?:tool\.mcsip\.)?(\"?{re.escape(key)}\"?)\s*[\]=.]")
    for number, line in enumerate(text.splitlines(), 1):
        if (found := pattern.match(line)) is not None:
            column = found.start(1) + 1
            return Diagnostic(name, number, column, message, line, len(found[1]), hint)
    return Diagnostic(name, 1, 1, message, hint=hint)


def _unknown(name: str, text: str, key: str, known: Collection[str]) -> FileError:
    from mcsip.document import hint_for

    hint = hint_for(key, known, "keys known here")
    return FileError([_fault(name, text, key, f"unknown key {key!r}", hint)])
