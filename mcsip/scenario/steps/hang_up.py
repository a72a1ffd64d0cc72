"""The step ``hang_up``: a client ends the call that it is in.

Clause: RFC 3261 15.1 [read]. Either party may; the step ends when its BYE is answered.

Example::

    - hang_up: {client: alice-ue}
"""

from pydantic import Field

from mcsip.document import Position
from mcsip.filemodel import FileModel
from mcsip.nodes.call_agent import CallError, NoAnswerError
from mcsip.nodes.calling import Calls
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import NoExpectation, Step, StepKind
from mcsip.scenario.watching import await_request


async def end_call(context: StepContext, party: Calls, position: Position) -> bool:
    """Let a party end its call, and wait until the other one has learnt of it, where it is known.

    Returns:
        Whether the call was there and its BYE was answered; if not, that is judged.
    """
    try:
        await party.hang_up()
    except NoAnswerError as error:
        context.judge_error(error, "the end of the call was not answered", position)
        return False
    except CallError as error:
        context.judge_error(error, "there was no call to end", position)
        return False
    context.answered()
    other = party.other
    if other is not None:
        await context.settle(lambda: not other.in_call)
    return True


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
        if await end_call(context, client.calls, self.position):
            context.judge(Verdict.PASS, "the call has ended", self.position)


KIND = StepKind.of(HangUp, HangUpArguments)
