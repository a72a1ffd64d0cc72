"""The step ``expect_data``: a client has received short data.

The client has received exactly ``count`` pieces with this text (once, unless it says otherwise),
over the whole scenario so far.

Example::

    - expect_data: {client: alice-ue, text: "are you there?", from: sip:bob@primary.example}
    - expect_data: {client: alice-ue, text: "gone", count: 0}
"""

from collections.abc import Iterable
from contextlib import suppress

from pydantic import Field

from mcsip.errors import PeerError
from mcsip.exchanges import find_exchanges
from mcsip.filemodel import FileModel
from mcsip.mc.communication import SHORT_DATA
from mcsip.mc.short_data import ShortData, parse_short_data
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import NoExpectation, Step, StepKind


class ExpectDataArguments(FileModel):
    """Who has received what."""

    client: str = Field(description="The client.")
    text: str = Field(description="The text.")
    from_: str | None = Field(
        None, alias="from", description="MC service ID of the sender, as the data names it."
    )
    count: int = Field(1, ge=0, le=1000, description="How often, so far.")


class ExpectData(Step[ExpectDataArguments, NoExpectation]):
    """A client has received short data."""

    verb = "expect_data"

    @property
    def title(self) -> str:
        """The step in one line."""
        arguments = self.arguments
        times = "" if arguments.count == 1 else f", {arguments.count} times"
        return f"expect that {arguments.client} has received {arguments.text!r}{times}"

    def check(self, names: Names) -> None:
        """Check the client and the ID of the sender."""
        names.client(self.under("client"), self.arguments.client)
        if self.arguments.from_ is not None:
            names.mc_id(self.under("from"), self.arguments.from_)

    async def perform(self, context: StepContext) -> None:
        """Wait until the data is there, and compare."""
        arguments = self.arguments
        if arguments.count:
            await context.settle(
                lambda: len(self._found(_received(context, arguments.client))) >= arguments.count
            )
        received = _received(context, arguments.client)
        found = self._found(received)
        if len(found) == arguments.count:
            message = f"received {arguments.text!r} {len(found)} times"
            context.judge(Verdict.PASS, message, self.position)
            return
        listed = [f"{data.text!r} from {data.about.caller}" for data in received]
        context.judge(
            Verdict.FAIL,
            "short data was not received" if not found else "short data was received too often",
            self.at("text"),
            expected=f"{arguments.text!r}"
            + (f" from {arguments.from_}" if arguments.from_ else "")
            + ("" if arguments.count == 1 else f", {arguments.count} times"),
            actual="\n".join(listed[:40]) or "no short data",
        )

    def _found(self, received: Iterable[ShortData]) -> list[ShortData]:
        arguments = self.arguments
        return [
            data
            for data in received
            if data.text == arguments.text and arguments.from_ in (None, data.about.caller)
        ]


KIND = StepKind.of(ExpectData, ExpectDataArguments)


def _received(context: StepContext, client: str) -> list[ShortData]:
    """Return the short data that a client has received; of one that is not ours, by the trace."""
    if not context.is_foreign(client):
        return list(context.simulation.clients[client].data.received)
    found: list[ShortData] = []
    for exchange in find_exchanges(context.trace):
        status = exchange.status
        taken = status is not None and status < 300
        if taken and (exchange.receiver, exchange.label) == (client, SHORT_DATA):
            request = exchange.last.request
            with suppress(PeerError):  # what cannot be read is no data; the rules judge it
                found.append(parse_short_data(request.first("content-type") or "", request.body))
    return found
