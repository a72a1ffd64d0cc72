"""The contract that every kind of network keeps."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from mcsip.errors import NetworkError
from mcsip.net.network import Attachment, Network, Recorder
from mcsip.net.virtual import run_virtual
from mcsip.trace import Direction, Peer, Trace

from .conftest import KeepingReceiver, Kind, make_packet, make_request, make_response

Scenario = Callable[["Pair"], Awaitable[None]]


class Pair:
    """Two attached endpoints, a and b."""

    def __init__(self, kind: Kind, network: Network) -> None:
        self.kind = kind
        self.network = network
        self.a, self.b = KeepingReceiver(), KeepingReceiver()
        self.trace = Trace()
        self.at_a: Attachment
        self.at_b: Attachment

    async def open(self) -> None:
        now = asyncio.get_running_loop().time
        self.at_a = await self.network.attach(
            "a", self.kind.listen, self.a, Recorder(self.trace, "a", now), self.kind.tls_a
        )
        self.at_b = await self.network.attach("b", self.kind.listen, self.b, None, self.kind.tls_b)

    def to_b(self, data: bytes, flow: int | None = None) -> None:
        to = self.at_b.address(self.kind.transport)
        self.at_a.send(make_packet(data, self.kind.transport, to, flow))


@pytest.fixture
def play(kind: Kind) -> Callable[[Scenario], None]:
    """Return what runs a scenario with two endpoints on the kind of network under test."""

    async def run(scenario: Scenario) -> None:
        pair = Pair(kind, kind.make())
        await pair.open()
        try:
            await scenario(pair)
        finally:
            await pair.at_a.close()
            await pair.at_b.close()
        assert len(asyncio.all_tasks()) == 1

    return lambda scenario: kind.run(run(scenario))


def test_message_arrives_octet_for_octet(play: Callable[[Scenario], None]) -> None:
    async def scenario(pair: Pair) -> None:
        pair.to_b(make_request("one"))
        data, source = await pair.b.next()
        assert data == make_request("one")
        assert source.transport == pair.kind.transport
        assert source.host == pair.at_a.address(pair.kind.transport).host
        assert (source.flow is None) == (pair.kind.transport == "UDP")

    play(scenario)


def test_answer_finds_its_way_back(play: Callable[[Scenario], None]) -> None:
    """RFC 3261 18.2.2: on the connection of the request, or to where the datagram came from."""

    async def scenario(pair: Pair) -> None:
        pair.to_b(make_request("one"))
        _, source = await pair.b.next()
        remote = Peer(source.host, source.port)
        pair.at_b.send(make_packet(make_response(), source.transport, remote, source.flow))
        data, back = await pair.a.next()
        assert data == make_response()
        assert Peer(back.host, back.port) == pair.at_b.address(pair.kind.transport)

    play(scenario)


def test_many_messages_keep_their_order(play: Callable[[Scenario], None]) -> None:
    async def scenario(pair: Pair) -> None:
        names = [f"m{number}" for number in range(100)]
        for name in names:
            pair.to_b(make_request(name))
        assert [(await pair.b.next())[0] for _ in names] == [make_request(name) for name in names]

    play(scenario)


def test_connection_is_reused(play: Callable[[Scenario], None]) -> None:
    """RFC 3261 18: one connection for all messages to the same address, in both directions."""

    async def scenario(pair: Pair) -> None:
        pair.to_b(make_request("one"))
        _, first = await pair.b.next()
        pair.to_b(make_request("two"))
        _, second = await pair.b.next()
        assert first == second
        there = Peer(first.host, first.port)
        pair.at_b.send(make_packet(make_request("three"), first.transport, there))
        data, source = await pair.a.next()
        assert data == make_request("three")
        assert (source.flow is None) == (pair.kind.transport == "UDP")

    play(scenario)


def test_closed_flow_falls_back_to_the_address(play: Callable[[Scenario], None]) -> None:
    """RFC 3261 18.2.2: where the connection is gone, the address counts."""

    async def scenario(pair: Pair) -> None:
        pair.to_b(make_request("one"), flow=4711)
        assert (await pair.b.next())[0] == make_request("one")

    play(scenario)


def test_garbage_is_handed_over_as_malformed(play: Callable[[Scenario], None]) -> None:
    async def scenario(pair: Pair) -> None:
        pair.to_b(b"\x00\xff this is not SIP\r\n\r\n")
        message, data, _, _ = await asyncio.wait_for(pair.b.received.get(), 5)
        assert type(message).__name__ == "Malformed"
        assert data.startswith(b"\x00\xff")
        pair.to_b(make_request("after"))
        if pair.kind.transport == "UDP":
            assert (await pair.b.next())[0] == make_request("after")

    play(scenario)


def test_nobody_listens(play: Callable[[Scenario], None]) -> None:
    """RFC 3261 18.4: a refused connection is an error for every packet that waits on it."""

    async def scenario(pair: Pair) -> None:
        if pair.kind.transport == "UDP":
            return
        await pair.at_b.close()
        pair.to_b(make_request("one"))
        pair.to_b(make_request("two"))
        reasons = [await pair.a.failure(), await pair.a.failure()]
        assert all("refused" in reason.lower() for reason in reasons), reasons

    play(scenario)


def test_restarted_peer_is_reached_again(play: Callable[[Scenario], None]) -> None:
    async def scenario(pair: Pair) -> None:
        pair.to_b(make_request("one"))
        await pair.b.next()
        address = pair.at_b.address(pair.kind.transport)
        await pair.at_b.close()
        again = KeepingReceiver()
        listen = type(pair.kind.listen)(
            address.host, address.port, frozenset({pair.kind.transport})
        )
        pair.at_b = await pair.network.attach("b", listen, again, None, pair.kind.tls_b)
        assert pair.at_b.address(pair.kind.transport) == address
        for number in range(3):  # a connection may turn out to be gone only when it is used
            pair.to_b(make_request(f"try{number}"))
            arrived = asyncio.ensure_future(again.next())
            failed = asyncio.ensure_future(pair.a.failed.get())
            done, _ = await asyncio.wait({arrived, failed}, return_when="FIRST_COMPLETED")
            for waiting in (arrived, failed):
                waiting.cancel()
            await asyncio.wait({arrived, failed})
            if arrived in done:
                return
        pytest.fail("the peer was not reached again")

    play(scenario)


def test_sent_messages_are_traced(play: Callable[[Scenario], None]) -> None:
    async def scenario(pair: Pair) -> None:
        pair.to_b(make_request("one"))
        _, source = await pair.b.next()
        (entry,) = pair.trace.entries
        assert entry.direction is Direction.SENT
        assert entry.data == make_request("one")
        assert entry.local == Peer(source.host, source.port)
        assert entry.remote == pair.at_b.address(pair.kind.transport)
        assert entry.transport == pair.kind.transport

    play(scenario)


def test_closing_twice_is_harmless(play: Callable[[Scenario], None]) -> None:
    async def scenario(pair: Pair) -> None:
        await pair.at_a.close()

    play(scenario)


def test_address_of_another_transport_is_unknown(play: Callable[[Scenario], None]) -> None:
    async def scenario(pair: Pair) -> None:
        with pytest.raises(KeyError):
            pair.at_a.address("SCTP")

    play(scenario)


def test_port_that_is_taken(kind: Kind) -> None:
    """A network error names the node and the address."""
    if kind.run is run_virtual:
        pytest.skip("in memory every node has an address of its own")

    async def run() -> None:
        network = kind.make()
        first = await network.attach("a", kind.listen, KeepingReceiver(), None, kind.tls_a)
        taken = first.address(kind.transport)
        listen = type(kind.listen)(taken.host, taken.port, frozenset({kind.transport}))
        try:
            with pytest.raises(NetworkError, match=f"b: cannot listen at .*:{taken.port}"):
                await network.attach("b", listen, KeepingReceiver(), None, kind.tls_b)
        finally:
            await first.close()

    kind.run(run())
