"""How a load goes on, for whoever watches it."""

from dataclasses import dataclass

from mcsip.load.statistics import Statistics


@dataclass(frozen=True, slots=True)
class Progress:
    """How a load goes on.

    Attributes:
        elapsed_s: for how long calls have been due, in seconds.
        statistics: what was counted so far.
        due_rate, rate: calls that were due, and that began, a second, since this was last told.
        late: calls that are due and wait to be begun, because this process is busy.
        ending: whether no more calls are made.
    """

    elapsed_s: float
    statistics: Statistics
    due_rate: float
    rate: float
    late: int
    ending: bool


@dataclass(frozen=True, slots=True)
class Settling:
    """How long the records of the systems are waited for, after the calls.

    Attributes:
        elapsed_s: for how long they have been, in seconds.
        within_s: how long they may be.
        users: users about whom something is still owed, or of whom records do not agree.
        reason: why the records cannot be read at the moment, or "".
    """

    elapsed_s: float
    within_s: float
    users: int
    reason: str = ""


class Observer:
    """Is told how a load goes on; this one does nothing with it."""

    def on_progress(self, progress: Progress) -> None:
        """Hear how it goes, about every second of real time."""

    def on_settling(self, settling: Settling) -> None:
        """Hear that the records are waited for, about every second of real time."""

    def on_detail(self, text: str) -> None:
        """Hear what may help the user."""

    def on_notice(self, text: str) -> None:
        """Hear what the user must know meanwhile."""
