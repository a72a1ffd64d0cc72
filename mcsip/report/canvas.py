"""Lines of text with styles: what the terminal's drawings are put together from.

A line is drawn cell by cell; a cell is one character and one style. Text from the wire may hold
anything, so characters that would move the cursor are replaced when they are put into a cell.
"""

from enum import Enum
from itertools import groupby


class Style(Enum):
    """How a piece of text looks, by its meaning; the value is its SGR code (ECMA-48 8.3.117)."""

    PLAIN = ""
    STRONG = "1"
    FAINT = "2"
    SYSTEM = "34"
    STEP = "1;36"
    GOOD = "32"
    ODD = "33"
    BAD = "31"
    BOX = "36"
    PASSED = "1;37;42"
    FAILED = "1;37;41"
    UNSURE = "1;30;43"


_ASCII = str.maketrans(
    {
        "│": "|", "─": "-", "├": "+", "┤": "+", "┼": "-", "╭": ".", "╮": ".", "╴": "-", "╶": "-",
        "▶": ">", "◀": "<", "○": "o", "✗": "X", "×": "x", "…": "~", "—": "-", "·": "-", "•": "*",
        "✓": "+", "↻": "@", "→": ">", "╎": ":", "╌": "-", "◆": "*",
        "▏": "[", "▕": "]", "“": '"', "”": '"', "’": "'",
    }
)  # fmt: skip


def to_ascii(text: str) -> str:
    """Return ``text`` in ASCII, character by character; what has no likeness becomes "?"."""
    return text.translate(_ASCII).encode("ascii", "replace").decode("ascii")


def fits_encoding(encoding: str | None) -> bool:
    """Return whether an output with this encoding can show the drawings as they are."""
    try:
        "│─╌├┤┼╭╮▶◀○✗×…—·◆▏▕↻".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def printable(text: str) -> str:
    """Return ``text`` without characters that would move the cursor or change the colour."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "?" for char in text)


def shorten(text: str, width: int) -> str:
    """Return ``text`` in at most ``width`` characters, with an ellipsis where it was cut."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"[: max(width, 0)]


def paint(text: str, style: Style, *, colour: bool) -> str:
    """Return ``text`` in a style, or as it is."""
    if not colour or style is Style.PLAIN:
        return text
    return f"\x1b[{style.value}m{text}\x1b[0m"


class Line:
    """One line of a drawing; grows to the right as needed."""

    __slots__ = ("_cells",)

    def __init__(self) -> None:
        self._cells: list[tuple[str, Style]] = []

    def put(self, column: int, text: str, style: Style = Style.PLAIN) -> None:
        """Draw ``text`` from ``column`` (from 0) on, over what is there."""
        text = printable(text)
        if column < 0:
            text, column = text[-column:], 0
        end = column + len(text)
        if end > len(self._cells):
            self._cells += [(" ", Style.PLAIN)] * (end - len(self._cells))
        self._cells[column:end] = [(char, style) for char in text]

    def render(self, *, colour: bool, ascii_only: bool) -> str:
        """Return the line as text, without spaces at its end."""
        cells = list(self._cells)
        while cells and cells[-1][0] == " ":
            cells.pop()
        runs = []
        for style, group in groupby(cells, key=lambda cell: cell[1]):
            text = "".join(char for char, _ in group)
            runs.append(paint(to_ascii(text) if ascii_only else text, style, colour=colour))
        return "".join(runs)
