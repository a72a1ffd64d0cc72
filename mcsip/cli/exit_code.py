"""Exit codes: one class of outcome each, and which wins when several apply."""

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller."""

    OK = 0
    """Every selected scenario passed."""
    FAIL = 1
    """At least one fail verdict."""
    USAGE = 2
    """The command line is wrong."""
    FILE = 3
    """A scenario, topology, schema or data file is invalid."""
    ERROR = 4
    """Error or inconclusive: bind, connect, TLS, missing tool, crash."""
    NOTHING = 5
    """Nothing selected, nothing ran."""
    TIMEOUT = 6
    """The time for the whole run was over before it was complete."""
    THRESHOLD = 7
    """A load threshold was missed without a functional failure."""
    INTERRUPTED = 130
    """Interrupted from the keyboard."""


PRECEDENCE = (
    ExitCode.INTERRUPTED,
    ExitCode.USAGE,
    ExitCode.FILE,
    ExitCode.ERROR,
    ExitCode.FAIL,
    ExitCode.TIMEOUT,
    ExitCode.THRESHOLD,
    ExitCode.NOTHING,
    ExitCode.OK,
)
"""When several apply, the first of them in this order is told."""


def foremost(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code to exit with when all of these apply; OK when none does."""
    applying = set(codes)
    return next((code for code in PRECEDENCE if code in applying), ExitCode.OK)
