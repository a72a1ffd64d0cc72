"""What a step gets to do its work with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcsip.document import Position
from mcsip.scenario.result import DiffRow, Finding, Place, Verdict
from mcsip.trace import Trace

if TYPE_CHECKING:
    from mcsip.nodes.simulation import Simulation
    from mcsip.scenario.load import Scenario

#: How long expectations look again before they fail, in seconds, on real sockets [ours].
SETTLE_S = 2.0
#: The same in the in-memory network: longer than Timer F and all waits of servers together [ours].
SETTLE_VIRTUAL_S = 120.0
#: How often they look at first; the pause doubles up to ``_LONGEST_PAUSE_S`` [ours].
_FIRST_PAUSE_S = 0.002
_LONGEST_PAUSE_S = 1.0


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
        window: position in the trace that ``expect_messages`` looks after: the end of ``given``.
        seen: positions of hops that an earlier ``expect_messages`` has matched.
    """

    simulation: "Simulation"
    trace: Trace
    scenario: "Scenario"
    settle_s: float = SETTLE_S
    findings: list[Finding] = field(default_factory=list)
    window: int = 0
    seen: set[int] = field(default_factory=set)

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

    async def settle(self, done: Callable[[], bool]) -> bool:
        """Look again and again until ``done``, or until it has taken too long; tell which."""
        loop = asyncio.get_running_loop()
        until, pause_s = loop.time() + self.settle_s, _FIRST_PAUSE_S
        while not done():
            if loop.time() >= until:
                return False
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        return True
