"""Calls of clients at one SIP core, over the network in memory, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

import pytest

from mcsip.errors import UsageError
from mcsip.net.endpoint import Endpoint
from mcsip.net.faults import Faults
from mcsip.net.memory import MemoryNetwork
from mcsip.net.network import ListenSpec
from mcsip.nodes.call_agent import CallAgent, CallError
from mcsip.nodes.proxying import route_uri
from mcsip.sip.build import build_request, build_response
from mcsip.sip.call_events import (
    Ended,
    Established,
    Invitation,
    Modified,
    Offered,
    Redirected,
    Reoffered,
    Reply,
    Ringing,
    UaSettings,
    Unchanged,
    Why,
)
from mcsip.sip.call_table import CallState
from mcsip.sip.dialog import Body
from mcsip.sip.locate import Locator
from mcsip.sip.message import Request
from mcsip.sip.stack import Core, ServerTransaction, Target
from mcsip.sip.uas import is_of_call
from mcsip.trace import Peer

from .world import ALICE, BOB, World, in_memory, make_topology, running

OFFER = Body("application/sdp", b"v=0 offer")
ANSWER = Body("application/sdp", b"v=0 answer")
LATER = Body("application/sdp", b"v=0 later")
TRANSPORTS = ["udp", "tcp"]


class Phone(Core):
    """A node with nothing but calls, registered at the primary's core."""

    def __init__(self, world: World, name: str, transport: str) -> None:
        self.world = world
        self.transport = transport.upper()
        self.endpoint = Endpoint(
            name,
            self,
            world.sim.env.ids,
            network=world.network,
            listen=ListenSpec(transports=frozenset({"UDP", "TCP"})),
            trace=world.trace,
        )
        self.agent: CallAgent

    async def start(self, mc_id: str) -> None:
        self.mc_id = mc_id
        await self.endpoint.start()
        host, port = self.endpoint.address(self.transport)
        contact = f"sip:{mc_id.partition(':')[2].partition('@')[0]}@{host}:{port}"
        contact += "" if self.transport == "UDP" else f";transport={self.transport.lower()}"
        settings = UaSettings(contact, locate=Locator("UDP", "TCP"))
        self.agent = CallAgent(self.endpoint, self.world.sim.env.ids, settings)
        register = build_request(
            "REGISTER",
            "sip:primary.example",
            from_=f"<{mc_id}>;tag=r",
            to=f"<{mc_id}>",
            call_id=f"reg{mc_id[4:7]}",
            cseq=1,
            fields=[("Contact", f"<{contact}>")],
        )
        assert (await self.endpoint.request(register, self.core())).status == 200

    async def stop(self) -> None:
        self.agent.stop()
        await self.endpoint.stop()

    def core(self) -> Target:
        return self.world.target("primary.core", self.transport)

    def invitation(self, uri: str, **options: object) -> Invitation:
        core = self.core()
        route = f"<{route_uri(Peer(core.host, core.port), self.transport)}>"
        values: dict[str, object] = {"body": OFFER, "routes": (route,), **options}
        return Invitation(uri, f"<{self.mc_id}>", **values)  # type: ignore[arg-type]  # any options

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        if is_of_call(request):
            self.agent.on_request(transaction, request)
        else:
            self.endpoint.respond(transaction, build_response(request, 405, to_tag="x"))

    def on_ack(self, request: Request) -> None:
        self.agent.on_ack(request)

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:
        self.agent.on_cancel(transaction, request)


@asynccontextmanager
async def phones(transport: str = "udp") -> AsyncIterator[tuple[World, Phone, Phone]]:
    async with running(make_topology(transport=transport)) as world:
        alice, bob = Phone(world, "alice-phone", transport), Phone(world, "bob-phone", transport)
        await alice.start(ALICE)
        await bob.start(BOB)
        try:
            yield world, alice, bob
        finally:
            await alice.stop()
            await bob.stop()


