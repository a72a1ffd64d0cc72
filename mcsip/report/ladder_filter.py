"""A part of a ladder: the rows that somebody asks for, and the lanes that these need."""

from collections.abc import Callable
from dataclasses import replace

from mcsip.report.ladder import Arrow, Box, Ladder


def filter_ladder(ladder: Ladder, wanted: Callable[[str], bool]) -> Ladder:
    """Return the rows whose text is wanted, on the lanes that they need.

    Args:
        ladder: the ladder.
        wanted: tells of a row's text in lower case (see ``row_text``) whether it is wanted.
    """
    rows = [row for row in ladder.rows if wanted(row_text(row, ladder).lower())]
    used: set[int] = set()
    for row in rows:
        used |= {row.lane} if isinstance(row, Box) else {row.sender, row.receiver, *row.via}
    index = {lane: position for position, lane in enumerate(sorted(used))}
    return Ladder(
        tuple(lane for position, lane in enumerate(ladder.lanes) if position in used),
        tuple(_moved(row, index) for row in rows),
    )


def row_text(row: Arrow | Box, ladder: Ladder) -> str:
    """Return what a filter looks at: the names of a row's nodes, and what stands at it."""
    if isinstance(row, Box):
        words = [ladder.lanes[row.lane].node, row.text]
    else:
        ends = (ladder.lanes[lane].node for lane in (row.sender, row.receiver))
        status = "" if row.status is None else str(row.status)
        lost = "lost" if row.lost else ""
        words = [*ends, *row.cores, row.label, row.detail, status, row.warning, row.transport, lost]
    step = f"step {row.step}" if row.step else ""
    return "\n".join([*words, row.clause, step])


def _moved(row: Arrow | Box, index: dict[int, int]) -> Arrow | Box:
    """Return a row on the lanes as they are numbered now."""
    if isinstance(row, Box):
        return replace(row, lane=index[row.lane])
    via = tuple(index[lane] for lane in row.via)
    return replace(row, sender=index[row.sender], receiver=index[row.receiver], via=via)
