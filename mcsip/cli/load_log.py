"""The log of a load: what a peer makes us say a thousand times is said a few times, and counted."""

import logging
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

MAX_ALIKE = 5
"""Lines of one kind that are written [ours]."""
MAX_KINDS = 200
"""Kinds of lines that are told apart [ours]."""


class LoadLog(logging.Handler):
    """Takes the place of the log on standard error, within a ``with``.

    Lines that come from the same place of the program, with the same level, are of one kind.

    Args:
        write: writes a text.
        sparing: whether only some lines of a kind are written.
    """

    def __init__(self, write: Callable[[str], None], *, sparing: bool) -> None:
        super().__init__()
        self._write = write
        self._sparing = sparing
        self._counts: Counter[str] = Counter()
        self._before: list[logging.Handler] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, unless there were enough of its kind."""
        kind = f"{record.levelname} {record.name}: {record.msg}"
        if self._sparing and (kind in self._counts or len(self._counts) < MAX_KINDS):
            self._counts[kind] += 1
            if self._counts[kind] > MAX_ALIKE:
                return
        self._write(self.format(record))

    def __enter__(self) -> Self:
        root = logging.root
        self._before = [each for each in root.handlers if type(each) is logging.StreamHandler]
        for each in self._before:
            self.setFormatter(each.formatter)
            root.removeHandler(each)
        root.addHandler(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        root = logging.root
        root.removeHandler(self)
        for each in self._before:
            root.addHandler(each)
        for text, count in self._counts.items():
            if count > MAX_ALIKE:
                self._write(f"{count - MAX_ALIKE} more like: {text}")
