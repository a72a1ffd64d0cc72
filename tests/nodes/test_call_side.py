"""Private calls at MC service servers: TS 23.280 10.16.5, TR 23.781 6.x.1, RFC 3261 13 to 16."""

import asyncio

import pytest

from mcsip.mc.communication import Communication
from mcsip.mc.private_call import CallBody, build_call_body, parse_call_body
from mcsip.mc.services import MCPTT
from mcsip.nodes.calling import Answering
from mcsip.sip.message import Request
from mcsip.sip.sdp import Direction
from mcsip.trace import Direction as Way

from .world import ALICE, BOB, World, in_memory, make_topology, message_of, nodes, running, written

REDIRECTING = {"systems": {"primary": {"migrated_users": "redirect"}}}
NO_GATEWAYS = {
    "systems": {
        "primary": {"nodes": {"gateway": None}},
        "partner": {"nodes": {"gateway": None}},
    }
}
TOPOLOGIES = {
    "both": {},
    "primary only": nodes("partner", {"gateway": None}),
    "partner only": nodes("primary", {"gateway": None}),
    "none": NO_GATEWAYS,
}


async def abroad(world: World) -> None:
    """Let bob be at home, and alice at the partner."""
    await world.admit(world.bob, "primary")
    assert (await world.migrate()).result == "success"


async def quiet(world: World) -> None:
    """Every call has ended at every server, and nothing is left of it."""
    for name in ("primary.server", "partner.server"):
        server = world.server(name)
        assert server.calls.open_calls == 0
        assert not server.calls.agent._agent.calls


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
@pytest.mark.parametrize("changes", TOPOLOGIES.values(), ids=list(TOPOLOGIES))
def test_dialogs_through_every_topology(changes: dict[str, object], transport: str) -> None:
    """RFC 3261 12 to 16: INVITE, ACK, re-INVITE both ways, CANCEL, BYE; nothing inner is seen."""

    async def test() -> None:
        async with running(make_topology(changes, transport=transport)) as world:
            await abroad(world)
            began = len(world.trace.entries)
            outcome = await world.bob.calls.call(ALICE)
            assert (outcome.result, outcome.redirected) == ("established", ())
            assert world.alice.calls.callers == [BOB]
            await world.settle()
            assert await world.alice.calls.change(Direction.SENDONLY) == 200
            assert await world.bob.calls.change(Direction.SENDRECV) == 200
            await world.alice.calls.hang_up()
            await world.settle()
            assert world.bob.own_calls.current is None
            world.alice.calls.answering = Answering.RING
            assert (await world.bob.calls.call(ALICE, give_up_s=5)).result == "cancelled"
            await world.settle()
            await quiet(world)
            _assert_hidden(world, began)

    in_memory(test())


def _assert_hidden(world: World, began: int) -> None:
    """What another system gets from a gateway names no node behind it."""
    for system in world.sim.topology.systems.values():
        if system.gateway is None:
            continue
        inner = [node.name for node in system.nodes.values() if node is not system.gateway]
        texts = [f"{name.partition('.')[2]}.{system.domain}" for name in inner]
        for name in inner:
            addresses = world.sim.env.directory.addresses(name).values()
            texts += [f"{address.host}:{address.port}" for address in addresses]
        for entry in world.sent(system.gateway.name):
            receiver = world.trace.node_at(entry.remote, entry.transport) or ""
            if entry.number > began and not receiver.startswith(f"{system.name}."):
                data = entry.data.decode()
                assert not [text for text in texts if text in data], data


def test_a_caller_is_redirected() -> None:
    """TS 23.280 10.16.5: 302, the new ID in Contact, forwarding reason migrated."""

    async def test() -> None:
        async with running(make_topology(REDIRECTING)) as world:
            await abroad(world)
            new_id = world.primary().partner_id
            assert new_id is not None
            outcome = await world.bob.calls.call(ALICE, follow=False)
            assert (outcome.result, outcome.status) == ("redirected", 302)
            outcome = await world.bob.calls.call(ALICE)
            assert (outcome.result, outcome.redirected) == ("established", (new_id,))

    in_memory(test())


