"""The step ``stop``: a node goes away: it answers nobody until it is started again.

Example::

    - stop: {node: primary.server}
"""

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import NoExpectation, Step, StepKind


class StopArguments(FileModel):
    """Which node."""

    node: str = Field(description="The node, written system.node.")


class Stop(Step[StopArguments, NoExpectation]):
    """A node goes away until it is started again."""

    verb = "stop"

    @property
    def title(self) -> str:
        """The step in one line."""
        return f"stop {self.arguments.node}"

    def check(self, names: Names) -> None:
        """Check the node."""
        names.node(self.under("node"), self.arguments.node)
        names.needs_ours(self.arguments.node, "stopped")

    async def perform(self, context: StepContext) -> None:
        """Stop the node."""
        for node in sorted(self.stand_ins.of(self.arguments.node)):
            await context.simulation.stop_node(node)
        context.judge(Verdict.PASS, "stopped", self.position)


KIND = StepKind.of(Stop, StopArguments)
