"""The step ``hang_up``: a client ends the call that it is in.

Clause: RFC 3261 15.1 [read]. Either party may; the step ends when its BYE is answered.

Example::

    - hang_up: {client: alice-ue}
"""

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.nodes.call_agent import CallError
from mcsip.nodes.calling import Calls
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import NoExpectation, Step, StepKind
from mcsip.scenario.watching import await_request


async def both_left(context: StepContext, party: Calls) -> None:
    """Wait until the other party of a call has learnt of its end too, where it is known."""
    other = party.other
    if other is not None:
        await context.settle(lambda: not other.in_call)


class HangUpArguments(FileModel):
    """Who hangs up."""

    client: str = Field(description="The client.")


class HangUp(Step[HangUpArguments, NoExpectation]):
    """A client ends the call that it is in."""

    verb = "hang_up"

    @property
    def title(self) -> str:
        """The step in one line."""
        return f"{self.arguments.client} hangs up"

    def check(self, names: Names) -> None:
        """Check the client."""
        names.client(self.under("client"), self.arguments.client)

    async def perform(self, context: StepContext) -> None:
        """Hang up."""
        name = self.arguments.client
        if context.is_foreign(name):
            if await await_request(
                context, name, "end the call", self.position, lambda each: each.label == "BYE"
            ):
                context.judge(Verdict.PASS, "the call has ended", self.position)
            return
        client = context.simulation.clients[name]
        await context.settle(lambda: client.calls.in_call)
        try:
            await client.calls.hang_up()
            await both_left(context, client.calls)
        except CallError as error:
            message = "there was no call to end"
            context.judge(Verdict.FAIL, message, self.position, actual=str(error))
        else:
            context.judge(Verdict.PASS, "the call has ended", self.position)


KIND = StepKind.of(HangUp, HangUpArguments)
