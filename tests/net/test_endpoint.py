"""Endpoints: stack, transports and timer together, over sockets and in virtual time."""

import asyncio
import random
import socket
import time
from collections.abc import Awaitable, Callable

import pytest

from mcsip.errors import UsageError
from mcsip.net.endpoint import Endpoint
from mcsip.net.faults import Faults
from mcsip.net.ids import SeededIds
from mcsip.net.memory import MemoryNetwork
from mcsip.net.network import ListenSpec, Network, RequestTimeoutError, TransportError
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real, run_virtual
from mcsip.sip.build import build_request, build_response
from mcsip.sip.limits import Limits
from mcsip.sip.message import Request, Response
from mcsip.sip.stack import Core, ServerTransaction, Target
from mcsip.trace import Direction, Trace
from mcsip.tracefile import trace_lines
from mcsip.undelivered import read_refused

from .conftest import WAIT_S, Kind, has_ipv6, make_request

Answer = Callable[[Endpoint, ServerTransaction, Request], None]


def say_200(endpoint: Endpoint, transaction: ServerTransaction, request: Request) -> None:
    endpoint.respond(transaction, build_response(request, 200, to_tag="tagofb"))


def say_nothing(endpoint: Endpoint, transaction: ServerTransaction, request: Request) -> None:
    pass


