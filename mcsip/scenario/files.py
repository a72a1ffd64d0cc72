"""Telling files of scenarios and topologies from other YAML, without reading them whole."""

import re
from pathlib import Path

SUFFIXES = (".yaml", ".yml")
_STEPS = re.compile(rb"^steps\s*:", re.MULTILINE)
_BASE = re.compile(rb"^(topology|include)\s*:", re.MULTILINE)
_TOPOLOGY = re.compile(rb"^(systems|agreements|clients)\s*:", re.MULTILINE)
_FIRST_OCTETS = 256 * 1024


def is_topology(path: Path) -> bool:
    """Tell whether a YAML file is a topology: it has systems or the like, and no steps."""
    if path.name.endswith((".topology.yaml", ".topology.yml")):
        return True
    head = _head(path)
    return _TOPOLOGY.search(head) is not None and _STEPS.search(head) is None


def is_scenario(path: Path, *, named: bool = False) -> bool:
    """Tell whether a YAML file is a scenario: it has steps, and what they run on.

    Args:
        path: the file.
        named: whether somebody named it as one: then steps are enough.
    """
    head = _head(path)
    return _STEPS.search(head) is not None and (named or _BASE.search(head) is not None)


def _head(path: Path) -> bytes:
    """Return the beginning of a file; nothing when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_FIRST_OCTETS)
    except OSError:
        return b""
