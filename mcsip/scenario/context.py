"""What a step gets to do its work with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcsip.document import Position
from mcsip.errors import McsipError
from mcsip.scenario.result import DiffRow, Finding, Place, Verdict
from mcsip.trace import Mode, Trace

if TYPE_CHECKING:
    from mcsip.nodes.simulation import Simulation
    from mcsip.scenario.load import Scenario

#: How long expectations look again before they fail, in seconds, on real sockets [ours].
SETTLE_S = 2.0
#: The same in the in-memory network: longer than Timer F and all waits of servers together [ours].
SETTLE_VIRTUAL_S = 120.0
#: How long the run waits for somebody to act on a client that is not ours [ours].
ACT_S = 60.0
#: How often they look at first; the pause doubles up to ``_LONGEST_PAUSE_S`` [ours].
_FIRST_PAUSE_S = 0.002
_LONGEST_PAUSE_S = 1.0
#: How many looks must find everybody idle until nobody is waited for any more, and the pause before
#: each, in seconds: what was on its way to a socket at one has been read at the next [ours].
_IDLE_LOOKS = 2
_LOOK_S = 0.001


def place_of(position: Position) -> Place:
    """Return a position of a file as plain data."""
    shown = position.fault("")
    return Place(shown.file, shown.line, shown.column, shown.source, shown.length)


@dataclass(slots=True)
class StepContext:
    """What a step gets to do its work with.

    Attributes:
        simulation: the running nodes.
        trace: what happened so far.
        scenario: the scenario that runs.
        settle_s: how long expectations wait for what has not happened yet.
        findings: what the step that runs has judged.
        error: what error a finding of it comes from, or None.
        answered_at: when what it asked for was there, on the clock of the loop; None: at its end.
        window: position in the trace that ``expect_messages`` looks after: the end of ``given``.
        seen: positions of hops that an earlier ``expect_messages`` has matched.
        act_s: how long to wait for somebody to act on a client that is not ours.
        taken: numbers of the requests of such clients that a step has taken as its own.
        notify: tells the user something while the run goes on.
    """

    simulation: "Simulation"
    trace: Trace
    scenario: "Scenario"
    settle_s: float = SETTLE_S
    findings: list[Finding] = field(default_factory=list)
    error: McsipError | None = None
    answered_at: float | None = None
    window: int = 0
    seen: set[int] = field(default_factory=set)
    act_s: float = ACT_S
    taken: set[int] = field(default_factory=set)
    notify: Callable[[str], None] = field(default=lambda _text: None)

    def is_foreign(self, name: str) -> bool:
        """Tell whether a node or client is not ours; raises KeyError when there is none."""
        return self.scenario.topology.mode(name).is_foreign

    def is_of_observed(self, *names: str) -> bool:
        """Tell whether one of these is a node or client that is recorded and not judged."""
        nodes = (self.trace.nodes.get(name) for name in names)
        return any(node is not None and node.mode is Mode.OBSERVED for node in nodes)

    def judge(
        self,
        verdict: Verdict,
        message: str,
        position: Position,
        *,
        expected: str = "",
        actual: str = "",
        hint: str = "",
        diff: tuple[DiffRow, ...] = (),
    ) -> None:
        """Add a finding of the step that runs."""
        place = place_of(position)
        self.findings.append(Finding(verdict, message, place, expected, actual, hint, diff))

    def judge_error(self, error: McsipError, message: str, position: Position) -> None:
        """Add a finding that something failed, by the error that says how."""
        self.error = error
        self.judge(Verdict.FAIL, message, position, actual=str(error))

    def answered(self, *, idle_s: float = 0.0) -> None:
        """Note that what the step asked for is there; the first time counts.

        Args:
            idle_s: how long the step itself has let time pass until now, in seconds.
        """
        if self.answered_at is None:
            self.answered_at = asyncio.get_running_loop().time() - idle_s

    async def settle(self, done: Callable[[], bool], *, within_s: float | None = None) -> bool:
        """Look again and again until ``done``, or until it has taken too long; tell which.

        Args:
            done: looks.
            within_s: how long that may take, in seconds; None: ``settle_s``.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + (self.settle_s if within_s is None else within_s)
        pause_s = _FIRST_PAUSE_S
        while not done():
            if loop.time() >= until:
                return False
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        return True

    async def hear_out(self, for_s: float) -> None:
        """Wait for messages that should not come, until none can come any more.

        Args:
            for_s: the longest wait, in seconds; as long it is where nobody can tell.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + for_s
        pause_s = _LOOK_S if self.simulation.sees_all else for_s
        idle = 0
        while idle < _IDLE_LOOKS and (left_s := until - loop.time()) > 0:
            await asyncio.sleep(min(pause_s, left_s))
            idle = idle + 1 if self.simulation.stays_idle(for_s) else 0
