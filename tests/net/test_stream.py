"""The table of connections: one for each peer, and none left behind."""

import asyncio

from mcsip.net.network import ListenSpec
from mcsip.net.sockets import SocketAttachment, SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.trace import Peer

from .conftest import KeepingReceiver, make_packet, make_request

TCP_ONLY = ListenSpec(transports=frozenset({"TCP"}))


async def attached(name: str, receiver: KeepingReceiver) -> SocketAttachment:
    made = await SocketNetwork().attach(name, TCP_ONLY, receiver, None, None)
    assert isinstance(made, SocketAttachment)
    return made


def test_packets_that_wait_share_one_connection() -> None:
    async def run() -> None:
        a, b = KeepingReceiver(), KeepingReceiver()
        at_a, at_b = await attached("a", a), await attached("b", b)
        for number in range(50):
            at_a.send(make_packet(make_request(f"m{number}"), "TCP", at_b.address("TCP")))
        sources = {(await b.next())[1] for _ in range(50)}
        assert len(sources) == len(at_a.streams.connections) == len(at_b.streams.connections) == 1
        await at_a.close()
        await at_b.close()

    run_real(run())


def test_flows_are_never_used_again() -> None:
    """A flow names one connection for good: an answer cannot go to a stranger."""

    async def run() -> None:
        b = KeepingReceiver()
        at_b = await attached("b", b)
        flows = []
        for name in ("one", "two", "three"):
            at_a = await attached("a", KeepingReceiver())
            at_a.send(make_packet(make_request(name), "TCP", at_b.address("TCP")))
            flows.append((await b.next())[1].flow)
            await at_a.close()
        assert flows == [1, 2, 3]
        await at_b.close()

    run_real(run())


def test_opened_connections_come_from_the_address_listened_at() -> None:
    async def run() -> None:
        b = KeepingReceiver()
        at_b = await attached("b", b)
        listen = ListenSpec("127.0.0.7", 0, TCP_ONLY.transports)
        at_a = await SocketNetwork().attach("a", listen, KeepingReceiver(), None, None)
        at_a.send(make_packet(make_request(), "TCP", at_b.address("TCP")))
        assert (await b.next())[1].host == "127.0.0.7"
        await at_a.close()
        await at_b.close()

    run_real(run())


def test_stop_while_connecting_leaves_nothing_behind() -> None:
    async def run() -> None:
        at_a = await attached("a", KeepingReceiver())
        at_a.send(make_packet(make_request(), "TCP", Peer("127.0.0.1", 9)))
        await at_a.close()
        assert len(asyncio.all_tasks()) == 1

    run_real(run())