class AnsweringCore(Core):
    """A core that answers as it is told."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.endpoint: Endpoint
        self.seen: list[Request] = []

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        self.seen.append(request)
        self.answer(self.endpoint, transaction, request)

    def on_ack(self, request: Request) -> None:
        return None

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:
        return None

    def on_stray_response(self, response: Response) -> None:
        return None

    def on_server_failure(self, transaction: ServerTransaction, reason: str) -> None:
        return None


class Two:
    """Two running endpoints, a and b."""

    def __init__(self, network: Network, kind: Kind | None, answer: Answer, seed: int) -> None:
        self.trace = Trace()
        self.core = AnsweringCore(answer)
        self.a = self._make("a", AnsweringCore(say_200), network, kind, seed)
        self.b = self._make("b", self.core, network, kind, seed + 1)

    def _make(
        self, name: str, core: AnsweringCore, network: Network, kind: Kind | None, seed: int
    ) -> Endpoint:
        listen, tls = ListenSpec(), None
        if kind is not None:
            listen, tls = kind.listen, kind.tls_a if name == "a" else kind.tls_b
        core.endpoint = Endpoint(
            name,
            core,
            SeededIds(random.Random(seed)),
            network=network,
            listen=listen,
            trace=self.trace,
            tls=tls,
        )
        return core.endpoint

    def target(self, transport: str = "UDP") -> Target:
        return Target(transport, *self.b.address(transport))

    async def ask(self, transport: str = "UDP", body: bytes = b"hello") -> Response:
        return await self.a.request(a_request(body), self.target(transport))


def a_request(body: bytes = b"hello") -> Request:
    return build_request(
        "MESSAGE",
        "sip:bob@home.example",
        from_="<sip:alice@home.example>;tag=tagofa",
        to="<sip:bob@home.example>",
        call_id="thecall",
        cseq=1,
        content_type="text/plain",
        body=body,
    )


async def two(
    scenario: Callable[[Two], Awaitable[None]],
    network: Network,
    kind: Kind | None = None,
    answer: Answer = say_200,
    seed: int = 1,
) -> Trace:
    made = Two(network, kind, answer, seed)
    await made.a.start()
    await made.b.start()
    try:
        await scenario(made)
    finally:
        await made.a.stop()
        await made.b.stop()
    assert len(asyncio.all_tasks()) == 1
    return made.trace


def in_memory(
    scenario: Callable[[Two], Awaitable[None]],
    *,
    answer: Answer = say_200,
    faults: Faults | None = None,
    seed: int = 1,
) -> Trace:
    network = MemoryNetwork(random.Random(seed), faults)
    return run_virtual(two(scenario, network, answer=answer, seed=seed))


def test_request_and_response_over_every_network(kind: Kind) -> None:
    async def scenario(t: Two) -> None:
        response = await t.ask(kind.transport)
        assert response.status == 200
        assert t.core.seen[0].body == b"hello"

    trace = kind.run(two(scenario, kind.make(), kind))
    ways = [(entry.node, entry.direction) for entry in trace.entries]
    sent, received = Direction.SENT, Direction.RECEIVED
    assert ways == [("a", sent), ("b", received), ("b", sent), ("a", received)]
    assert trace.entries[0].data == trace.entries[1].data
    assert trace.entries[2].data == trace.entries[3].data


def test_received_and_rport_are_filled_in() -> None:
    """RFC 3581 4."""

    async def scenario(t: Two) -> None:
        await t.ask()
        via = t.core.seen[0].via
        host, port = t.a.address("UDP")
        assert (via.received, via.rport) == (host, port)

    run_real(two(scenario, SocketNetwork()))


def test_large_request_takes_tcp() -> None:
    """RFC 3261 18.1.1: above 1300 octets UDP becomes TCP, at the same port number."""

    async def scenario(t: Two) -> None:
        assert t.a.address("UDP") == t.a.address("TCP")
        assert (await t.ask("UDP", b"x" * 1300)).status == 200
        assert t.core.seen[0].via.transport == "TCP"

    trace = run_real(two(scenario, SocketNetwork()))
    assert {entry.transport for entry in trace.entries} == {"TCP"}


def test_large_request_falls_back_to_udp_where_tcp_is_refused() -> None:
    """RFC 3261 18.1.1: if TCP is refused, UDP is tried after all."""

    async def run() -> None:
        core = AnsweringCore(say_200)
        only_udp = ListenSpec(transports=frozenset({"UDP"}))
        network = SocketNetwork()
        ids = SeededIds(random.Random(1))
        b = core.endpoint = Endpoint("b", core, ids, network=network, listen=only_udp)
        a = Endpoint("a", AnsweringCore(say_200), ids, network=network)
        await b.start()
        await a.start()
        response = await a.request(a_request(b"x" * 1300), Target("UDP", *b.address("UDP")))
        assert response.status == 200
        assert core.seen[0].via.transport == "UDP"
        await a.stop()
        await b.stop()

    run_real(run())


def test_ipv6_loopback() -> None:
    if not has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")

    async def scenario(t: Two) -> None:
        assert (await t.ask("UDP")).status == 200
        assert (await t.ask("TCP")).status == 200
        assert t.core.seen[0].via.host == "::1"

    kind = Kind("UDP", SocketNetwork, run_real, host="::1")
    kind_listen = ListenSpec("::1")

    async def run() -> None:
        made = Two(SocketNetwork(), kind, say_200, 1)
        for endpoint in (made.a, made.b):
            endpoint._listen = kind_listen
            await endpoint.start()
        await scenario(made)
        await made.a.stop()
        await made.b.stop()

    run_real(run())


def test_timer_f_in_virtual_time() -> None:
    """RFC 3261 17.1.2.2: E fires at 0.5, 1.5, 3.5, 7.5, then every 4 s; F ends it at 32 s."""
    ended: list[float] = []

    async def scenario(t: Two) -> None:
        with pytest.raises(RequestTimeoutError, match="no final response to MESSAGE"):
            await t.ask()
        ended.append(t.a.now())

    began = time.perf_counter()
    trace = in_memory(scenario, faults=Faults(loss=1.0))
    assert time.perf_counter() - began < 10
    assert ended == [32.0]
    sent = [entry.at for entry in trace.entries]
    assert sent == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert {entry.fault for entry in trace.entries} == {"lost"}


def test_same_seed_same_trace() -> None:
    """A run with every fault repeats octet for octet from its seed."""
    faults = Faults(0.3, 0.1, 0.2, 0.01, 0.05)

    async def scenario(t: Two) -> None:
        requests = [t.ask() for _ in range(20)] + [t.ask("TCP") for _ in range(5)]
        await asyncio.gather(*requests, return_exceptions=True)

    runs = [list(trace_lines(in_memory(scenario, faults=faults, seed=seed))) for seed in (3, 3, 4)]
    assert runs[0] == runs[1] != runs[2]


def test_loss_is_made_good_by_retransmission() -> None:
    async def scenario(t: Two) -> None:
        responses = await asyncio.gather(*(t.ask() for _ in range(100)))
        assert {response.status for response in responses} == {200}
        assert len(t.core.seen) == 100

    in_memory(scenario, faults=Faults(loss=0.1, duplicate=0.05, reorder=0.1))


def test_refused_connection_ends_the_request() -> None:
    """RFC 3261 18.4, 17.1.4."""

    async def scenario(t: Two) -> None:
        target = t.target("TCP")
        await t.b.stop()
        with pytest.raises(TransportError, match=r"[Rr]efused"):
            await t.a.request(a_request(), target)

    run_real(two(scenario, SocketNetwork()))
    in_memory(scenario)


@pytest.mark.parametrize("network", ["sockets", "memory"])
def test_the_trace_tells_which_request_was_refused(network: str) -> None:
    """RFC 3261 18.1.1: it goes over UDP after all; a rule reads why."""

    async def scenario(t: Two) -> None:
        target = t.target()
        await t.b.stop()
        with pytest.raises((TransportError, RequestTimeoutError)):
            await t.a.request(a_request(b"x" * 2000), target)
        (note,) = [note for note in t.trace.notes if "TCP" in note.text]
        sent = next(entry for entry in t.trace.entries if entry.transport == "UDP")
        refused = read_refused(note)
        assert refused is not None
        assert (refused.node, refused.peer, refused.method) == ("a", sent.remote, "MESSAGE")
        assert f";branch={refused.branch}\r\n".encode() in sent.data
        assert note.number < sent.number

    if network == "memory":
        in_memory(scenario)
    else:
        run_real(two(scenario, SocketNetwork()))


def test_stop_fails_what_waits() -> None:
    async def scenario(t: Two) -> None:
        waiting = asyncio.ensure_future(t.ask())
        await asyncio.sleep(0)
        await t.a.stop()
        with pytest.raises(TransportError, match="a stopped"):
            await waiting

    in_memory(scenario, answer=say_nothing)


def test_response_after_stop_is_dropped() -> None:
    kept: list[tuple[ServerTransaction, Request]] = []

    def keep(_: Endpoint, transaction: ServerTransaction, request: Request) -> None:
        kept.append((transaction, request))

    async def scenario(t: Two) -> None:
        waiting = asyncio.ensure_future(t.ask())
        await asyncio.sleep(0.1)
        await t.b.stop()
        say_200(t.b, *kept[0])
        with pytest.raises(RequestTimeoutError):
            await waiting

    in_memory(scenario, answer=keep)


def test_core_that_fails_does_not_end_the_endpoint(caplog: pytest.LogCaptureFixture) -> None:
    def fail_once(endpoint: Endpoint, transaction: ServerTransaction, request: Request) -> None:
        if request.body == b"fail":
            raise LookupError("a fault of the core")
        say_200(endpoint, transaction, request)

    async def scenario(t: Two) -> None:
        assert (await t.ask(body=b"fail")).status == 500  # RFC 3261 21.5.1
        assert (await t.ask()).status == 200

    in_memory(scenario, answer=fail_once)
    assert "b: an input was not handled" in caplog.text


def test_endpoint_that_does_not_run() -> None:
    async def scenario(t: Two) -> None:
        with pytest.raises(UsageError, match="a runs already"):
            await t.a.start()
        with pytest.raises(UsageError, match="a does not listen on TLS"):
            t.a.address("TLS")
        target = t.target()
        running = [t.a.running]
        await t.a.stop()
        await t.a.stop()
        assert [*running, t.a.running] == [True, False]
        with pytest.raises(TransportError, match="a does not run"):
            await t.a.request(a_request(), target)

    in_memory(scenario)


def test_endpoint_starts_again_at_its_address() -> None:
    async def scenario(t: Two) -> None:
        address = t.b.address("UDP")
        await t.b.stop()
        await t.b.start()
        assert t.b.address("UDP") == address
        assert (await t.ask()).status == 200

    in_memory(scenario)


def test_malformed_request_is_answered_400() -> None:
    """A request without CSeq gets 400 with a reason; garbage gets nothing."""

    async def scenario(t: Two) -> None:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0)
            sock.connect(t.b.address("UDP"))
            sock.send(b"\xff\xfe garbage \r\n\r\n")
            sock.send(make_request()[:-2])
            answer = await asyncio.wait_for(loop.sock_recv(sock, 65535), WAIT_S)
        assert answer.startswith(b"SIP/2.0 400 ")

    run_real(two(scenario, SocketNetwork()))


def test_keep_alive_is_not_traced() -> None:
    async def scenario(t: Two) -> None:
        reader, writer = await asyncio.open_connection(*t.b.address("TCP"))
        writer.write(b"\r\n\r\n")
        assert await asyncio.wait_for(reader.readexactly(2), WAIT_S) == b"\r\n"
        writer.close()
        await writer.wait_closed()

    assert run_real(two(scenario, SocketNetwork())).entries == []


def test_own_addresses_are_announced() -> None:
    async def scenario(t: Two) -> None:
        for endpoint in (t.a, t.b):
            assert t.trace.node_at(endpoint.address("UDP")) == endpoint.name

    in_memory(scenario)


# --- more than can be done (RFC 3261 21.5.4)


async def limited(
    name: str, core: Core, network: Network, limits: Limits, trace: Trace | None = None
) -> Endpoint:
    ids = SeededIds(random.Random(name))
    endpoint = Endpoint(name, core, ids, network=network, limits=limits, trace=trace)
    await endpoint.start()
    return endpoint


def test_what_waits_for_its_turn_is_answered_in_order() -> None:
    async def test() -> None:
        network = MemoryNetwork(random.Random(1))
        core = AnsweringCore(say_200)
        limits = Limits(at_once=2, waiting=100)
        core.endpoint = await limited("b", core, network, limits)
        client = await limited("a", AnsweringCore(say_200), network, Limits())
        target = Target("UDP", *core.endpoint.address("UDP"))
        bodies = [str(number).encode() for number in range(7)]
        answers = await asyncio.gather(*(client.request(a_request(b), target) for b in bodies))
        assert [answer.status for answer in answers] == [200] * 7
        assert [request.body for request in core.seen] == bodies
        assert core.endpoint.stack.unfinished == len(core.endpoint.stack.waiting) == 0
        await client.stop()
        await core.endpoint.stop()

    run_virtual(test())


def test_an_endpoint_that_stops_forgets_what_waits() -> None:
    async def test() -> None:
        network = MemoryNetwork(random.Random(1))
        seen = asyncio.Event()
        core = AnsweringCore(lambda *_: seen.set())
        core.endpoint = await limited("b", core, network, Limits(at_once=1, waiting=100))
        client = await limited("a", AnsweringCore(say_200), network, Limits())
        target = Target("UDP", *core.endpoint.address("UDP"))
        asked = [asyncio.ensure_future(client.request(a_request(), target)) for _ in range(5)]
        await seen.wait()
        await core.endpoint.stop()
        await asyncio.sleep(1.0)
        assert len(core.seen) < 5
        await client.stop()
        await asyncio.gather(*asked, return_exceptions=True)

    run_virtual(test())


def test_a_full_endpoint_refuses_datagrams_unread_and_traces_them() -> None:
    async def test() -> None:
        trace = Trace()
        core = AnsweringCore(say_nothing)
        limits = Limits(unfinished=1, retry_after_s=9)
        core.endpoint = await limited("b", core, SocketNetwork(), limits, trace)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(core.endpoint.address("UDP"))
            sock.setblocking(False)
            host, port = sock.getsockname()
            for name in ("one", "two"):
                plain = make_request(name).replace(
                    b"client.example:5060", f"{host}:{port}".encode()
                )
                sock.send(plain)
            loop = asyncio.get_running_loop()
            answer = await asyncio.wait_for(loop.sock_recv(sock, 65_535), WAIT_S)
        assert answer.startswith(b"SIP/2.0 503 ")
        assert b"\r\nCall-ID: two" in answer
        assert b"\r\nRetry-After: 9\r\n" in answer
        assert [request.call_id for request in core.seen] == ["one"]
        received = [entry for entry in trace.entries if entry.direction is Direction.RECEIVED]
        assert len(received) == 2
        assert trace.entries[-1].data == answer
        await core.endpoint.stop()

    run_real(test())
