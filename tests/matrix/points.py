"""Where something can go wrong, and what: the points of a run, and the troubles at them.

A *point* is either a message on a hop, as it is first sent, or a commit of a node; both are
numbered in the order of a run without trouble. Runs repeat from their seed, so the n-th point of a
run in which something goes wrong there is the same one.
"""

from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """What goes wrong at a point: the columns of the matrix."""

    LOST_ONCE = "lost once"
    """The first copy is lost; its retransmission, where there is one, arrives."""
    LOST = "lost for good"
    """Every copy of the message is lost; later messages arrive."""
    SILENT = "hop silent 10 min"
    """Every such message on the hop is lost for ten minutes."""
    DOUBLED = "duplicated"
    """A copy arrives a moment later."""
    DOUBLED_LATE = "duplicated late"
    """A copy arrives when its transaction is long over, and is taken for a new request."""
    LATE = "delayed past timeout"
    """Every copy arrives when everybody has given up."""
    OVERTAKEN = "reordered"
    """The first copy is held back: its retransmission and what follows overtake it."""
    KILLED_SENT = "killed after send"
    """The sender is killed right after it sent the message."""
    KILLED_BEFORE = "killed before commit"
    """The node is killed before the commit is durable."""
    KILLED_AFTER = "killed after commit"
    """The node is killed when the commit is durable, before it did anything else."""


AT_SEND = (
    Trouble.LOST_ONCE,
    Trouble.LOST,
    Trouble.SILENT,
    Trouble.DOUBLED,
    Trouble.DOUBLED_LATE,
    Trouble.LATE,
    Trouble.OVERTAKEN,
)
AT_COMMIT = (Trouble.KILLED_BEFORE, Trouble.KILLED_AFTER)
KILLS = (Trouble.KILLED_SENT, *AT_COMMIT)

SOON_S, MUCH_LATER_S = 1.0, 100.0
DOWN_S = (SOON_S, MUCH_LATER_S)
"""How long a killed node is away: within the life of a transaction, and beyond every wait."""


@dataclass(frozen=True)
class Point:
    """A message on a hop, or a commit.

    Attributes:
        number: its place among the messages, or among the commits.
        node: who sends, or commits.
        to: who gets the message; "" for a commit.
        label: what the message is; "commit" for a commit.
    """

    number: int
    node: str
    to: str
    label: str

    @property
    def is_commit(self) -> bool:
        return not self.to

    def __str__(self) -> str:
        return f"{self.node} {self.label}" + (f" -> {self.to}" if self.to else "")


@dataclass(frozen=True)
class Case:
    """One cell: what goes wrong where, in which procedure.

    Attributes:
        setting: name of the setting.
        procedure: name of the procedure.
        trouble: what goes wrong.
        point: where.
        down_s: how long a killed node is away, in seconds; 0 where nobody is killed.
    """

    setting: str
    procedure: str
    trouble: Trouble
    point: Point
    down_s: float = 0.0

    @property
    def column(self) -> str:
        away = f", away {self.down_s:g} s" if self.down_s else ""
        return f"{self.trouble}{away}"

    def __str__(self) -> str:
        return (
            f"{self.setting} | {self.procedure} | {self.point.number} {self.point} | {self.column}"
        )


def cases_at(setting: str, procedure: str, point: Point, *, mortal: bool) -> list[Case]:
    """Return all that can go wrong at a point.

    Args:
        setting: name of the setting.
        procedure: name of the procedure.
        point: the point.
        mortal: whether the node is one that is killed and restarted.
    """
    if point.is_commit:
        return [
            Case(setting, procedure, trouble, point, down_s)
            for trouble in AT_COMMIT
            for down_s in DOWN_S
        ]
    cases = [Case(setting, procedure, trouble, point) for trouble in AT_SEND]
    if mortal:
        cases += [Case(setting, procedure, Trouble.KILLED_SENT, point, down_s) for down_s in DOWN_S]
    return cases
