"""The step ``return_home``: a migrated user is authorised in the primary system again.

Clause: TS 23.280 10.6.3.3.2.1 [seed].

Example::

    - return_home: {client: alice-ue}
      expect: {result: success}
"""

from typing import Literal

from pydantic import Field

from mcsip.errors import NetworkError
from mcsip.filemodel import FileModel
from mcsip.mc.authorisation import EVENT
from mcsip.nodes.client_outcome import MigrationOutcome, outcome_of_answer
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import Step, StepKind
from mcsip.scenario.steps.migrate import describe_outcome
from mcsip.scenario.watching import await_request, final_answer


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
        outcome = await self._return(context)
        if outcome is None:
            return
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

    async def _return(self, context: StepContext) -> MigrationOutcome | None:
        """Return how it ended; None where a client that is not ours did nothing: it is judged."""
        name = self.arguments.client
        home = context.scenario.topology.clients[name].system
        if not context.is_foreign(name):
            try:
                return await context.simulation.clients[name].return_home()
            except NetworkError as error:
                core = context.scenario.topology.systems[home].core
                if core is None or not context.is_foreign(core.name):
                    raise
                return MigrationOutcome("failed", "unreachable", f"{core.name}: {error}")
        seen = await await_request(
            context,
            name,
            f"be authorised in {home} again",
            self.position,
            lambda each: each.first.request.first("event") == EVENT,
        )
        if seen is None:
            return None
        answer = final_answer(context, seen)
        if answer is None:
            return MigrationOutcome("failed", "no-answer", "nobody answered in time")
        if answer.status >= 300:
            return outcome_of_answer(answer, context.simulation.env.directory)
        return MigrationOutcome("success", status=answer.status)


KIND = StepKind.of(ReturnHome, ReturnHomeArguments, ReturnHomeExpectation)
