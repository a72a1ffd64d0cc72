"""The step ``wait``: time passes; in the network ``memory`` it is virtual and costs nothing.

Example::

    - wait: {seconds: 3600}
"""

import asyncio

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import NoExpectation, Step, StepKind

#: The longest wait on real sockets, in seconds [ours]: more is a matter for virtual time.
LONGEST_REAL_S = 10.0


class WaitArguments(FileModel):
    """How long."""

    seconds: float = Field(gt=0, le=31_536_000, description="How long, in seconds.")


class Wait(Step[WaitArguments, NoExpectation]):
    """Time passes."""

    verb = "wait"

    @property
    def title(self) -> str:
        """The step in one line."""
        return f"wait {self.arguments.seconds:g} s"

    @property
    def idle_s(self) -> float:
        """How long it waits, in seconds."""
        return self.arguments.seconds

    def check(self, names: Names) -> None:
        """Check that the time is virtual where it is long."""
        if self.arguments.seconds > LONGEST_REAL_S and not names.in_memory:
            message = f"a wait of more than {LONGEST_REAL_S:g} s needs the network 'memory'"
            hint = "write options: {network: memory}, or ask for --network memory"
            names.fault(self.under("seconds"), message, hint)

    async def perform(self, context: StepContext) -> None:
        """Let the time pass."""
        context.answered()
        await asyncio.sleep(self.arguments.seconds)
        context.judge(Verdict.PASS, "waited", self.position)


KIND = StepKind.of(Wait, WaitArguments)