def test_the_info_body_names_caller_and_callee_on_every_leg() -> None:
    """A client's own word on who calls is not taken (RFC 3325 in spirit)."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await abroad(world)
            await world.bob.calls.call(ALICE)
            for sender in ("primary.server", "partner.server"):
                (request,) = world.requests(sender, method="INVITE")
                kind = request.first("content-type") or ""
                said = parse_call_body(kind, request.body, MCPTT).about
                assert (said.caller, said.target) == (BOB, world.primary().partner_id)
                assert said.client_id is None
                assert request.max_forwards is not None
            hops = [m.max_forwards or 0 for m in _invites(world)]
            assert hops == sorted(hops, reverse=True)

    in_memory(test())


def _invites(world: World) -> list[Request]:
    read = [message_of(e) for e in world.trace.entries if e.direction is Way.SENT]
    return [m for m in read if isinstance(m, Request) and m.method == "INVITE"]


def test_back_to_the_primary_and_404_afterwards() -> None:
    """TS 23.280 10.6.3.3 step 11, 10.6.3.3.2.1 NOTE 2."""

    async def test() -> None:
        async with running(make_topology(), retention_s=600.0) as world:
            await abroad(world)
            old_id = world.primary().partner_id
            assert old_id is not None
            assert (await world.alice.return_home()).result == "success"
            await world.settle()
            outcome = await world.bob.calls.call(old_id)
            assert outcome.result == "established"
            await world.bob.calls.hang_up()
            await world.settle()
            await asyncio.sleep(700)
            outcome = await world.bob.calls.call(old_id)
            assert (outcome.status, outcome.reason) == (404, "target-unknown")
            await quiet(world)

    in_memory(test())


def test_a_call_that_was_sent_back_does_not_go_round() -> None:
    """RFC 3261 16.3 item 4 in spirit: the primary believes the user migrated, the partner not."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await abroad(world)
            body = Communication(
                MCPTT,
                target=ALICE,
                caller=BOB,
                session_type="private",
                returned_by=("partner.example",),
            )
            content_type, data = build_call_body(CallBody(body, b"v=0\r\n"))
            peer = await world.peer()
            identity = world.server("partner.server").psi
            fields = [f"P-Asserted-Identity: <{identity}>", "Contact: <sip:x@192.0.2.9>"]
            server = world.server("primary.server").psi
            sent = written("INVITE", server, content_type=content_type, body=data, fields=fields)
            answer = await peer.ask(sent, world.target("primary.server"))
            assert answer.status == 482

    in_memory(test())


@pytest.mark.parametrize(
    ("answering", "result", "status"),
    [(Answering.BUSY, "busy", 486), (Answering.DECLINE, "refused", 603)],
)
def test_what_the_callee_says(answering: Answering, result: str, status: int) -> None:
    """RFC 3261 13.3.1.3."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await abroad(world)
            world.alice.calls.answering = answering
            outcome = await world.bob.calls.call(ALICE)
            assert (outcome.result, outcome.status) == (result, status)
            await world.settle()
            await quiet(world)

    in_memory(test())


@pytest.mark.parametrize(
    ("target", "status", "reason"),
    [
        ("sip:x@primary.example", 404, "target-unknown"),
        ("sip:x@partner.example", 404, "target-unknown"),
        ("sip:x@nowhere.example", 404, "unknown-system"),
    ],
)
def test_nobody_is_there(target: str, status: int, reason: str) -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            await world.admit(world.bob, "primary")
            outcome = await world.bob.calls.call(target)
            assert (outcome.result, outcome.status, outcome.reason) == ("refused", status, reason)

    in_memory(test())


def test_a_callee_who_is_not_registered() -> None:
    """TS 24.379 4.4: 141."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.admit(world.bob, "primary")
            outcome = await world.bob.calls.call(ALICE)
            assert (outcome.status, outcome.reason) == (404, "not-reachable")

    in_memory(test())


def test_a_caller_who_is_not_served_is_refused() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            sent = written("INVITE", ALICE, fields=["Contact: <sip:x@192.0.2.9>"])
            answer = await peer.ask(sent, world.target("primary.server"))
            assert answer.status == 404
            assert "caller-unknown" in answer.values("warning")[-1]

    in_memory(test())


def test_a_server_that_stops_forgets_its_calls() -> None:
    """Nothing is stored: a BYE for a call of its former life is answered 481."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await abroad(world)
            await world.bob.calls.call(ALICE)
            await world.settle()
            await world.sim.stop_node("partner.server")
            await world.sim.start_node("partner.server")
            await world.alice.calls.hang_up()
            assert world.server("partner.server").calls.open_calls == 0
            assert (await world.bob.calls.call(ALICE)).result == "established"

    in_memory(test())


def test_a_service_without_private_calls() -> None:
    """MCData has sessions of its own [2nd]."""

    async def test() -> None:
        async with running(make_topology(service="mcdata")) as world:
            peer = await world.peer()
            sent = written("INVITE", ALICE, fields=["Contact: <sip:x@192.0.2.9>"])
            answer = await peer.ask(sent, world.target("primary.server"))
            assert answer.status == 403
            assert "no-private-call" in answer.values("warning")[-1]

    in_memory(test())
