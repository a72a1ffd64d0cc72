"""The exception tree.

::

    McsipError
    ├── UsageError      our caller is wrong: a bad argument or option           (exit code 2)
    ├── FileError       a file is wrong: carries one Diagnostic per fault       (exit code 3)
    ├── PeerError       the peer is wrong: carries the status to answer
    ├── NetworkError    the network failed: bind, connect, TLS                  (exit code 4)
    ├── MissingToolError  a tool or an optional dependency is not there           (exit code 4)
    └── BeyondError     another's implementation cannot do what is asked         (exit code 4)

The pure packages never let what came from the wire escape as an exception of any other kind: a
``PeerError`` is raised by a reader and turned into an answer by whoever received the message.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class McsipError(Exception):
    """The root: everything that mcsip raises on purpose."""


class UsageError(McsipError):
    """Our own caller is wrong: an argument, an option, an impossible combination."""


class NetworkError(McsipError):
    """The network failed: an address cannot be bound, a peer not connected, TLS not agreed."""


class MissingToolError(McsipError):
    """A tool or an optional dependency is needed that this machine does not have."""


class BeyondError(McsipError):
    """An implementation that is not ours has no such ability: a step with it is inconclusive."""


class PeerError(McsipError):
    """What a peer sent is wrong.

    Args:
        message: what is wrong, for people; becomes the reason phrase or the log line.
        status: the SIP status code with which a server answers it (RFC 3261 21).
        warning: MC warning code of TS 24.379 4.4 to send along, when there is one.
    """

    def __init__(self, message: str, *, status: int = 400, warning: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.warning = warning


EXCERPT = 200
"""Characters of a line of a file that are shown [ours]."""
EXCERPT_BEFORE = 60
"""Of them, those before what is wrong [ours]."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault of a file in four parts: where, what was found, what was expected, what to do.

    Attributes:
        file: the file's name as the user gave it.
        line: line number, from 1.
        column: column number, from 1.
        message: what is wrong, in one sentence without a full stop.
        source: the line of the file, without its end.
        length: how many characters the carets underline; at least 1.
        hint: what to do about it, or None.
    """

    file: str
    line: int
    column: int
    message: str
    source: str = ""
    length: int = 1
    hint: str | None = None

    def render(self) -> str:
        """Return the fault as text of several lines, without a final line end."""
        lines = [f"{self.file}:{self.line}:{self.column}: {self.message}"]
        if self.source:
            lines += [f"     |  {line}" for line in excerpt(self.source, self.column, self.length)]
        if self.hint:
            lines.append(f"     = {self.hint}")
        return "\n".join(lines)


def excerpt(source: str, column: int, length: int) -> tuple[str, str]:
    """Return a line of a file as it may be shown, and carets under a part of it.

    Of a long line only the surroundings are shown; what would move a terminal's cursor or change
    its colours is not.

    Args:
        source: the line, without its end.
        column: where the part begins, from 1.
        length: how long it is; at least one caret is drawn.
    """
    begin = max(0, column - 1 - EXCERPT_BEFORE) if len(source) > EXCERPT else 0
    end = begin + EXCERPT
    shown = "".join(
        char if char.isprintable() else " " if char == "\t" else "?" for char in source[begin:end]
    )
    shown = ("…" if begin else "") + shown + ("…" if len(source) > end else "")
    first = column - 1 - begin + (1 if begin else 0)
    room = len(shown) - first if len(source) > EXCERPT else length
    return shown, " " * first + "^" * max(1, min(length, room))


class FileError(McsipError):
    """A scenario, topology, schema or data file is wrong.

    Args:
        diagnostics: every fault that was found, in the order of the file; at least one.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(d.render() for d in self.diagnostics))