def run(test: Coroutine[object, object, None]) -> None:
    in_memory(test)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_call_from_end_to_end(transport: str) -> None:
    """INVITE, 180, 200, ACK, re-INVITE from both sides, BYE, all of it through the core."""

    async def test() -> None:
        async with phones(transport) as (world, alice, bob):
            call = alice.agent.call(alice.invitation(BOB))
            theirs = await bob.agent.incoming()
            theirs.ring()
            assert (await call.event(Ringing)).response.status == 180
            theirs.accept(ANSWER)
            established = await call.event(Established)
            assert established.message is not None
            assert established.message.body == ANSWER.data
            await theirs.reach(CallState.ESTABLISHED)
            call.modify(LATER)
            await theirs.event(Reoffered)
            theirs.accept_change(ANSWER)
            await call.event(Modified)
            await theirs.event(Modified)
            await asyncio.sleep(3600)
            theirs.modify(LATER)
            await call.event(Reoffered)
            call.refuse_change()
            assert (await theirs.event(Unchanged)).status == 488
            call.hang_up()
            assert (await theirs.end()).why is Why.PEER_HUNG_UP
            assert (await call.end()).why is Why.HUNG_UP
            direct = [
                entry
                for entry in world.trace.entries
                if entry.node == "alice-phone" and entry.remote == bob.endpoint.address("UDP")
            ]
            assert not direct, "the core stays in the path (RFC 3261 16.6 item 4)"

    run(test())


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_call_is_given_up(transport: str) -> None:
    """CANCEL through the core (RFC 3261 16.10)."""

    async def test() -> None:
        async with phones(transport) as (_, alice, bob):
            call = alice.agent.call(alice.invitation(BOB))
            theirs = await bob.agent.incoming()
            theirs.ring()
            await call.reach(CallState.RINGING)
            call.hang_up()
            assert (await call.end()).status == 487
            assert (await theirs.end()).why is Why.CANCELLED

    run(test())


def test_a_call_is_refused() -> None:
    async def test() -> None:
        async with phones() as (_, alice, bob):
            call = alice.agent.call(alice.invitation(BOB))
            (await bob.agent.incoming()).refuse(Reply(486))
            with pytest.raises(CallError, match=r"ended \(the other party refused, 486\)"):
                await call.reach(CallState.ESTABLISHED)
            with pytest.raises(CallError, match="was to have Ringing"):
                await call.event(Ringing)
            assert call.ended is not None
            assert call.ended.status == 486

    run(test())


def test_a_call_is_redirected() -> None:
    """302 with a body and a new target; the caller decides."""

    async def test() -> None:
        async with phones() as (world, alice, bob):
            carol = Phone(world, "carol-phone", "udp")
            await carol.start("sip:carol@primary.example")
            try:
                call = alice.agent.call(alice.invitation(BOB, follow=False))
                contact = (("Contact", "<sip:carol@primary.example>"),)
                reply = Reply(302, None, contact, Body("application/sdp", b"migrated"))
                (await bob.agent.incoming()).refuse(reply)
                redirected = await call.event(Redirected)
                assert redirected.targets == ("sip:carol@primary.example",)
                assert redirected.response.body == b"migrated"
                call.retry(LATER)
                theirs = await carol.agent.incoming()
                theirs.accept(ANSWER)
                await call.reach(CallState.ESTABLISHED)
                theirs.hang_up()
                assert (await call.end()).why is Why.PEER_HUNG_UP
            finally:
                await carol.stop()

    run(test())


def test_an_offer_in_the_2xx() -> None:
    async def test() -> None:
        async with phones() as (_, alice, bob):
            call = alice.agent.call(alice.invitation(BOB, body=None))
            theirs = await bob.agent.incoming()
            theirs.accept(OFFER)
            await call.event(Offered)
            call.answer(ANSWER)
            established = await theirs.event(Established)
            assert established.message is not None
            assert established.message.body == ANSWER.data

    run(test())


