"""The matrix as a table: a row for each point, a column for each trouble."""

from collections.abc import Iterable, Mapping

from .points import Case, Trouble

GOOD, BAD, NOTHING = "ok", "HALF", "."


def columns_of(cases: Iterable[Case]) -> list[str]:
    """Return the columns that cases have, in the order of the troubles."""
    order = list(Trouble)
    seen = {case.column: (order.index(case.trouble), case.down_s) for case in cases}
    return sorted(seen, key=lambda column: seen[column])


def render_table(title: str, results: Mapping[Case, bool]) -> str:
    """Return the table of one procedure.

    Args:
        title: what stands above it.
        results: for each case whether everything held.
    """
    columns = columns_of(results)
    rows: dict[str, dict[str, bool]] = {}
    for case, good in results.items():
        row = f"{case.point.number:3} {case.point}"
        rows.setdefault(row, {})[case.column] = good
    width = max(map(len, rows), default=0)
    lines = [title, *_head(columns, width)]
    for row, cells in rows.items():
        marks = (_mark(cells.get(column)).center(6) for column in columns)
        lines.append(f"{row:{width}}  {''.join(marks)}".rstrip())
    bad = sum(not good for good in results.values())
    lines.append(f"{len(results)} cases, {bad} with a fault")
    return "\n".join(lines) + "\n"


def _head(columns: list[str], width: int) -> list[str]:
    """Return the lines that name the columns, which are narrow: by letters, with a key."""
    letters = [chr(ord("A") + index) for index in range(len(columns))]
    key = [f"  {letter}: {column}" for letter, column in zip(letters, columns, strict=True)]
    return [*key, " " * (width + 2) + "".join(letter.center(6) for letter in letters).rstrip()]


def _mark(good: bool | None) -> str:
    return NOTHING if good is None else GOOD if good else BAD
