"""The rows of the HTML report's ladder, for both of its views: SIP cores folded, and unfolded.

Both views stand over the same lanes, so that nothing jumps when cores are unfolded. A row says in
which views it is drawn; names of nodes are indices of lanes.
"""

from collections.abc import Iterator, Mapping, Sequence

from mcsip.exchanges import Exchange
from mcsip.report.html_messages import Wire
from mcsip.report.ladder import Arrow, Box, Ladder, build_ladder, order_lanes
from mcsip.report.wire import title_of
from mcsip.scenario.result import DiffRow, ScenarioResult, Sign
from mcsip.trace import Trace

Plain = dict[str, object]

FOLDED, UNFOLDED = "folded", "unfolded"


class Drawing:
    """The ladder in both views.

    Args:
        trace: the trace.
        exchanges: its exchanges.
        wire: its messages.
        result: what came of the scenario, or None: what it expected in vain is drawn too.

    Attributes:
        folded: the ladder with SIP cores folded.
        lanes: the lanes of both views.
        index: for the name of each node the index of its lane.
    """

    def __init__(
        self,
        trace: Trace,
        exchanges: Sequence[Exchange],
        wire: Wire,
        result: ScenarioResult | None = None,
    ) -> None:
        self.folded = build_ladder(trace, exchanges)
        self._unfolded = build_ladder(trace, fold_cores=False)
        self._exchanges = sorted(exchanges, key=lambda exchange: exchange.number)
        self._wire = wire
        self._missing, self._extra = _differences(result)
        used = {end for group in wire.hops for end in (group.sender, group.receiver)}
        used |= {note.node for note in trace.notes}
        used |= {end for _, _, row in self._missing for end in (row.sender, row.receiver)}
        self.lanes = order_lanes(trace, used, exchanges)
        self.index = {lane.node: position for position, lane in enumerate(self.lanes)}

    def rows(self) -> list[Plain]:
        """Return the rows from top to bottom; what was expected in vain stands in its place."""
        rows = [*self._arrows(), *map(self._box, self.folded.boxes), *self._strays()]
        for row in rows:
            if row["number"] in self._extra:
                row["extra"] = True
        tagged = [(_number(row), row) for row in rows]
        tagged.sort(key=lambda each: each[0])
        tagged += [(after, self._expected(step, row)) for after, step, row in self._missing]
        tagged.sort(key=lambda each: each[0])  # stable: each after the one that it was to follow
        return [row for _, row in tagged]

    def _arrows(self) -> Iterator[Plain]:
        """Yield the arrows of both views; one that is alike in both stands once."""
        at_number = {
            group.hop.number: position
            for position, group in enumerate(self._wire.hops)
            if group.hop is not None
        }
        alike: set[int] = set()
        for exchange, arrow in zip(self._exchanges, self.folded.arrows, strict=True):
            hops = [at_number[hop.number] for hop in exchange.hops]
            row = {**self._arrow(self.folded, arrow), "hops": hops}
            if len(hops) == 1:
                alike.add(arrow.number)
                yield row
            else:
                yield {**row, "view": FOLDED}
        for arrow in self._unfolded.arrows:
            if arrow.number not in alike:
                hops = [at_number[arrow.number]]
                yield {**self._arrow(self._unfolded, arrow), "hops": hops, "view": UNFOLDED}

    def _arrow(self, ladder: Ladder, arrow: Arrow) -> Plain:
        """Return an arrow; what is empty is left out."""
        lanes = ladder.lanes
        optional: Mapping[str, object] = {
            "via": [self.index[core] for core in arrow.cores if core in self.index],
            "mc": arrow.migration,
            "step": arrow.step,
            "clause": arrow.clause,
            "detail": arrow.detail,
            "status": arrow.status,
            "reason": arrow.reason,
            "warning": arrow.warning,
            "again": arrow.retransmissions,
            "lost": arrow.lost,
            "provisional": arrow.provisional,
        }
        return {
            "kind": "arrow",
            "number": arrow.number,
            "at": round(arrow.at, 6),
            "from": self.index[lanes[arrow.sender].node],
            "to": self.index[lanes[arrow.receiver].node],
            "label": arrow.label,
            "transport": arrow.transport,
        } | {key: value for key, value in optional.items() if value not in (None, "", 0, [])}

    def _box(self, box: Box) -> Plain:
        return {
            "kind": "box",
            "number": box.number,
            "at": round(box.at, 6),
            "lane": self.index[self.folded.lanes[box.lane].node],
            "step": box.step,
            "clause": box.clause,
            "text": box.text,
        }

    def _strays(self) -> Iterator[Plain]:
        """Yield the messages that belong to no transaction, as arrows of their own."""
        for position, group in enumerate(self._wire.hops):
            if group.hop is not None:
                continue
            message = self._wire.messages[group.messages[0]]
            yield {
                "kind": "arrow",
                "number": message.number,
                "at": round(message.at, 6),
                "from": self.index[message.sender],
                "to": self.index[message.receiver],
                "label": title_of(message.data),
                "transport": message.transport,
                "hops": [position],
                "stray": True,
            }

    def _expected(self, step: int, row: DiffRow) -> Plain:
        """Return the row of a message that was expected in vain."""
        drawn: Plain = {
            "kind": "missing",
            "number": 0,
            "scenario_step": step,
            "from": self.index[row.sender],
            "to": self.index[row.receiver],
            "label": row.label,
        }
        return drawn if row.status is None else {**drawn, "status": row.status}


def _number(row: Plain) -> int:
    number = row["number"]
    assert isinstance(number, int)
    return number


_Missing = tuple[int, int, DiffRow]
"""After which number of the trace, in which step of the scenario, what."""


def _differences(result: ScenarioResult | None) -> tuple[list[_Missing], set[int]]:
    """Return what was expected in vain, and the numbers of what was not expected."""
    missing: list[_Missing] = []
    extra: set[int] = set()
    for step in result.steps if result is not None else ():
        for finding in step.findings:
            after = 0
            for row in finding.diff:
                after = after if row.number is None else row.number
                if row.sign is Sign.MISSING:
                    missing.append((after, step.number, row))
                elif row.sign is Sign.EXTRA:
                    extra.add(after)
    return missing, extra
