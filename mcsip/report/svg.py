"""The ladder as one SVG image that needs nothing else: for documents, issue trackers, slides.

Systems are coloured bands with their nodes in them, so that the border between two systems is seen;
light or dark as the reader prefers. Nothing in it is a script, and nothing is loaded.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from mcsip.report.canvas import printable, shorten
from mcsip.report.ladder import Arrow, Box, Ladder

_LEFT, _RIGHT = 110, 90
"""Pixels beside the lanes: time and step, and the status code."""
_PITCH = 150
"""Pixels from lane to lane."""
_TITLE, _HEAD = 44, 66
_ARROW, _BOX_LINE, _DIVIDER, _REMARK = 46, 16, 34, 16
_CHARACTER = 6.7
"""Pixels of one character of a label, of which the texts are cut [ours]."""
_SMALL_CHARACTER = 5.9
"""The same of small text [ours]."""
_BANDS = 4
_STYLE = """\
:root { --ink:#1d2433; --faint:#6b7484; --line:#c4cad4; --ground:#ffffff; --good:#1a7f37;
  --odd:#9a6700; --bad:#cf222e; --box:#fff8e1; --edge:#d9b44a; --b0:#e8f0fe; --b1:#e6f6ec;
  --b2:#f6ebfd; --b3:#fdeee3; }
@media (prefers-color-scheme: dark) { :root { --ink:#e6e9ef; --faint:#98a1b0; --line:#454d5b;
  --ground:#14181f; --good:#4ac26b; --odd:#d4a72c; --bad:#ff7b72; --box:#3a3116; --edge:#8a7430;
  --b0:#1b2a45; --b1:#16322a; --b2:#2f1f3f; --b3:#3b2a1c; } }
text { font:13px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif; fill:var(--ink); }
.ground { fill:var(--ground); } .title { font-size:16px; font-weight:600; }
.system { font-weight:600; } .node { font-weight:600; } .small,.time { font-size:11px; }
.time,.other,.remark { fill:var(--faint); } .step { font-weight:700; }
.label { paint-order:stroke; stroke:var(--ground); stroke-width:4px; stroke-linejoin:round; }
.life { stroke:var(--line); stroke-width:1; } .rule { stroke:var(--line); stroke-dasharray:2 4; }
.shaft { stroke:var(--ink); stroke-width:1.5; fill:none; } .lost { stroke:var(--bad);
  stroke-dasharray:5 4; } .head { fill:var(--ink); } .hop { fill:var(--ground);
  stroke:var(--ink); stroke-width:1.5; } .good { fill:var(--good); } .odd { fill:var(--odd); }
.bad { fill:var(--bad); } .cross { stroke:var(--bad); stroke-width:2; fill:none; }
.box { fill:var(--box); stroke:var(--edge); } .b0 { fill:var(--b0); } .b1 { fill:var(--b1); }
.b2 { fill:var(--b2); } .b3 { fill:var(--b3); }
"""


def render_svg(
    ladder: Ladder, title: str = "", marks: Mapping[int, Sequence[str]] | None = None
) -> str:
    """Return the image.

    Args:
        ladder: the ladder.
        title: its title, or "".
        marks: what is wrong with an arrow, by its number; stands below it.
    """
    drawing = _Drawing(ladder, marks or {})
    drawing.draw_rows()
    return drawing.finish(title)


@dataclass(slots=True)
class _Drawing:
    """The image while rows are added to it from top to bottom."""

    ladder: Ladder
    marks: Mapping[int, Sequence[str]]
    y: float = _TITLE + _HEAD + 26
    parts: list[str] = field(default_factory=list)

    @property
    def width(self) -> int:
        return _LEFT + _PITCH * max(len(self.ladder.lanes), 3) + _RIGHT

    def x(self, lane: int) -> float:
        """Return where the line of a lane is."""
        return _LEFT + _PITCH * (lane + 0.5)

    def text(self, x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> None:
        """Add a text."""
        attributes = f' class="{kind}"' if kind else ""
        if anchor != "start":
            attributes += f' text-anchor="{anchor}"'
        shown = escape(printable(text))
        self.parts.append(f'<text x="{x:g}" y="{y:g}"{attributes}>{shown}</text>')

    def draw_rows(self) -> None:
        """Draw everything below the heads."""
        clause = ""
        for row in self.ladder.rows:
            if row.clause and row.clause != clause:
                clause = row.clause
                self._divider(clause)
            match row:
                case Arrow():
                    self._arrow(row)
                case Box():
                    self._box(row)

    def finish(self, title: str) -> str:
        """Return the whole image."""
        height = self.y + 20
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{height:g}" '
            f'viewBox="0 0 {self.width} {height:g}" role="img" '
            f"aria-label={quoteattr(printable(title) or 'ladder')}>"
        )
        rows, self.parts = self.parts, []
        self.text(20, 28, shorten(title, int((self.width - 40) / 9)), "title")
        self._bands(height)
        ground = f'<rect class="ground" width="{self.width}" height="{height:g}"/>'
        parts = [head, f"<style>\n{_STYLE}</style>", ground, *self.parts, *rows, "</svg>"]
        return "\n".join(parts) + "\n"

    def _bands(self, height: float) -> None:
        """Draw the bands of the systems, the names of the nodes, and their lines."""
        lanes = list(enumerate(self.ladder.lanes))
        band = 0
        for system, members in groupby(lanes, key=lambda lane: lane[1].system):
            numbers = [number for number, _ in members]
            if not system:
                continue
            left, right = self.x(numbers[0]) - _PITCH / 2 + 4, self.x(numbers[-1]) + _PITCH / 2 - 4
            self.parts.append(
                f'<rect class="b{band % _BANDS}" x="{left:g}" y="{_TITLE}" rx="10" '
                f'width="{right - left:g}" height="{height - _TITLE - 8:g}"/>'
            )
            self.text((left + right) / 2, _TITLE + 22, system, "system", "middle")
            band += 1
        for number, lane in lanes:
            x = self.x(number)
            name = shorten(lane.label, int(_PITCH / 7.5))
            self.text(x, _TITLE + 46, name, "node", "middle")
            role = lane.role.value if lane.role is not None else ""
            if role and role != lane.label:
                self.text(x, _TITLE + 60, role, "small other", "middle")
            self.parts.append(
                f'<line class="life" x1="{x:g}" y1="{_TITLE + _HEAD}" x2="{x:g}" '
                f'y2="{height - 14:g}"/>'
            )

    def _divider(self, clause: str) -> None:
        """Draw the line that says from which clause the following steps are."""
        y = self.y + _DIVIDER / 2
        self.parts.append(
            f'<line class="rule" x1="10" y1="{y:g}" x2="{self.width - 10}" y2="{y:g}"/>'
        )
        self.text(14, y - 4, clause, "small step")
        self.y += _DIVIDER

    def _arrow(self, arrow: Arrow) -> None:
        """Draw one message with its answer, and what is to be said of both."""
        y = self.y + _ARROW - 16
        if arrow.step:
            self.text(_LEFT - 44, y - 8, arrow.step, "step", "end")
        self.text(14, y + 4, f"{arrow.at:.3f}", "time")
        start, end = self.x(arrow.sender), self.x(arrow.receiver)
        label = arrow.label + (f" ×{arrow.retransmissions + 1}" if arrow.retransmissions else "")
        self._label((start + end) / 2, y - 8, label, arrow)
        self._shaft(arrow, start, end, y)
        status, kind = _status(arrow)
        self.text(self.width - _RIGHT + 24, y + 4, status, kind)
        self.y += _ARROW
        for remark in self._remarks(arrow):
            self._label((start + end) / 2, self.y, remark, None)
            self.y += _REMARK

    def _label(self, middle: float, y: float, label: str, arrow: Arrow | None) -> None:
        """Draw a text above an arrow, moved where it would stand beside the lanes."""
        detail = "" if arrow is None else arrow.detail
        half = len(f"{label}  {detail}") * _CHARACTER / 2
        right = self.width - _RIGHT + 10
        middle = max(min(middle, right - half), _LEFT - 30 + half)
        kind = "label bad" if arrow is None else f"label{'' if arrow.migration else ' other'}"
        text = escape(printable(label))
        if detail:
            outcome = "good" if detail == "success" else "bad"
            text += f'<tspan class="{outcome}">  {escape(printable(detail))}</tspan>'
        self.parts.append(
            f'<text x="{middle:g}" y="{y:g}" class="{kind}" text-anchor="middle">{text}</text>'
        )

    def _shaft(self, arrow: Arrow, start: float, end: float, y: float) -> None:
        """Draw the arrow itself; a lost one ends half-way, at a cross."""
        if arrow.sender == arrow.receiver:
            path = f"M{start:g} {y - 6:g}h26v10h-20"
            self.parts.append(f'<path class="shaft" d="{path}"/>')
            self._head(start + 6, y + 4, -1)
            return
        way = 1 if end > start else -1
        if arrow.lost:
            stop = (start + end) / 2
            self.parts.append(f'<path class="shaft lost" d="M{start:g} {y:g}H{stop:g}"/>')
            cross = f"M{stop - 5:g} {y - 5:g}l10 10m0 -10l-10 10"
            self.parts.append(f'<path class="cross" d="{cross}"/>')
            return
        self.parts.append(f'<path class="shaft" d="M{start:g} {y:g}H{end - 7 * way:g}"/>')
        for lane in arrow.via:
            self.parts.append(f'<circle class="hop" cx="{self.x(lane):g}" cy="{y:g}" r="4"/>')
        self._head(end, y, way)

    def _head(self, x: float, y: float, way: int) -> None:
        """Draw the head of an arrow whose point is at ``x``."""
        path = f"M{x:g} {y:g}l{-9 * way:g} -4.5v9z"
        self.parts.append(f'<path class="head" d="{path}"/>')

    def _remarks(self, arrow: Arrow) -> Iterator[str]:
        """Yield why a message was refused, and what is wrong with it."""
        if arrow.status is not None and arrow.status >= 300 and (arrow.warning or arrow.reason):
            yield arrow.warning or arrow.reason
        for mark in self.marks.get(arrow.number, ()):
            yield f"✗ {mark}"

    def _box(self, box: Box) -> None:
        """Draw an inner step on the line of its node."""
        lines = textwrap.wrap(printable(box.text), 40, break_on_hyphens=False) or [""]
        width = max(len(line) for line in lines) * _SMALL_CHARACTER + 18
        height = len(lines) * _BOX_LINE + 10
        left = min(max(self.x(box.lane) - width / 2, _LEFT - 30), self.width - _RIGHT - width + 20)
        top = self.y + 6
        if box.step:
            self.text(_LEFT - 44, top + height / 2 + 4, box.step, "step", "end")
        self.parts.append(
            f'<rect class="box" x="{left:g}" y="{top:g}" width="{width:g}" '
            f'height="{height}" rx="5"/>'
        )
        for number, line in enumerate(lines):
            self.text(left + width / 2, top + 17 + number * _BOX_LINE, line, "small", "middle")
        self.y = top + height + 4


def _status(arrow: Arrow) -> tuple[str, str]:
    """Return what stands in the place of the status code, and its class."""
    if arrow.status is None:
        return ("lost", "bad") if arrow.lost else ("—", "odd")
    if arrow.status < 300:
        return str(arrow.status), "good"
    return str(arrow.status), "odd" if arrow.status < 400 else "bad"
