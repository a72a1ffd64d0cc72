"""The step ``return_home``: a migrated user is authorised in the primary system again.

Clause: TS 23.280 10.6.3.3.2.1 [seed].

Example::

    - return_home: {client: alice-ue}
      expect: {result: success}
"""

from typing import Literal

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import Step
from mcsip.scenario.steps.migrate import describe_outcome


class ReturnHomeArguments(FileModel):
    """Who returns."""

    client: str = Field(description="The client.")


class ReturnHomeExpectation(FileModel):
    """How it ends for the client."""

    result: Literal["success", "refused", "failed"] = Field("success", description="The result.")


class ReturnHome(Step[ReturnHomeArguments, ReturnHomeExpectation]):
    """A migrated user is authorised in the primary system again."""

    verb = "return_home"

    @property
    def title(self) -> str:
        """The step in one line."""
        return f"{self.arguments.client} returns home"

    def check(self, names: Names) -> None:
        """Check the client."""
        names.client(self.under("client"), self.arguments.client)

    async def perform(self, context: StepContext) -> None:
        """Return, and compare how it ended."""
        expected = self.expectation or ReturnHomeExpectation(result="success")
        client = context.simulation.clients[self.arguments.client]
        outcome = await client.return_home()
        if outcome.result == expected.result:
            context.judge(Verdict.PASS, f"result: {outcome.result}", self.at_expected("result"))
            return
        context.judge(
            Verdict.FAIL,
            "another result than expected",
            self.at_expected("result"),
            expected=f"result: {expected.result}",
            actual=describe_outcome(outcome, context.scenario.topology),
        )
