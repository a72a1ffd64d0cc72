"""Bad input to running nodes: each answers as the RFC says or drops, logs one line, and goes on.

After every piece of bad input a complete authorization (TS 23.280 10.6.3.3) must still succeed.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from mcsip.mc.info import build_info
from mcsip.net.network import Network
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real, run_virtual
from mcsip.sip.message import Response
from mcsip.sip.parse import parse_datagram
from mcsip.sip.transport_rules import Target
from tests.nodes.world import (
    INFO,
    BarePeer,
    World,
    make_topology,
    request_info,
    running,
    written,
)

NODES = ("partner.server", "partner.gateway", "partner.core", "alice-ue")
PARTNER_ID = "sip:visitor-x@partner.example"
DROPPED = None

#: The line of the stack, or of the node.
LOGGERS = ("mcsip.sip.", "mcsip.nodes.", "mcsip.net.")

BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><mcpttinfo xmlns="urn:3gpp:ns:mcpttInfo:1.0">'
    b"&c;</mcpttinfo>"
)
EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    b'<mcpttinfo xmlns="urn:3gpp:ns:mcpttInfo:1.0">&a;</mcpttinfo>'
)
NOT_VALID = b'<mcpttinfo xmlns="urn:3gpp:ns:mcpttInfo:1.0"><nonsense/></mcpttinfo>'


def _nested(levels: int) -> bytes:
    return b"<a>" * levels + b"</a>" * levels


NO_OTHER: Mapping[str, int | None] = MappingProxyType({})


class Bad(NamedTuple):
    """One piece of bad input.

    ``status`` is what every node answers; ``None``: nothing. ``other`` has the nodes that differ.
    """

    data: Callable[[World, str], bytes]
    status: int | None
    other: Mapping[str, int | None] = NO_OTHER
    transports: tuple[str, ...] = ("UDP", "TCP")


def body(octets: bytes, status: int, content_type: str = INFO, **other: int) -> Bad:
    """Return a MESSAGE with a bad body; the core passes it on, and the server's answer back."""

    def data(world: World, uri: str) -> bytes:
        return written(uri=uri, content_type=content_type, body=octets)

    nodes: dict[str, int | None] = {f"partner.{name}": each for name, each in other.items()}
    transports = ("UDP", "TCP") if len(octets) < 60_000 else ("TCP",)
    return Bad(data, status, nodes, transports)


def head(status: int | None, *, only: tuple[str, ...] = ("UDP", "TCP"), **changes: Any) -> Bad:
    """Return a MESSAGE whose head is wrong."""

    def data(world: World, uri: str) -> bytes:
        sound = build_info(request_info(world, partner_id=PARTNER_ID))
        fields = [*changes.get("fields", ()), "P-Asserted-Identity: <sip:server@partner.example>"]
        return written(uri=uri, content_type=INFO, body=sound, **{**changes, "fields": fields})

    return Bad(data, status, {}, only)


def raw(octets: bytes, status: int | None, only: tuple[str, ...] = ("UDP", "TCP")) -> Bad:
    return Bad(lambda world, uri: octets, status, {}, only)


def cut(world: World, uri: str) -> bytes:
    return written(uri=uri, content_type=INFO, body=NOT_VALID)[:-10]


def cut_in_head(world: World, uri: str) -> bytes:
    return written(uri=uri).rpartition(b"Content-Length")[0].rstrip()


def method(name: str, status: int, **other: int) -> Bad:
    """Return a request of a foreign method."""

    nodes: dict[str, int | None] = {f"partner.{name}": each for name, each in other.items()}
    return Bad(lambda world, uri: written(name, uri), status, nodes)


