"""What SIP core and gateway have in common as proxies."""

import asyncio

import pytest

from mcsip.nodes.proxying import route_uri
from mcsip.sip.stack import Target
from mcsip.trace import Peer

from .world import in_memory, make_topology, running, written

SERVER = "sip:server@partner.example"


@pytest.mark.parametrize(
    ("peer", "transport", "expected"),
    [
        (Peer("192.0.2.1", 5060), "UDP", "sip:192.0.2.1:5060;lr"),
        (Peer("192.0.2.1", 5060), "TCP", "sip:192.0.2.1:5060;transport=tcp;lr"),
        (Peer("2001:db8::1", 5061), "TLS", "sip:[2001:db8::1]:5061;transport=tls;lr"),
    ],
)
def test_a_route_is_loose(peer: Peer, transport: str, expected: str) -> None:
    """RFC 3261 16.12, 19.1.1."""
    assert route_uri(peer, transport) == expected


def test_our_own_route_is_taken_off() -> None:
    """RFC 3261 16.4."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            target = world.target("partner.core")
            route = f"Route: <{route_uri(Peer(target.host, target.port), 'TCP')}>"
            data = written("OPTIONS", SERVER, fields=[route])
            assert (await peer.ask(data, target)).status == 200
            (sent,) = world.requests("partner.core", "partner.server", "OPTIONS")
            assert sent.routes == []

    in_memory(test())


@pytest.mark.parametrize("node", ["partner.core", "partner.gateway"])
@pytest.mark.parametrize("cseq", ["1 INVITE", "one MESSAGE", "4294967296 MESSAGE"])
def test_a_cseq_that_no_answer_can_be_matched_to_is_400(node: str, cseq: str) -> None:
    """RFC 3261 17.1.3: the method of CSeq matches responses; without it the sender would wait."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            response = await peer.ask(written(uri=SERVER, cseq=cseq), world.target(node))
            assert response.status == 400
            assert "CSeq" in response.reason
            assert not world.requests(node)

    in_memory(test())


def in_dialog(target: Target, uri: str, to: str = "<sip:x@elsewhere.example>;tag=t") -> bytes:
    """Return a request that comes back on our Record-Route."""
    route = f"Route: <{route_uri(Peer(target.host, target.port), 'TCP')}>"
    return written("INFO", uri, to=to, fields=[route])


def test_a_request_in_a_dialog_goes_where_the_dialog_says() -> None:
    """RFC 3261 16.12: by what is left of its Route, else by its Request-URI."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer, other = await world.peer(), await world.peer("other")
            target = world.target("partner.core")
            at = other.address("TCP")
            uri = f"sip:x@{at.host}:{at.port};transport=tcp"
            assert (await peer.ask(in_dialog(target, uri), target)).status == 200
            sent = await other.request()
            assert (sent.uri, sent.routes) == (uri, [])

    in_memory(test())


def test_a_next_hop_that_cannot_be_reached() -> None:
    """RFC 3261 16.9, 16.7 item 6: 500, which is about this request only."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            target = world.target("partner.core")
            data = in_dialog(target, "sip:x@10.0.0.99;transport=ws")
            assert (await peer.ask(data, target)).status == 500

    in_memory(test())


def test_a_gateway_sends_nothing_for_strangers() -> None:
    """[ours]: who knows its inner route does not get its requests sent in its name."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer, other = await world.peer(), await world.peer("other")
            target = world.target("partner.gateway")
            at = other.address("TCP")
            data = in_dialog(target, f"sip:x@{at.host}:{at.port};transport=tcp")
            assert (await peer.ask(data, target)).status >= 400
            assert other.requests.empty()

    in_memory(test())


def test_an_ack_of_no_dialog_is_dropped() -> None:
    """RFC 3261 16.11: an ACK is never answered."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            for node in ("partner.core", "partner.gateway"):
                peer.send(
                    written("ACK", "sip:x@10.0.0.99", to="<sip:y@z>;tag=t"), world.target(node)
                )
            await asyncio.sleep(1)
            assert peer.responses.empty()
            assert not world.requests("partner.core")

    in_memory(test())


def test_cancel_is_answered() -> None:
    """RFC 3261 16.10, 9.2: 481 without a transaction to cancel."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            data = written("CANCEL", SERVER)
            assert (await peer.ask(data, world.target("partner.core"))).status == 481

    in_memory(test())
