"""The step ``change_call``: a party of a call changes its media by a re-INVITE.

Clause: RFC 3261 14.1, RFC 3264 8.4 [read in part]. The other party answers with what suits.

Example::

    - change_call: {client: bob-ue, direction: sendonly}
"""

from typing import Literal

from pydantic import Field

from mcsip.exchanges import Exchange
from mcsip.filemodel import FileModel
from mcsip.nodes.call_agent import CallError
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import Step, StepKind
from mcsip.scenario.watching import NO_ANSWER, await_request
from mcsip.sip.sdp import Direction


class ChangeCallArguments(FileModel):
    """Who changes what."""

    client: str = Field(description="The client.")
    direction: Literal["sendrecv", "sendonly", "recvonly", "inactive"] = Field(
        description="Who may send media from now on, as the client sees it."
    )


class ChangeCallExpectation(FileModel):
    """How the re-INVITE ends."""

    status: int = Field(200, ge=200, le=699, description="Its final status.")


class ChangeCall(Step[ChangeCallArguments, ChangeCallExpectation]):
    """A party of a call changes its media."""

    verb = "change_call"

    @property
    def title(self) -> str:
        """The step in one line."""
        return f"{self.arguments.client} changes the call to {self.arguments.direction}"

    def check(self, names: Names) -> None:
        """Check the client."""
        names.client(self.under("client"), self.arguments.client)

    async def perform(self, context: StepContext) -> None:
        """Send the re-INVITE, and compare how it ended."""
        wanted = 200 if self.expectation is None else self.expectation.status
        status = await self._change(context)
        if status is None:
            return
        if status == wanted:
            context.judge(Verdict.PASS, f"status: {status}", self.at_expected("status"))
        else:
            context.judge(
                Verdict.FAIL,
                "another status than expected",
                self.at_expected("status"),
                expected=f"status: {wanted}",
                actual=f"status: {status}",
            )

    async def _change(self, context: StepContext) -> int | None:
        """Return the final status of the re-INVITE; None where there is none: that is judged."""
        name, direction = self.arguments.client, self.arguments.direction
        if context.is_foreign(name):
            what = f"change the call to {direction}"
            seen = await await_request(context, name, what, self.position, _is_reinvite)
            return None if seen is None else seen.status or NO_ANSWER
        calls = context.simulation.clients[name].calls
        await context.settle(lambda: calls.in_call)
        try:
            return await calls.change(Direction(direction))
        except CallError as error:
            context.judge_error(error, "the call was not changed", self.position)
            return None


KIND = StepKind.of(ChangeCall, ChangeCallArguments, ChangeCallExpectation)


def _is_reinvite(exchange: Exchange) -> bool:
    request = exchange.first.request
    return request.method == "INVITE" and request.to.tag is not None
