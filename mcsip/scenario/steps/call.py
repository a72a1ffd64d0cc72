"""The step ``call``: a client calls somebody, and waits for what becomes of it.

Clause: TS 23.280 10.16.5 [read], TR 23.781 6.x.1 [seed], TS 24.379 11.1.1 [2nd]. MCPTT and MCVideo
have private calls; a scenario with this step does not run with MCData. The client calls from the
system where it is: its primary system, or the partner to which it has migrated; it must be
registered there. ``to`` names a client, and means the primary ID of its user; ``id`` names any MC
service ID or functional alias instead; ``to`` together with ``in`` means the ID that the user has
in that system.

The callee ``to`` rings and accepts, unless ``answer`` says otherwise: ``busy``, ``decline``, or
``ring`` without an end. The caller gives up after ``give_up_s``. A call that is established lasts
until a step ``hang_up``, or for ``hold_s``. With ``media_s`` both parties send audio over RTP for
so long, and all of it must arrive; ``media_through`` names who has relayed it (TS 23.280 5.2.9.1).
Without ``expect``, it is to be established.

Example::

    - call: {from: bob-ue, to: alice-ue, hold_s: 2}
    - call: {from: bob-ue, to: alice-ue, answer: busy}
      expect: {result: busy, status: 486}
    - call: {from: bob-ue, to: alice-ue, media_s: 1, hold_s: 0}
      expect: {result: established, media_through: [primary.server]}
    - call: {from: bob-ue, to: alice-ue, follow: false}
      expect: {result: redirected, status: 302}
"""

import asyncio
from typing import Literal

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.mc.private_call import CALL_SERVICES
from mcsip.net.rtp_packet import is_rtcp
from mcsip.nodes.calling import Answering, CallOutcome
from mcsip.nodes.media import PACKET_S
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import Step, StepKind
from mcsip.scenario.steps.hang_up import end_call
from mcsip.scenario.watching import await_request, watch_call


class CallArguments(FileModel):
    """Who calls whom, and what the callee does."""

    from_: str = Field(alias="from", description="The client that calls.")
    to: str | None = Field(None, description="The client that is called.")
    id: str | None = Field(None, description="The MC service ID that is called, instead.")
    in_: str | None = Field(
        None, alias="in", description="Call the ID that the user of 'to' has in this system."
    )
    answer: Literal["accept", "busy", "decline", "ring"] = Field(
        "accept", description="What the client 'to' does; ring: nothing more."
    )
    hold_s: float | None = Field(
        None, ge=0, le=86400, description="After how many seconds the caller hangs up."
    )
    give_up_s: float | None = Field(
        None, gt=0, le=86400, description="After how many seconds the caller cancels."
    )
    follow: bool = Field(default=True, description="Whether the caller follows a redirection.")
    media_s: float | None = Field(
        None,
        gt=0,
        le=600,
        description="For how many seconds both send audio over RTP, once it is established.",
    )


class CallExpectation(FileModel):
    """What becomes of it for the caller."""

    result: Literal["established", "redirected", "busy", "refused", "cancelled", "failed"] = Field(
        "established",
        description="established: they talk; redirected: and not followed; busy; refused: somebody "
        "said no; cancelled: the caller gave up; failed: it did not get there.",
    )
    status: int | None = Field(None, ge=200, le=699, description="Final status of the INVITE.")
    reason: str | None = Field(None, description="Key of the reason, as the answer names it.")
    redirected: bool | None = Field(None, description="Whether a new ID was called.")
    media_through: list[str] | None = Field(
        None, description="The nodes that have relayed and logged the media; [] for none."
    )


