"""What goes through the pipes: JSON objects, one on a line; octets in base64.

To the program go commands, ``{"number": 7, "do": "send", …}``. Each is answered at once by
``{"answer": 7, …}``, with ``"error"`` and ``"cannot"`` where it could not be done: ``cannot`` is
true where PJSIP has no such ability. What happens later comes as ``{"event": …}`` [ours].
"""

import base64
import json
from collections.abc import Mapping

MAX_LINE_OCTETS = 1_000_000
"""Longest line that is read; a SIP message of PJSIP has 4000 octets [ours]."""

Line = Mapping[str, object]


class WireError(Exception):
    """A line is none of these, or lacks something."""


def build_line(line: Line) -> bytes:
    """Return the octets of a line, with its end."""
    return json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n"


def parse_line(octets: bytes) -> dict[str, object]:
    """Return what stands in a line.

    Raises:
        WireError: it is no JSON object.
    """
    try:
        line = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise WireError(f"no JSON: {octets[:80]!r}") from error
    if not isinstance(line, dict):
        raise WireError(f"no object: {octets[:80]!r}")
    return line


def text_of(line: Line, key: str) -> str:
    """Return a text of a line; raises WireError where there is none."""
    value = line.get(key)
    if not isinstance(value, str):
        raise WireError(f"{key} is no text: {value!r}")
    return value


def number_of(line: Line, key: str) -> int:
    """Return a whole number of a line; raises WireError where there is none."""
    value = line.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise WireError(f"{key} is no number: {value!r}")
    return value


def pack(octets: bytes) -> str:
    """Return octets as they stand in a line."""
    return base64.b64encode(octets).decode("ascii")


def octets_of(line: Line, key: str) -> bytes:
    """Return octets of a line; raises WireError where there are none."""
    try:
        return base64.b64decode(text_of(line, key), validate=True)
    except ValueError as error:
        raise WireError(f"{key} is no base64") from error


def pairs_of(line: Line, key: str) -> list[tuple[str, str]]:
    """Return pairs of texts of a line; raises WireError where there are none."""
    value = line.get(key)
    if not isinstance(value, list):
        raise WireError(f"{key} is no list: {value!r}")
    pairs: list[tuple[str, str]] = []
    for each in value:
        match each:
            case [str(name), str(text)]:
                pairs.append((name, text))
            case _:
                raise WireError(f"{key} holds no pair of texts: {each!r}")
    return pairs
