"""The step ``fault``: MC messages on a hop are lost, delayed or doubled from now on.

A fault is of a hop as it is on the wire, so that a SIP core is named where the message goes through
one. ``times`` counts what is sent: over UDP each retransmission is sent anew, over TCP and TLS the
message is sent once, and its octets vanish on the way. Needs the network ``memory``.

Example::

    - fault: {from: partner-c.server, to: primary.gateway,
              message: mc-service-user-authorisation-notification, action: lose, times: always}
    - fault: {from: primary.server, to: primary.gateway,
              message: migration-service-authorization-response, action: delay, seconds: 45}
"""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from mcsip.filemodel import FileModel
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import NoExpectation, Step, StepKind

Times = Annotated[
    Annotated[Literal["always"], Tag("word")]
    | Annotated[Annotated[int, Field(ge=1, le=1_000_000)], Tag("number")],
    Discriminator(lambda value: "word" if isinstance(value, str) else "number"),
]


class FaultArguments(FileModel):
    """What goes wrong, and where."""

    from_: str = Field(alias="from", description="Who sends the message, on the wire.")
    to: str = Field(description="To whom it is sent, on the wire.")
    message: str = Field(description="Its name, as mcsip list messages has it.")
    action: Literal["lose", "delay", "duplicate"] = Field(
        "lose", description="What becomes of the message."
    )
    times: Times = Field(1, description="How often: a number, or 'always'.")
    seconds: float = Field(
        1.0, gt=0, le=86_400, description="How much later it, or its copy, arrives, in seconds."
    )


class Fault(Step[FaultArguments, NoExpectation]):
    """MC messages on a hop are lost, delayed or doubled from now on."""

    verb = "fault"

    @property
    def title(self) -> str:
        """The step in one line."""
        it = self.arguments
        times = "always" if it.times == "always" else f"{it.times} times"
        return f"{it.action} {it.message} from {it.from_} to {it.to}, {times}"

    def check(self, names: Names) -> None:
        """Check the hop, the message, and that the network can do it."""
        names.party(self.under("from"), self.arguments.from_)
        names.party(self.under("to"), self.arguments.to)
        names.message(self.under("message"), self.arguments.message)
        if not names.in_memory:
            hint = "write options: {network: memory}, or ask for --network memory"
            names.fault_at(self.position, "a fault needs the network 'memory'", hint)

    async def perform(self, context: StepContext) -> None:
        """Tell the network."""
        from mcsip.hops import message_name
        from mcsip.net.faults import FaultKind, HopFault
        from mcsip.net.memory import MemoryNetwork

        it = self.arguments
        network = context.simulation.env.network
        assert isinstance(network, MemoryNetwork), "checked when the scenario was read"
        senders, receivers = self.stand_ins.of(it.from_), self.stand_ins.of(it.to)
        times = None if it.times == "always" else it.times
        network.hop_faults.append(
            HopFault(
                senders,
                receivers,
                lambda data: message_name(data) == it.message,
                FaultKind(it.action),
                times,
                it.seconds,
            )
        )
        context.judge(Verdict.PASS, "the fault is in place", self.position)


KIND = StepKind.of(Fault, FaultArguments)
