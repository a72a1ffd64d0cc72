"""Plain values in which every key and value knows where it stands in its file.

A file is a tree of ``Node`` (``mcsip.yamlfile`` reads it); whatever is wrong in it becomes a
``Diagnostic``: ``file:line:col``, the line, carets, a hint.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mcsip.errors import Diagnostic
from mcsip.excerpt import hidden_parts, shown_line

Scalar = str | int | float | bool | None
Key = str | int
KeyPath = Sequence[Key]


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read.

    Attributes:
        name: the file's name as the user gave it.
        folder: the folder that relative names inside the file start from.
        lines: its lines, without their ends.
    """

    name: str
    folder: Path
    lines: tuple[str, ...]

    def diagnostic(
        self, line: int, column: int, message: str, *, length: int = 1, hint: str | None = None
    ) -> Diagnostic:
        """Return a fault at a position (both counted from 1) of this file."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        text = "".join(c if c.isprintable() else _SHOWN.get(c, "\ufffd") for c in text)
        text = shown_line(text, self.lines[line - 2] if 1 < line <= len(self.lines) else "")
        if len(text) > _LONGEST_LINE_SHOWN:
            text = ""
        length = max(1, min(length, len(text) - column + 1))
        return Diagnostic(self.name, line, column, message, text, length, hint)

    def is_hidden(self, line: int, column: int) -> bool:
        """Tell whether what stands at a position (both counted from 1) is not to be shown."""
        before = self.lines[line - 2] if line > 1 else ""
        return any(b < column <= e for b, e in hidden_parts(self.lines[line - 1], before))


_LONGEST_LINE_SHOWN = 400
_SHOWN = {"\t": " ", "\u00a0": " "}


@dataclass(frozen=True, slots=True)
class Position:
    """Where a key or a value stands.

    Attributes:
        source: the file.
        line, column: from 1.
        length: how many characters carets underline.
    """

    source: Source
    line: int
    column: int
    length: int = 1

    def fault(self, message: str, hint: str | None = None) -> Diagnostic:
        """Return a fault at this position."""
        return self.source.diagnostic(
            self.line, self.column, message, length=self.length, hint=hint
        )

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"


@dataclass(slots=True, eq=False)
class Node:
    """A value of a file, with its position and those of all inside it.

    Attributes:
        position: where it stands.
        scalar: its value, when it is a scalar.
        mapping: key to value, when it is a mapping.
        sequence: the values, when it is a sequence.
        keys: where each key of a mapping stands.
        size: how many values it is once aliases are written out.
    """

    position: Position
    scalar: Scalar = None
    mapping: "dict[Key, Node] | None" = None
    sequence: "list[Node] | None" = None
    keys: dict[Key, Position] = field(default_factory=dict)
    size: int = 1

    def plain(self) -> object:
        """Return the value as dicts, lists and scalars."""
        if self.mapping is not None:
            return {key: node.plain() for key, node in self.mapping.items()}
        if self.sequence is not None:
            return [node.plain() for node in self.sequence]
        return self.scalar

    def get(self, key: Key) -> "Node | None":
        """Return the value under a key of a mapping or an index of a sequence, or None."""
        if self.mapping is not None:
            return self.mapping.get(key)
        if self.sequence is not None and isinstance(key, int) and 0 <= key < len(self.sequence):
            return self.sequence[key]
        return None

    def at(self, path: KeyPath) -> Position:
        """Return where the value at ``path`` stands, or the innermost one there is around it.

        Elements of the path that the file does not have are passed over.
        """
        node = self
        position = self.position
        for key in path:
            inner = node.get(key)
            if inner is None:
                position = node.keys.get(key, position)
                continue
            is_block = inner.scalar is None and inner.position.length <= 1
            position = node.keys.get(key, inner.position) if is_block else inner.position
            node = inner
        return position

    def at_key(self, path: KeyPath) -> Position:
        """Return where the last key of ``path`` stands, or the innermost position around it."""
        if not path:
            return self.position
        node = self
        for key in path[:-1]:
            node = node.get(key) or node
        return node.keys.get(path[-1]) or self.at(path)

    def known(self, path: KeyPath) -> tuple[Key, ...]:
        """Return ``path`` without the elements that the file does not have, save the last."""
        node, found = self, []
        for index, key in enumerate(path):
            inner = node.get(key)
            if inner is not None or index == len(path) - 1:
                found.append(key)
            node = inner or node
        return tuple(found)


def nearest(word: object, known: Iterable[object]) -> str | None:
    """Return the known name that is most like ``word``, or None when none is like it."""
    from difflib import get_close_matches

    names = {str(name).lower(): str(name) for name in known}
    found = get_close_matches(str(word).lower(), names, n=1, cutoff=0.6)
    return names[found[0]] if found else None


_LISTED = 12


def hint_for(word: object, known: Iterable[object], what: str = "known names") -> str | None:
    """Return the hint for a name that is not known: the nearest one, or the list of them."""
    names = list(dict.fromkeys(str(name) for name in known))
    if (near := nearest(word, names)) is not None:
        return f"did you mean {near!r}?"
    if not names:
        return None
    more = ", …" if len(names) > _LISTED else ""
    return f"{what}: {', '.join(names[:_LISTED])}{more}"
