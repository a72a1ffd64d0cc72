"""Media through the primary: TS 23.280 5.2.9.1, RFC 3264."""

import pytest

from mcsip.errors import NetworkError, PeerError
from mcsip.net.media_ports import MemoryPorts
from mcsip.net.rtp import RelaySide, RelayTable
from mcsip.net.rtp_packet import is_rtcp, parse_rtp
from mcsip.nodes.media import Received
from mcsip.nodes.media_anchor import MediaAnchor
from mcsip.sip.offer_answer import build_offer
from mcsip.sip.sdp import Direction, parse_sdp

from .world import ALICE, in_memory, make_topology, running

ANCHORING = {"systems": {"primary": {"media": "anchor"}}}
HOST = "10.9.9.9"


def offered(host: str = "10.0.0.1", port: int = 4000) -> bytes:
    return build_offer(host, port, session_id=1).octets()


def test_each_party_is_told_of_the_relay_and_of_nobody_else() -> None:
    relays = RelayTable(MemoryPorts())
    anchor = MediaAnchor(relays, "call", HOST)
    there = parse_sdp(anchor.carry(offered(), RelaySide.A))
    back = parse_sdp(anchor.carry(offered("10.0.0.2", 5000), RelaySide.B))
    relay = relays.open("call 0", HOST, HOST)
    assert there.address_of(0) == tuple(relay.address(RelaySide.B))
    assert back.address_of(0) == tuple(relay.address(RelaySide.A))
    assert b"10.0.0." not in there.octets() + back.octets()
    anchor.close()
    anchor.close()
    assert len(relays) == 0
    assert relay.closed


def test_a_stream_that_is_turned_down_has_no_relay() -> None:
    """RFC 3264 6: port 0."""
    relays = RelayTable(MemoryPorts())
    sdp = MediaAnchor(relays, "call", HOST).carry(offered(port=0), RelaySide.A)
    assert parse_sdp(sdp).address_of(0)[1] == 0
    assert len(relays) == 0


def test_what_cannot_be_anchored() -> None:
    with pytest.raises(PeerError):
        MediaAnchor(RelayTable(MemoryPorts()), "call", HOST).carry(b"x", RelaySide.A)
    with pytest.raises(NetworkError):
        MediaAnchor(RelayTable(MemoryPorts(), limit=0), "call", HOST).carry(offered(), RelaySide.A)


def test_a_stream_arrives_whole_and_is_in_the_log() -> None:
    """Both ways, RTP and RTCP, after a re-INVITE too; the relay ends with the call."""

    async def test() -> None:
        async with running(make_topology(ANCHORING)) as world:
            await world.admit(world.bob, "primary")
            await world.migrate()
            assert (await world.bob.calls.call(ALICE, media=True)).result == "established"
            await world.settle()
            assert await world.bob.calls.change(Direction.SENDRECV) == 200
            bob, alice = world.bob.own_calls.media, world.alice.own_calls.media
            assert bob is not None
            assert alice is not None
            said = await world.bob.calls.talk(20)
            await world.settle()
            assert alice.received[said.ssrc].is_whole(said)
            answer = await world.alice.calls.talk(10)
            await world.settle()
            assert bob.received[answer.ssrc].is_whole(answer)
            logged = Received()
            packets = [p for p in world.trace.media if not is_rtcp(p.data)]
            assert {p.node for p in world.trace.media} == {"primary.server"}
            assert {p.source.host for p in packets} >= {bob.address.host, alice.address.host}
            for packet in packets:
                if packet.source == bob.address and parse_rtp(packet.data).ssrc == said.ssrc:
                    logged.take(parse_rtp(packet.data))
            assert logged.is_whole(said)
            assert any(is_rtcp(p.data) for p in world.trace.media)
            relays = world.server("primary.server").calls._relays
            assert len(relays) == 1
            await world.alice.calls.hang_up()
            await world.settle()
            assert len(relays) == 0
            assert world.bob.own_calls.media is None

    in_memory(test())


def test_calls_within_the_system_are_not_anchored() -> None:
    async def test() -> None:
        async with running(make_topology(ANCHORING)) as world:
            await world.admit(world.bob, "primary")
            await world.admit(world.alice, "primary")
            assert (await world.bob.calls.call(ALICE, media=True)).result == "established"
            await world.settle()
            assert world.alice.own_calls.media is not None
            assert world.bob.own_calls.remote == world.alice.own_calls.media.address
            await world.bob.calls.talk(5)
            assert world.trace.media == []

    in_memory(test())


def test_a_party_on_hold_receives_nothing() -> None:
    """RFC 3264 8.4: an address of zeros."""
    relays = RelayTable(MemoryPorts())
    anchor = MediaAnchor(relays, "call", HOST)
    anchor.carry(offered("0.0.0.0"), RelaySide.A)
    relay = relays.open("call 0", HOST, HOST)
    assert relay._target(relay._ways[RelaySide.A, False]) is None
