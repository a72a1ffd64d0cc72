"""The step ``change_call``: a party of a call changes its media by a re-INVITE.

Clause: RFC 3261 14.1, RFC 3264 8.4 [read in part]. The other party answers with what suits.

Example::

    - change_call: {client: bob-ue, direction: sendonly}
"""

from typing import Literal

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.nodes.call_agent import CallError
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import Step
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
        client = context.simulation.clients[self.arguments.client]
        wanted = 200 if self.expectation is None else self.expectation.status
        await context.settle(lambda: client.calls.current is not None)
        try:
            status = await client.calls.change(Direction(self.arguments.direction))
        except CallError as error:
            message = "the call was not changed"
            context.judge(Verdict.FAIL, message, self.position, actual=str(error))
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
