"""The very line of a message, with carets under the octets that are wrong."""

from typing import NamedTuple

from mcsip.conformance.result import Finding
from mcsip.report.canvas import printable

_LEFT = 24
"""Columns shown before the first caret, of a line that is too long for its room [ours]."""


class Line(NamedTuple):
    """A line of a message, ready to be shown.

    Attributes:
        number: which line of the message, from 1.
        text: the line, cut to its room, without what would move the cursor.
        start, length: columns of ``text`` that are wrong, from 0; length 0: the line is only shown.
    """

    number: int
    text: str
    start: int
    length: int

    @property
    def carets(self) -> str:
        """The line below, with the carets, or ""."""
        return " " * self.start + "^" * self.length if self.length else ""


def quote_line(data: bytes, finding: Finding, room: int) -> Line:
    """Return the line that a finding points at; the first one where it points at none.

    Args:
        data: the message.
        finding: the finding.
        room: columns for the line.
    """
    first, after = _octets(data, finding)
    begin = data.rfind(b"\n", 0, first) + 1
    end = data.find(b"\n", begin)
    end = len(data) if end < 0 else end
    raw = data[begin:end].rstrip(b"\r")
    start = len(_shown(raw[: first - begin]))
    length = len(_shown(raw[first - begin : max(after, first) - begin]))
    if finding.span is not None:
        length = max(length, 1)
    text, start, length = _cut(_shown(raw), start, length, room)
    return Line(data.count(b"\n", 0, begin) + 1, text, start, length)


def _octets(data: bytes, finding: Finding) -> tuple[int, int]:
    """Return the first octet that is wrong, and the first one after it."""
    if finding.span is not None:
        first, after = finding.span
        first = min(max(first, 0), len(data))
        return first, min(max(after, first), len(data))
    if finding.line is None:
        return 0, 0
    first = 0
    for _ in range(finding.line - 1):
        at = data.find(b"\n", first)
        if at < 0:
            break
        first = at + 1
    end = data.find(b"\n", first)
    end = len(data) if end < 0 else end
    return first, first + len(data[first:end].rstrip(b"\r"))


def _shown(raw: bytes) -> str:
    """Return octets as text of one line."""
    return printable(raw.decode("utf-8", "backslashreplace").replace("\t", " "))


def _cut(text: str, start: int, length: int, room: int) -> tuple[str, int, int]:
    """Return the part of a line around what is wrong, and where that is in it."""
    if len(text) <= room:
        return text, start, length
    skipped = max(0, min(start - _LEFT, len(text) - room)) if start + length > room - 1 else 0
    shown = text[skipped : skipped + room]
    if skipped:
        shown = "…" + shown[1:]
    if skipped + room < len(text):
        shown = shown[:-1] + "…"
    start -= skipped
    return shown, start, min(length, room - start)
