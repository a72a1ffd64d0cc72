"""The ladder as a Mermaid sequence diagram, for documents and issue trackers."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from mcsip.report.canvas import printable
from mcsip.report.ladder import Arrow, Box, Ladder


def render_mermaid(
    ladder: Ladder, title: str = "", marks: Mapping[int, Sequence[str]] | None = None
) -> str:
    """Return the diagram; nodes of one system stand in a box with its name.

    Args:
        ladder: the ladder.
        title: its title, or "".
        marks: what is wrong with an arrow, by its number; stands in a note below it.
    """
    lines = []
    if title:
        lines += ["---", f"title: {_quote(title)}", "---"]
    lines.append("sequenceDiagram")
    lanes = list(enumerate(ladder.lanes))
    for system, members in groupby(lanes, key=lambda lane: lane[1].system):
        names = [f"    participant n{number} as {_escape(lane.label)}" for number, lane in members]
        if system:
            lines += [f"    box transparent {_escape(system)}", *names, "    end"]
        else:
            lines += names
    for row in ladder.rows:
        match row:
            case Arrow():
                lines += _arrow(row)
                lines += [_mark(row, mark) for mark in (marks or {}).get(row.number, ())]
            case Box():
                lines.append(f"    Note over n{row.lane}: {_numbered(row.step, row.text)}")
    return "\n".join(lines) + "\n"


def _arrow(arrow: Arrow) -> list[str]:
    """Return the lines of a message and its answer."""
    head = "-x" if arrow.lost else "->>"
    text = _numbered(arrow.step, arrow.caption)
    lines = [f"    n{arrow.sender}{head}n{arrow.receiver}: {text}"]
    if arrow.reply:
        lines.append(f"    n{arrow.receiver}-->>n{arrow.sender}: {_escape(arrow.reply)}")
    return lines


def _mark(arrow: Arrow, mark: str) -> str:
    """Return the note that says what is wrong with a message."""
    lanes = sorted({arrow.sender, arrow.receiver})
    return f"    Note over {','.join(f'n{lane}' for lane in lanes)}: ✗ {_escape(mark)}"


def _numbered(step: str, text: str) -> str:
    """Return a text with the step of the clause before it."""
    return _escape(f"{step}. {text}" if step else text)


def _escape(text: str) -> str:
    """Return text in which nothing means something to Mermaid."""
    text = printable(text)
    for char in "#;<>":
        text = text.replace(char, f"#{ord(char)};" if char != "#" else "\0")
    return text.replace("\0", "#35;")


def _quote(text: str) -> str:
    """Return text as a quoted scalar of YAML."""
    text = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