CASES: dict[str, Bad] = {
    # RFC 3261 18.3: a datagram shorter than its Content-Length is answered 400
    "truncated in the body": Bad(cut, 400, {}, ("UDP",)),
    "truncated in the head": Bad(cut_in_head, 400, {}, ("UDP",)),
    "Content-Length too large": head(400, only=("UDP",), length="9999"),
    "Content-Length no number": head(400, length="many"),
    "Content-Length negative": head(400, length="-1"),
    "Content-Length missing on a stream": head(400, only=("TCP",), without="Content-Length"),
    # RFC 3261 21.5.14 Message Too Large; without a readable head nobody can be answered
    "head above the limit": raw(b"MESSAGE sip:x SIP/2.0\r\n" + b"X: y\r\n" * 20_000, DROPPED, ("TCP",)),
    "too many header fields": head(513, fields=["X-Many: y"] * 600),
    "body of 10 MB": body(b" " * 10_000_000, 413, gateway=413),
    "XML of 100 KB": body(b"<a>" + b" " * 100_000 + b"</a>", 413, gateway=413),
    "garbage": raw(b"\x00\xff\x13garbage\x80\r\n\r\n", DROPPED),
    "garbage with line ends": raw(b"hello\r\nworld\r\n\r\n", DROPPED),
    "TLS on a plain port": raw(bytes.fromhex("16030100c8010000c40303") + b"\x07" * 80 + b"\r\n\r\n", DROPPED),
    "HTTP": raw(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", DROPPED),
    "a response out of the blue with a bad status": raw(b"SIP/2.0 999 Odd\r\n\r\n", DROPPED),
    # Bodies
    "not XML": body(b"{}", 400),
    "empty body": body(b"", 400),
    "truncated XML": body(NOT_VALID[:-5], 400),
    "not schema-valid": body(NOT_VALID, 400, gateway=400),
    "other XML": body(b"<html/>", 400),
    "entities": body(BILLION_LAUGHS, 400),
    "external entity": body(EXTERNAL, 400),
    "10,000 levels": body(_nested(10_000), 413),
    "4,000 levels": body(_nested(4_000), 400),
    "33 levels": body(_nested(33), 400),
    "UTF-16": body(NOT_VALID.decode().encode("utf-16"), 400),
    "multipart without boundary": body(b"--x", 400, "multipart/mixed"),
    # RFC 3261 8.2.3: 415 with Accept; gateways and clients serve all; a gateway has nothing to route by
    "body of another service": Bad(
        body(NOT_VALID, 415, INFO.replace("mcptt", "mcvideo")).data,
        415,
        {"partner.gateway": 400, "alice-ue": 400},
    ),
    "unknown content type": body(b"hello", 415, "text/plain", gateway=404),
    "content type is nonsense": body(b"hello", 415, ";;;", gateway=404),
    # RFC 3261 8.1.1: mandatory header fields; without Via no response can be addressed
    "no Via": head(DROPPED, without="Via"),
    "no From": head(400, without="From"),
    "no To": head(400, without="To"),
    "no Call-ID": head(400, without="Call-ID"),
    "no CSeq": head(400, without="CSeq"),
    "Via is nonsense": head(DROPPED, via="nonsense"),
    "CSeq of another method": head(400, cseq="1 INVITE"),
    "CSeq no number": head(400, cseq="one MESSAGE"),
    "Max-Forwards no number": head(400, max_forwards="many"),
    "two From": head(400, fields=["From: <sip:b@b.example>;tag=b"]),
    # RFC 3261 12.1.1, 8.1.1.8: a request that makes a dialog has a Contact
    "INVITE without Contact": method("INVITE", 400, gateway=404),
    # RFC 3261 8.2.1, 21.4.6, 21.5.2; a gateway routes by the body alone
    "SUBSCRIBE": method("SUBSCRIBE", 405, gateway=404),
    "REFER": method("REFER", 405, gateway=404),
    "unknown method": method("FROBNICATE", 501, gateway=404),
}  # fmt: skip

URIS = {
    "partner.server": "sip:server@partner.example",
    "partner.gateway": "sip:gateway@partner.example",
    "partner.core": "sip:server@partner.example",
    "alice-ue": "sip:alice@192.0.2.1",
}
RUNS = [
    pytest.param(node, name, transport, id=f"{node}-{name}-{transport}")
    for node in NODES
    for name, case in CASES.items()
    for transport in case.transports
]


async def bad_input(
    node: str, name: str, transport: str, network: Network | None, caplog: pytest.LogCaptureFixture
) -> tuple[Response | None, list[str]]:
    """Send bad input to a node; return its answer and what was logged; then let alice migrate."""
    case = CASES[name]
    async with running(make_topology(), network=network) as world:
        peer = await world.peer()
        data = case.data(world, URIS[node])
        data = data.replace(b"SIP/2.0/TCP 192.0.2.9", f"SIP/2.0/{transport} 192.0.2.9".encode())
        caplog.clear()
        if network is not None and len(data) > 1_000_000:
            response = await _pour(data, world.target(node, transport))
        else:
            peer.send(data, world.target(node, transport))
            response = await _answer(peer)
        await asyncio.sleep(0.02)
        lines = [r.getMessage() for r in caplog.records if r.name.startswith(LOGGERS)]
        caplog.clear()
        outcome = await world.migrate()
        assert outcome.result == "success", (outcome, "it did not go on")
        assert not [r for r in caplog.records if r.levelno >= logging.WARNING]
        return response, lines


async def _answer(peer: BarePeer) -> Response | None:
    try:
        return await asyncio.wait_for(peer.responses.get(), 0.3)
    except TimeoutError:
        return None


async def _pour(data: bytes, target: Target) -> Response | None:
    """Send more than a peer of ours would; the answer may be lost when the connection is cut."""
    reader, writer = await asyncio.open_connection(target.host, target.port)
    octets = b""
    try:
        writer.write(data)
        octets = await asyncio.wait_for(reader.read(10_000), 5)
        await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.transport.abort()
    answer = parse_datagram(octets) if octets else None
    return answer if isinstance(answer, Response) else None


def check(node: str, name: str, response: Response | None, lines: list[str]) -> None:
    case = CASES[name]
    expected = case.other.get(node, case.status)
    got = None if response is None else response.status
    assert got == expected, (got, expected, response and response.octets(), lines)
    if response is not None:
        if got == 400:
            assert response.reason not in {"", "Bad Request"}, "400 must say what is wrong (21.4.1)"
        if got == 405:
            assert "MESSAGE" in response.items("allow")
        if got == 415:
            assert INFO in response.items("accept")
    assert len(lines) == 1, lines
    assert lines[0].isprintable()


@pytest.mark.parametrize(("node", "name", "transport"), RUNS)
def test_a_node_survives_bad_input(
    node: str, name: str, transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    response, lines = run_virtual(bad_input(node, name, transport, None, caplog))
    check(node, name, response, lines)


REAL = ["truncated in the body", "garbage", "Content-Length no number", "body of 10 MB", "not XML",
        "10,000 levels", "unknown content type", "no CSeq", "head above the limit", "SUBSCRIBE"]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "transport"),
    [(name, t) for name in REAL for t in CASES[name].transports],
)
def test_a_node_survives_bad_input_over_sockets(
    name: str, transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    node = "partner.server"
    response, lines = run_real(bad_input(node, name, transport, SocketNetwork(), caplog))
    if name == "body of 10 MB" and response is None:
        assert len(lines) == 1, lines  # what is unread when a connection ends may undo the answer
    else:
        check(node, name, response, lines)
