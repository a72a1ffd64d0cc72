"""What a benchmark has found, as people read it: a table with what it means, and its figures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Section:
    """One table.

    Attributes:
        title: what was measured.
        about: what it means, for the document; paragraphs of Markdown.
        columns: the heads of the columns after the first.
        rows: the cells of each row.
        figures: the figures behind them, by name.
    """

    title: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: Mapping[str, object] = field(default_factory=dict)

    def text(self) -> Iterator[str]:
        """Yield the lines of the table for a terminal."""
        widths = [max(map(len, cells)) for cells in zip(*self._table(), strict=True)]
        for row in self._table():
            first, *rest = zip(row, widths, strict=True)
            cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
            yield "  ".join(cells).rstrip()

    def markdown(self) -> Iterator[str]:
        """Yield the lines of the section for a document."""
        head, *rows = self._table()
        yield f"## {self.title}"
        yield ""
        if self.about:
            yield self.about.strip()
            yield ""
        yield f"| {' | '.join(('', *head[1:]))} |"
        yield f"| --- |{' ---: |' * len(self.columns)}"
        for row in rows:
            yield f"| {' | '.join(row)} |"
        yield ""

    def _table(self) -> list[tuple[str, ...]]:
        return [(self.title, *self.columns), *self.rows]