def test_nobody_answers() -> None:
    """Timer B of the caller; Timer C of the core is later."""

    async def test() -> None:
        async with phones() as (_, alice, bob):
            await bob.stop()
            call = alice.agent.call(alice.invitation(BOB))
            ended = await call.end(timeout_s=60)
            assert (ended.why, ended.status) == (Why.REFUSED, 408)
            await bob.endpoint.start()

    run(test())


def test_timer_c_of_the_core() -> None:
    """RFC 3261 16.8, 16.6 item 11: more than three minutes without a new 1xx: CANCEL."""

    async def test() -> None:
        async with phones() as (_, alice, bob):
            call = alice.agent.call(alice.invitation(BOB))
            theirs = await bob.agent.incoming()
            await asyncio.sleep(170)
            assert theirs.state is CallState.INVITING
            ended = await theirs.end()
            assert ended.why is Why.CANCELLED
            assert (await call.end()).status == 487

    run(test())


def test_a_phone_that_rings_long() -> None:
    """RFC 3261 13.3.1.1: a 180 each minute keeps Timer C away."""

    async def test() -> None:
        async with phones() as (_, alice, bob):
            call = alice.agent.call(alice.invitation(BOB))
            theirs = await bob.agent.incoming()
            theirs.ring()
            await asyncio.sleep(1000)
            assert call.state is CallState.RINGING
            theirs.accept(ANSWER)
            await call.reach(CallState.ESTABLISHED)

    run(test())


@pytest.mark.parametrize("seed", range(20))
def test_a_call_over_a_bad_network(seed: int) -> None:
    """Every fifth datagram is lost, some come twice."""

    async def test() -> None:
        async with phones() as (world, alice, bob):
            network = world.network
            assert isinstance(network, MemoryNetwork)
            network.rng.seed(seed)
            network.faults = Faults(loss=0.2, duplicate=0.1, reorder=0.1)
            call = alice.agent.call(alice.invitation(BOB))
            theirs = await bob.agent.incoming()
            theirs.accept(ANSWER)
            await call.reach(CallState.ESTABLISHED)
            await theirs.reach(CallState.ESTABLISHED)
            theirs.modify(LATER)
            await call.event(Reoffered)
            call.accept_change(ANSWER)
            await theirs.event(Modified)
            await call.event(Modified)
            theirs.hang_up()
            assert (await call.end()).why is Why.PEER_HUNG_UP
            await theirs.end()

    run(test())


def test_waiting_has_an_end() -> None:
    async def test() -> None:
        async with phones() as (_, alice, bob):
            with pytest.raises(CallError, match="a call was waited for 5 s"):
                await bob.agent.incoming(5)
            call = alice.agent.call(alice.invitation(BOB))
            with pytest.raises(CallError, match="established was waited for 3 s; the call is inv"):
                await call.reach(CallState.ESTABLISHED, timeout_s=3)

    run(test())


def test_a_stopped_agent_fails_who_waits() -> None:
    async def test() -> None:
        async with phones() as (_, alice, bob):
            waiting = asyncio.ensure_future(bob.agent.incoming())
            await asyncio.sleep(0)
            bob.agent.stop()
            with pytest.raises(CallError, match="stopped"):
                await waiting
            assert alice.agent.calls == []

    run(test())


def test_wishes_of_the_wrong_side() -> None:
    async def test() -> None:
        async with phones() as (_, alice, bob):
            call = alice.agent.call(alice.invitation(BOB))
            with pytest.raises(UsageError, match="not ours to answer"):
                call.accept()
            theirs = await bob.agent.incoming()
            with pytest.raises(UsageError, match="nothing to follow"):
                theirs.retry()
            theirs.refuse(Reply(603))
            assert isinstance(await call.end(), Ended)

    run(test())


def test_what_is_not_about_calls() -> None:
    """A node keeps its other requests."""

    async def test() -> None:
        async with phones() as (_, alice, bob):
            request = build_request(
                "MESSAGE", BOB, from_=f"<{ALICE}>;tag=x", to=f"<{BOB}>", call_id="m", cseq=1
            )
            assert (await alice.endpoint.request(request, alice.core())).status == 405
            assert bob.agent.calls == []

    run(test())
