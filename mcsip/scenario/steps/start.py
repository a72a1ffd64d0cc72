"""The step ``start``: a node that was stopped comes back, with what it had stored.

Example::

    - start: {node: primary.server}
"""

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import NoExpectation, Step, StepKind


class StartArguments(FileModel):
    """Which node."""

    node: str = Field(description="The node, written system.node.")


class Start(Step[StartArguments, NoExpectation]):
    """A node that was stopped comes back, with what it had stored."""

    verb = "start"

    @property
    def title(self) -> str:
        """The step in one line."""
        return f"start {self.arguments.node}"

    def check(self, names: Names) -> None:
        """Check the node."""
        names.node(self.under("node"), self.arguments.node)
        names.needs_ours(self.arguments.node, "started")

    async def perform(self, context: StepContext) -> None:
        """Start the node."""
        for node in sorted(self.stand_ins.of(self.arguments.node)):
            await context.simulation.start_node(node)
        context.judge(Verdict.PASS, "started", self.position)


KIND = StepKind.of(Start, StartArguments)
