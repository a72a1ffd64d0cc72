"""The network in memory: addresses, faults, cut links, streams, and exact repetition."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from mcsip.net.faults import FaultKind, Faults, HopFault
from mcsip.net.limits import CONNECT_TIMEOUT_S
from mcsip.net.memory import MemoryAttachment, MemoryNetwork
from mcsip.net.network import ListenSpec, Recorder
from mcsip.net.virtual import run_virtual
from mcsip.trace import Peer, Trace
from mcsip.tracefile import trace_lines

from .conftest import KeepingReceiver, make_packet, make_request

BOTH = ListenSpec()


class Nodes:
    """Two attached nodes a and b, and the trace of what a sent."""

    def __init__(self, faults: Faults | None, seed: int) -> None:
        self.network = MemoryNetwork(random.Random(seed), faults)
        self.a, self.b = KeepingReceiver(), KeepingReceiver()
        self.trace = Trace()
        self.at_a: MemoryAttachment
        self.at_b: MemoryAttachment

    async def attach(self, name: str, receiver: KeepingReceiver) -> MemoryAttachment:
        recorder = Recorder(self.trace, name, asyncio.get_running_loop().time)
        made = await self.network.attach(name, BOTH, receiver, recorder, None)
        assert isinstance(made, MemoryAttachment)
        return made

    def send(self, name: str, transport: str = "UDP") -> None:
        to = self.at_b.address(transport)
        self.at_a.send(make_packet(make_request(name), transport, to))


def play(
    scenario: Callable[[Nodes], Awaitable[None]], faults: Faults | None = None, seed: int = 1
) -> Nodes:
    nodes = Nodes(faults, seed)

    async def run() -> None:
        nodes.at_a = await nodes.attach("a", nodes.a)
        nodes.at_b = await nodes.attach("b", nodes.b)
        await scenario(nodes)
        await nodes.at_a.close()
        await nodes.at_b.close()

    run_virtual(run())
    return nodes


def test_addresses_are_given_in_order_and_kept() -> None:
    async def scenario(n: Nodes) -> None:
        assert n.at_a.address("UDP") == n.at_a.address("TCP") == Peer("10.0.0.1", 5060)
        assert n.at_b.address("UDP") == Peer("10.0.0.2", 5060)
        await n.at_a.close()
        third = await n.attach("c", KeepingReceiver())
        assert third.address("UDP") == Peer("10.0.0.3", 5060)
        n.at_a = await n.attach("a", n.a)
        assert n.at_a.address("UDP") == Peer("10.0.0.1", 5060)
        await third.close()

    play(scenario)


async def send_many(n: Nodes) -> None:
    for number in range(400):
        n.send(f"m{number}")
        await asyncio.sleep(0.01)
    await asyncio.sleep(5)


@pytest.mark.parametrize(
    ("faults", "fault"),
    [
        (Faults(loss=0.3), "lost"),
        (Faults(duplicate=0.3), "duplicated"),
        (Faults(reorder=0.3), "delayed"),
    ],
    ids=["loss", "duplicate", "reorder"],
)
def test_fault_is_noted_and_happens(faults: Faults, fault: str) -> None:
    n = play(send_many, faults)
    faulty = [entry for entry in n.trace.entries if entry.fault == fault]
    assert len(n.trace.entries) == 400
    assert 80 < len(faulty) < 160
    arrived = [n.b.received.get_nowait()[1] for _ in range(n.b.received.qsize())]
    sent = [entry.data for entry in n.trace.entries]
    if fault == "lost":
        assert arrived == [entry.data for entry in n.trace.entries if entry.fault is None]
    elif fault == "duplicated":
        assert len(arrived) == 400 + len(faulty)
    else:
        assert arrived != sent
        assert sorted(arrived) == sorted(sent)


def test_same_seed_same_trace() -> None:
    faults = Faults(0.1, 0.05, 0.1, 0.01, 0.02)
    runs = [play(send_many, faults, seed) for seed in (4, 4, 5)]
    lines = [list(trace_lines(run.trace)) for run in runs]
    arrived = [
        [run.b.received.get_nowait()[1] for _ in range(run.b.received.qsize())] for run in runs
    ]
    assert lines[0] == lines[1] != lines[2]
    assert arrived[0] == arrived[1] != arrived[2]


def test_streams_keep_their_order_whatever_the_delay() -> None:
    async def scenario(n: Nodes) -> None:
        names = [f"m{number}" for number in range(200)]
        for name in names:
            n.send(name, "TCP")
            await asyncio.sleep(0.001)
        for name in names:
            assert (await n.b.next())[0] == make_request(name)

    play(scenario, Faults(loss=0.5, duplicate=0.5, reorder=0.5, delay_s=0.01, jitter_s=0.5))


def test_cut_link_loses_datagrams_until_it_is_mended() -> None:
    async def scenario(n: Nodes) -> None:
        n.network.cut("b", "a")
        n.send("one")
        await asyncio.sleep(1)
        assert n.b.received.empty()
        n.network.restore("a", "b")
        n.send("two")
        assert (await n.b.next())[0] == make_request("two")
        assert [entry.fault for entry in n.trace.entries] == ["lost", None]

    play(scenario)


def test_cut_link_lets_connections_time_out() -> None:
    async def scenario(n: Nodes) -> None:
        loop = asyncio.get_running_loop()
        n.network.cut("a", "b")
        began = loop.time()
        n.send("one", "TCP")
        _, reason = await n.a.failed.get()
        assert "no connection within" in reason
        assert loop.time() - began == pytest.approx(CONNECT_TIMEOUT_S)

    play(scenario)


def test_cut_link_breaks_an_open_connection() -> None:
    async def scenario(n: Nodes) -> None:
        n.send("one", "TCP")
        await n.b.next()
        n.network.cut("a", "b")
        n.send("two", "TCP")
        for _ in range(2):  # the first one was never answered either
            _, reason = await n.a.failed.get()
            assert "timed out" in reason
        assert not n.at_a.ends
        assert not n.at_b.ends
        n.network.restore("a", "b")
        n.send("three", "TCP")
        assert (await n.b.next())[0] == make_request("three")

    play(scenario)


def test_garbage_ends_a_stream() -> None:
    async def scenario(n: Nodes) -> None:
        n.at_a.send(make_packet(b"garbage\r\n\r\n", "TCP", n.at_b.address("TCP")))
        message, *_ = await n.b.received.get()
        assert type(message).__name__ == "Malformed"
        await asyncio.sleep(1)
        assert not n.at_a.ends
        assert not n.at_b.ends
        assert n.at_b.counters["framing-lost"] == 1

    play(scenario)


def test_datagram_to_nobody_vanishes() -> None:
    async def scenario(n: Nodes) -> None:
        await n.at_b.close()
        n.send("one")
        await asyncio.sleep(1)
        assert n.a.failed.empty()

    play(scenario)


def test_too_large_a_datagram() -> None:
    async def scenario(n: Nodes) -> None:
        n.at_a.send(make_packet(b"x" * 70_000, "UDP", n.at_b.address("UDP")))
        assert "too large" in await n.a.failure()

    play(scenario)


def between_a_and_b(name: str, kind: FaultKind, times: int | None = 1) -> HopFault:
    octets = f"Call-ID: {name}".encode()
    ends = frozenset({"a"}), frozenset({"b"})
    return HopFault(*ends, lambda data: octets in data, kind, times, seconds=5.0)


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize(
    ("kind", "fault", "arrival"),
    [
        (FaultKind.LOSE, "lost", ["one", "three"]),
        (FaultKind.DELAY, "delayed", ["one", "three", "two"]),
        (FaultKind.DUPLICATE, "duplicated", ["one", "two", "three", "two"]),
    ],
)
def test_fault_of_a_hop_is_of_one_message_on_any_transport(
    kind: FaultKind, fault: str, arrival: list[str], transport: str
) -> None:
    async def scenario(n: Nodes) -> None:
        n.network.hop_faults.append(between_a_and_b("two", kind))
        for name in ("one", "two", "three"):
            n.send(name, transport)
            await asyncio.sleep(1)
        await asyncio.sleep(10)
        assert n.b.received.qsize() == len(arrival)
        for name in arrival:
            assert f"Call-ID: {name}".encode() in (await n.b.next())[0]
        assert [entry.fault for entry in n.trace.entries if entry.fault] == [fault]

    play(scenario)