class CallStep(Step[CallArguments, CallExpectation]):
    """A client makes a private call."""

    verb = "call"

    @property
    def title(self) -> str:
        """The step in one line."""
        arguments = self.arguments
        where = f" in {arguments.in_}" if arguments.in_ else ""
        return f"{arguments.from_} calls {arguments.to or arguments.id}{where}"

    @property
    def idle_s(self) -> float:
        """How long it rings before the caller gives up, or lasts, at most, in seconds."""
        asked = self.arguments
        return (asked.give_up_s or 0.0) + (asked.media_s or 0.0) + (asked.hold_s or 0.0)

    def check(self, names: Names) -> None:
        """Check clients, the ID, the service, and the reason that is expected."""
        arguments = self.arguments
        names.client(self.under("from"), arguments.from_)
        if (arguments.to is None) == (arguments.id is None):
            names.fault_at(self.position, "one of 'to' and 'id' says who is called")
        if arguments.to is not None:
            names.client(self.under("to"), arguments.to)
        if arguments.id is not None:
            names.mc_id(self.under("id"), arguments.id)
        if arguments.to is None and arguments.in_ is not None:
            names.fault(self.under("in"), "'in' goes with 'to'")
        if arguments.to is None and arguments.media_s is not None:
            names.fault(self.under("media_s"), "'media_s' goes with 'to'")
        if arguments.to is None and arguments.answer != "accept":
            names.fault(self.under("answer"), "'answer' goes with 'to'")
        if arguments.in_ is not None:
            names.system(self.under("in"), arguments.in_)
        names.needs_service({each.key for each in CALL_SERVICES}, self.position, "private calls")
        through = (self.expectation.media_through or ()) if self.expectation else ()
        for index, node in enumerate(through):
            names.node(self.expected("media_through", index), node)
        if self.expectation is not None and self.expectation.reason is not None:
            names.reason(self.expected("reason"), self.expectation.reason)

    async def perform(self, context: StepContext) -> None:
        """Call, and compare what became of it."""
        arguments = self.arguments
        parties = {arguments.from_, arguments.to or arguments.from_}
        if any(context.is_foreign(party) for party in parties):
            await self._perform_with_others(context)
            return
        clients = context.simulation.clients
        caller = clients[arguments.from_].calls
        if arguments.to is not None:
            clients[arguments.to].calls.answering = Answering(arguments.answer)
        caller.other = None
        logged = len(context.trace.media)
        outcome = await caller.call(
            self._target(context),
            give_up_s=arguments.give_up_s,
            follow=arguments.follow,
            media=arguments.media_s is not None,
        )
        gave_up_s = arguments.give_up_s if outcome.result == "cancelled" else None
        context.answered(idle_s=gave_up_s or 0.0)
        if arguments.to is not None:
            callee = clients[arguments.to].calls
            callee.answering = Answering.ACCEPT
            caller.other, callee.other = callee, caller
        self._judge(context, outcome)
        if outcome.result == "established" and arguments.media_s is not None:
            await self._talk(context, arguments.media_s, logged)
        if outcome.result == "established" and arguments.hold_s is not None:
            await asyncio.sleep(arguments.hold_s)
            await end_call(context, caller, self.at("hold_s"))

    async def _perform_with_others(self, context: StepContext) -> None:
        """Call where one of the two clients is not ours; what its media does is not seen."""
        arguments = self.arguments
        caller, callee = arguments.from_, arguments.to
        simulation = context.simulation
        if callee is not None and context.is_foreign(callee):
            context.notify(f"{callee} is called: {arguments.answer} the call")
        elif callee is not None:
            simulation.clients[callee].calls.answering = Answering(arguments.answer)
        if context.is_foreign(caller):
            what = f"call {self._target(context)}"
            outcome = await watch_call(context, caller, what, self.position)
        else:
            calls = simulation.clients[caller].calls
            calls.other = None
            target, give_up_s = self._target(context), arguments.give_up_s
            outcome = await calls.call(target, give_up_s=give_up_s, follow=arguments.follow)
        if callee is not None and not context.is_foreign(callee):
            simulation.clients[callee].calls.answering = Answering.ACCEPT
        if outcome is None:
            return
        self._judge(context, outcome)
        if arguments.media_s is not None:
            message = "media with a client that is not ours is not judged"
            context.judge(Verdict.NONE, message, self.at("media_s"))
        if outcome.result == "established" and arguments.hold_s is not None:
            await self._end(context)

    async def _end(self, context: StepContext) -> None:
        """Let the call last, and let the party that is ours end it; else wait until it ends."""
        arguments = self.arguments
        assert arguments.hold_s is not None, "checked"
        await asyncio.sleep(arguments.hold_s)
        ours = context.simulation.clients.get(arguments.from_)
        if ours is not None:
            await end_call(context, ours.calls, self.at("hold_s"))
        else:
            what, at = "end the call", self.at("hold_s")
            await await_request(
                context, arguments.from_, what, at, lambda each: each.label == "BYE"
            )

    def _judge(self, context: StepContext, outcome: CallOutcome) -> None:
        expected = self.expectation or CallExpectation.model_validate({})
        actual = f"result: {outcome.result}"
        actual += "" if outcome.status is None else f", status: {outcome.status}"
        actual += "" if outcome.reason is None else f", reason: {outcome.reason}"
        actual += "" if not outcome.redirected else ", redirected"
        actual += "" if not outcome.text else f" ({outcome.text})"
        found = {
            "result": outcome.result,
            "status": outcome.status,
            "reason": outcome.reason,
            "redirected": bool(outcome.redirected),
        }
        for key, value in found.items():
            wanted = getattr(expected, key)
            if wanted is None:
                continue
            if wanted == value:
                context.judge(Verdict.PASS, f"{key}: {value}", self.at_expected(key))
                continue
            shown = str(wanted).lower() if key == "redirected" else wanted
            context.judge(
                Verdict.FAIL,
                f"another {key} than expected" if key != "redirected" else "not as expected",
                self.at_expected(key),
                expected=f"{key}: {shown}",
                actual=actual,
            )

    async def _talk(self, context: StepContext, media_s: float, logged: int) -> None:
        """Let both parties send audio, and judge whether it arrived whole, and which way it went.

        Args:
            context: the step's.
            media_s: for how long, in seconds.
            logged: how many packets of media the trace had before.
        """
        callee = self.arguments.to
        assert callee is not None, "checked"
        clients = context.simulation.clients
        parties = (clients[self.arguments.from_].calls, clients[callee].calls)
        await context.settle(lambda: all(party.in_call for party in parties))
        packets = max(1, round(media_s / PACKET_S))
        sent = await asyncio.gather(*(party.talk(packets) for party in parties))

        ways = list(zip(parties[::-1], sent, strict=True))
        arrived = await context.settle(
            lambda: all(party.has_heard(stream) for party, stream in ways)
        )
        context.judge(
            Verdict.PASS if arrived else Verdict.FAIL,
            "the media arrived whole" if arrived else "the media did not arrive whole",
            self.at("media_s"),
            expected="" if arrived else f"{packets} packets each way, and a goodbye",
        )
        wanted = None if self.expectation is None else self.expectation.media_through
        if wanted is None:
            return
        seen = context.trace.media[logged:]
        through = sorted({packet.node for packet in seen})
        # A relay logs each packet twice: as it arrives, and as it leaves.
        wanted_packets = 2 * sum(stream.packets for stream in sent)
        endless = any(not stream.digest for stream in sent)
        complete = all(
            passed == wanted_packets or (endless and passed > wanted_packets)
            for node in through
            for passed in (sum(p.node == node and not is_rtcp(p.data) for p in seen),)
        )
        good = through == sorted(wanted) and complete
        context.judge(
            Verdict.PASS if good else Verdict.FAIL,
            f"media through {', '.join(through) or 'no node'}",
            self.at_expected("media_through"),
            expected="" if good else f"media_through: [{', '.join(sorted(wanted))}], all of it",
            actual="" if good else f"{len(seen)} packets, through [{', '.join(through)}]",
        )

    def _target(self, context: StepContext) -> str:
        arguments = self.arguments
        if arguments.to is None:
            assert arguments.id is not None, "checked"
            return arguments.id
        return context.simulation.id_of(arguments.to, arguments.in_)


KIND = StepKind.of(CallStep, CallArguments, CallExpectation)
