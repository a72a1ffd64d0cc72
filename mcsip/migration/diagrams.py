"""Draws the tables of the records as Mermaid state diagrams, for the documentation."""

from collections.abc import Iterable

from mcsip.migration.partner_table import PARTNER_TABLE
from mcsip.migration.primary_table import PRIMARY_TABLE

_Line = tuple[str, str, str]


def primary_diagram() -> str:
    """Return the primary's record as a Mermaid state diagram (TS 23.280 10.6.3.3 step 7)."""
    lines = ((state, row.to or "former", what) for (state, what), row in PRIMARY_TABLE.items())
    return _diagram("home", lines)


def partner_diagram() -> str:
    """Return the partner's record as a Mermaid state diagram (TS 23.280 10.6.3.3 step 11)."""
    lines = ((state, row.to or "former", what) for (state, what), row in PARTNER_TABLE.items())
    return _diagram("absent", lines)


def primary_rows() -> str:
    """Return the primary's table as a Markdown table: state, input, state, what is done, clause."""
    return _rows(
        (state, what, row.to or "former", ", ".join(row.do), row.clause)
        for (state, what), row in PRIMARY_TABLE.items()
    )


def partner_rows() -> str:
    """Return the partner's table as a Markdown table: state, input, state, what is done, clause."""
    return _rows(
        (state, what, row.to or "former", ", ".join((*row.do, *row.effects)), row.clause)
        for (state, what), row in PARTNER_TABLE.items()
    )


def _diagram(first: str, lines: Iterable[_Line]) -> str:
    """Return a diagram; rows that stay where they are, and do nothing to it, are left out."""
    out = ["stateDiagram-v2", f"    [*] --> {first}"]
    choice = False
    for start, end, what in lines:
        if start == end:
            continue
        choice = choice or end == "former"
        out.append(f"    {start} --> {end}: {what}")
    if choice:
        out.append("    former: what was before")
    return "\n".join(out) + "\n"


def _rows(lines: Iterable[tuple[str, str, str, str, str]]) -> str:
    head = ("state", "input", "becomes", "done", "clause")
    cells = [head, ("---",) * 5, *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells) + "\n"
