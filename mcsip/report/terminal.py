"""The ladder as text: readable at 80 columns, in colour only when that is asked for.

Each message takes two lines: its name, then its arrow. Beside the arrow stand, on the left, the
step of the clause and the time in seconds; on the right the number of copies, where there were
several, and the status code of the answer. Inner steps are boxes on the line of their node.

::

     step  │  message-name            │
    0.012  ├────────○────────────────▶│     200
        6  │        │      ▏authorization check: permitted▕
"""

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mcsip.report.canvas import Line, Style, shorten
from mcsip.report.ladder import Arrow, Box, Ladder, Lane
from mcsip.scenario.result import DiffRow, Sign

_GUTTER = 7
"""Columns on the left, for step and time."""
_MARGIN = 5
"""Columns on the right, for copies and status."""
_MIN_PITCH = 6
_MAX_PITCH = 26
_LABEL_LINES = 3


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things stand, in columns from 0.

    Attributes:
        columns: of each lane's line.
        pitch: columns from lane to lane.
        right: the first column right of the lanes.
    """

    columns: tuple[int, ...]
    pitch: float
    right: int


def render_ladder(
    ladder: Ladder,
    *,
    width: int = 80,
    colour: bool = False,
    ascii_only: bool = False,
    marks: Mapping[int, Sequence[str]] | None = None,
) -> str:
    """Return the ladder as lines of text, each ended; "" when nothing happened.

    Args:
        ladder: the ladder.
        width: columns to use; more are taken when there are too many lanes for it.
        colour: use colours (SGR sequences).
        ascii_only: draw with ASCII characters, for outputs that have no others.
        marks: what is wrong with an arrow, by its number; stands below it.
    """
    if not ladder.lanes:
        return ""
    layout = _lay_out(len(ladder.lanes), width)
    lines = _heading(ladder.lanes, layout)
    clause = ""
    for row in ladder.rows:
        if row.clause and row.clause != clause:
            clause = row.clause
            lines.append(_divider(clause, layout))
        match row:
            case Arrow():
                lines += _arrow_lines(row, layout, (marks or {}).get(row.number, ()))
            case Box():
                lines += _box_lines(row, layout)
    lines.append(_lifelines(layout))
    return "".join(line.render(colour=colour, ascii_only=ascii_only) + "\n" for line in lines)


_SIGNS = {
    Sign.BOTH: ("", Style.FAINT),
    Sign.MISSING: ("-", Style.BAD),
    Sign.EXTRA: ("+", Style.ODD),
}


def render_diff(
    lanes: tuple[Lane, ...],
    rows: Sequence[DiffRow],
    *,
    width: int = 80,
    colour: bool = False,
    ascii_only: bool = False,
) -> str:
    """Return expected against observed as lines of text, each ended; "" when there is no row.

    In front of an arrow stands "-" when it is missing, "+" when it was not expected; what is
    missing has a dashed arrow. On the right stands the status code that came, or was expected.

    Args:
        lanes: the lanes; all nodes of the rows have one.
        rows: the messages, in order.
        width: columns to use; more are taken when there are too many lanes for it.
        colour: use colours (SGR sequences).
        ascii_only: draw with ASCII characters.
    """
    if not rows:
        return ""
    layout = _lay_out(len(lanes), width)
    index = {lane.node: position for position, lane in enumerate(lanes)}
    lines = _heading(lanes, layout)
    for row in rows:
        ends = (index[row.sender], index[row.receiver])
        sign, style = _SIGNS[row.sign]
        name, shaft = _lifelines(layout), _lifelines(layout)
        _put_text(name, row.label, ends, layout, style)
        _put_line(shaft, ends, (), layout, style, dashed=row.sign is Sign.MISSING)
        shaft.put(_GUTTER - 2 - len(sign), sign, style)
        shaft.put(layout.right + 1, "" if row.status is None else str(row.status), style)
        lines += [name, shaft]
    lines.append(_lifelines(layout))
    return "".join(line.render(colour=colour, ascii_only=ascii_only) + "\n" for line in lines)


def _lay_out(lanes: int, width: int) -> _Layout:
    """Return the layout for so many lanes."""
    pitch = min(max((width - _GUTTER - _MARGIN) / lanes, _MIN_PITCH), _MAX_PITCH)
    columns = tuple(_GUTTER + int(pitch * (lane + 0.5)) for lane in range(lanes))
    return _Layout(columns, pitch, _GUTTER + int(pitch * lanes))


# --- the head -------------------------------------------------------------------------------------


def _heading(lanes: tuple[Lane, ...], layout: _Layout) -> list[Line]:
    """Return the lines with the systems and the names of the lanes."""
    systems = Line()
    start = 0
    while start < len(lanes):
        end = start + 1
        while end < len(lanes) and lanes[end].system == lanes[start].system != "":
            end += 1
        if lanes[start].system:
            _put_system(systems, lanes[start].system, layout, start, end - 1)
        start = end
    names = [_wrap_name(lane.label, int(layout.pitch) - 1) for lane in lanes]
    height = max(len(name) for name in names)
    labels = [Line() for _ in range(height)]
    for column, name in zip(layout.columns, names, strict=True):
        for line, text in zip(labels[height - len(name) :], name, strict=True):
            line.put(column - len(text) // 2, text, Style.STRONG)
    heads = [systems, *labels] if any(lane.system for lane in lanes) else labels
    heads[0].put(_GUTTER - 2 - len("step"), "step", Style.FAINT)
    heads[-1].put(layout.right + 1, "code", Style.FAINT)
    return [*heads, _lifelines(layout)]


def _put_system(line: Line, name: str, layout: _Layout, first: int, last: int) -> None:
    """Draw the bracket over the lanes of one system."""
    half = int(layout.pitch) // 2 - 1
    left, right = layout.columns[first] - half, layout.columns[last] + half
    room = right - left - 1
    text = shorten(f" {name} " if len(name) + 2 <= room else name, room)
    line.put(left, "╭" + text.center(room, "─") + "╮", Style.SYSTEM)
    line.put(left + 1 + (room - len(text) + (room & 1 & len(text))) // 2, text, Style.SYSTEM)


def _wrap_name(name: str, width: int) -> list[str]:
    """Return a name in lines of at most ``width`` characters, broken behind ".", "-", ":"."""
    lines = [""]
    for part in re.findall(r"[^-._:@ ]*[-._:@ ]?", name):
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    if len(lines) > _LABEL_LINES:
        lines = [*lines[: _LABEL_LINES - 1], "".join(lines[_LABEL_LINES - 1 :])]
    return [shorten(line, width) for line in lines]


def _lifelines(layout: _Layout) -> Line:
    """Return a line with nothing but the lines of the lanes."""
    line = Line()
    for column in layout.columns:
        line.put(column, "│", Style.FAINT)
    return line


def _divider(clause: str, layout: _Layout) -> Line:
    """Return the line that says from which clause the following steps are."""
    line = Line()
    line.put(1, "─" * (layout.right - 1), Style.FAINT)
    for column in layout.columns:
        line.put(column, "┼", Style.FAINT)
    line.put(3, f" {clause} ", Style.STEP)
    return line


# --- messages -------------------------------------------------------------------------------------


def _arrow_lines(arrow: Arrow, layout: _Layout, marks: Sequence[str] = ()) -> list[Line]:
    """Return the lines of one message: its name, its arrow, why it was refused, what is wrong."""
    name, shaft = _lifelines(layout), _lifelines(layout)
    style = Style.PLAIN if arrow.migration else Style.FAINT
    outcome = Style.GOOD if arrow.detail == "success" else Style.BAD
    text = f"{arrow.label}  {arrow.detail}" if arrow.detail else arrow.label
    below = []
    if len(text) > layout.right - _GUTTER:
        text = arrow.label
        below.append((arrow.detail, outcome))
    ends = (arrow.sender, arrow.receiver)
    column = _put_text(name, text, ends, layout, style)
    if arrow.detail and not below:
        name.put(column + len(arrow.label) + 2, arrow.detail, outcome)
    name.put(_GUTTER - 2 - len(arrow.step), arrow.step, Style.STEP)
    if arrow.retransmissions:
        name.put(layout.right + 1, f"×{arrow.retransmissions + 1}", Style.ODD)
    elif arrow.provisional is not None:
        name.put(layout.right + 1, str(arrow.provisional), Style.FAINT)
    shaft.put(0, f"{arrow.at:6.3f}"[:6].rjust(_GUTTER - 2), Style.FAINT)
    _put_shaft(shaft, arrow, layout)
    status, style = _status(arrow)
    shaft.put(layout.right + 1, status, style)
    if arrow.status is not None and arrow.status >= 300:
        below.append((arrow.warning or arrow.reason, Style.BAD))
    below += [(f"✗ {mark}", Style.BAD) for mark in marks]
    lines = [name, shaft]
    for remark, style in below:
        for piece in textwrap.wrap(remark, layout.right - _GUTTER - 4):
            lines.append(_lifelines(layout))
            _put_text(lines[-1], piece, ends, layout, style)
    return lines


def _put_text(line: Line, text: str, ends: tuple[int, int], layout: _Layout, style: Style) -> int:
    """Draw text between the lanes of an arrow, or as near as it fits; return its column."""
    text = shorten(text, layout.right - _GUTTER)
    left = min(layout.columns[end] for end in ends) + 2
    column = max(min(left, layout.right - len(text)), _GUTTER)
    for lane in layout.columns:
        if lane in (column - 1, column + len(text)):
            line.put(lane, " ")
    line.put(column, text, style)
    return column


def _status(arrow: Arrow) -> tuple[str, Style]:
    """Return what stands in the place of the status code, and its style."""
    if arrow.status is None:
        return ("lost", Style.BAD) if arrow.lost else ("—", Style.ODD)
    if arrow.status < 300:
        return str(arrow.status), Style.GOOD
    return str(arrow.status), Style.ODD if arrow.status < 400 else Style.BAD


def _put_shaft(line: Line, arrow: Arrow, layout: _Layout) -> None:
    """Draw the arrow itself; a lost one ends half-way, at a cross."""
    style = Style.BAD if arrow.lost else Style.PLAIN
    _put_line(line, (arrow.sender, arrow.receiver), arrow.via, layout, style, lost=arrow.lost)


def _put_line(
    line: Line,
    ends: tuple[int, int],
    via: Sequence[int],
    layout: _Layout,
    style: Style,
    *,
    lost: bool = False,
    dashed: bool = False,
) -> None:
    """Draw an arrow from one lane to another."""
    start, end = layout.columns[ends[0]], layout.columns[ends[1]]
    if start == end:
        line.put(start, "├─↻", style)
        return
    step = 1 if end > start else -1
    stop = (start + end) // 2 if lost else end - step
    left, right = min(start + step, stop), max(start + step, stop)
    line.put(left, ("╌" if dashed else "─") * (right - left + 1), style)
    for lane, column in enumerate(layout.columns):
        if left <= column <= right:
            line.put(column, "○" if lane in via else "┼", style)
    line.put(start, "├" if step > 0 else "┤", style)
    head = "✗" if lost else ("▶" if step > 0 else "◀")
    line.put(stop, head, style)


# --- inner steps ----------------------------------------------------------------------------------


def _box_lines(box: Box, layout: _Layout) -> list[Line]:
    """Return the lines of an inner step: a box beside the line of its node, where there is room."""
    node = layout.columns[box.lane]
    left, right = node - _GUTTER - 2, layout.right + _MARGIN - node - 4
    to_the_right = right >= min(left, len(box.text))
    pieces = textwrap.wrap(box.text, max(right if to_the_right else left, _MIN_PITCH)) or [""]
    width = max(len(piece) for piece in pieces)
    column = node + 1 if to_the_right else node - width - 2
    lines: list[Line] = []
    for piece in pieces:
        line = _lifelines(layout)
        line.put(column, f"▏{piece.ljust(width)}▕", Style.BOX)
        line.put(node, "◆" if not lines else "│", Style.BOX)
        lines.append(line)
    lines[0].put(_GUTTER - 2 - len(box.step), box.step, Style.STEP)
    return lines
