"""The ladder as a PlantUML sequence diagram, for documents."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby

from mcsip.report.canvas import printable
from mcsip.report.ladder import Arrow, Box, Ladder


def render_plantuml(
    ladder: Ladder, title: str = "", marks: Mapping[int, Sequence[str]] | None = None
) -> str:
    """Return the diagram; nodes of one system stand in a box with its name.

    Args:
        ladder: the ladder.
        title: its title, or "".
        marks: what is wrong with an arrow, by its number; stands in a note below it.
    """
    lines = ["@startuml"]
    if title:
        lines.append(f"title {_escape(title)}")
    lines += ["hide footbox", "skinparam responseMessageBelowArrow true"]
    lanes = list(enumerate(ladder.lanes))
    for system, members in groupby(lanes, key=lambda lane: lane[1].system):
        names = [f"participant {_quote(lane.label)} as n{number}" for number, lane in members]
        if system:
            lines += [f"box {_quote(system)}", *(f"  {name}" for name in names), "end box"]
        else:
            lines += names
    clause = ""
    for row in ladder.rows:
        if row.clause and row.clause != clause:
            clause = row.clause
            lines.append(f"== {_escape(clause)} ==")
        match row:
            case Arrow():
                lines += _arrow(row)
                lines += [_mark(row, mark) for mark in (marks or {}).get(row.number, ())]
            case Box():
                lines.append(f"rnote over n{row.lane} : {_numbered(row.step, row.text)}")
    return "\n".join([*lines, "@enduml"]) + "\n"


def _arrow(arrow: Arrow) -> list[str]:
    """Return the lines of a message and its answer."""
    head = "->x" if arrow.lost else "->"
    text = _numbered(arrow.step, arrow.caption)
    lines = [f"n{arrow.sender} {head} n{arrow.receiver} : {text}"]
    if arrow.reply:
        lines.append(f"n{arrow.receiver} --> n{arrow.sender} : {_escape(arrow.reply)}")
    return lines


def _mark(arrow: Arrow, mark: str) -> str:
    """Return the note that says what is wrong with a message."""
    lanes = sorted({arrow.sender, arrow.receiver})
    return f"note over {','.join(f'n{lane}' for lane in lanes)} #pink : ✗ {_escape(mark)}"


def _numbered(step: str, text: str) -> str:
    """Return a text with the step of the clause before it."""
    return _escape(f"{step}. {text}" if step else text)


_MEANINGFUL = re.compile(r"[~<\\\"]|([*_\-/\[\]#=])\1")
"""What means something in Creole: single characters, and others when they stand twice [gen]."""


def _escape(text: str) -> str:
    """Return text of one line in which nothing means something to PlantUML."""
    return _MEANINGFUL.sub(lambda found: f"~{found[0]}", printable(text))


def _quote(text: str) -> str:
    """Return text as a quoted name."""
    return '"' + printable(text).replace('"', "'").replace("\\", "/") + '"'
