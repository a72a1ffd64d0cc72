"""The capture of a run of the main procedure (TS 23.280 10.6.3.3), as tshark reads it."""

import os
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from mcsip.mc.schema import validate
from mcsip.mc.services import SERVICES
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real, run_virtual
from mcsip.report.pcap import build_pcap
from mcsip.sip.message import Request
from mcsip.trace import Direction, Peer, Trace
from tests.nodes.world import make_topology, message_of, running

pytestmark = pytest.mark.interop

PI_ERROR = 0x00800000
"""Severity "error" of an expert item (epan/proto.h of Wireshark)."""
FIELDS = (
    "frame.protocols", "_ws.malformed", "_ws.expert.severity", "_ws.expert.message", "ip.src",
    "ip.dst", "udp.srcport", "udp.dstport", "tcp.srcport", "tcp.dstport", "sip.Method",
    "sip.Status-Code", "sip.Call-ID", "sip.Content-Type", "udp.payload", "tcp.payload",
)  # fmt: skip
OPTIONS = ("-o", "udp.try_heuristic_first:TRUE", "-o", "tcp.try_heuristic_first:TRUE")

#: The 8 MC messages and their hops: those of steps 1 and 12 go through the SIP core.
HOPS = [
    ("alice-ue", "partner.core"),
    ("partner.core", "partner.server"),
    ("partner.server", "partner.gateway"),
    ("partner.gateway", "primary.gateway"),
    ("primary.gateway", "primary.server"),
    ("primary.server", "primary.gateway"),
    ("primary.gateway", "partner.gateway"),
    ("partner.gateway", "partner.server"),
    ("partner.server", "partner.core"),
    ("partner.core", "alice-ue"),
]
#: Published schemas with the elements of migration; none of mcdata-info was obtainable.
PUBLISHED = {
    "mcptt": ("mcpttinfo-24379-id0.xsd", "mcpttinfo-24379-k00.xsd"),
    "mcvideo": ("mcvideoinfo.xsd",),
}
TOKEN = re.compile(rb"(access-token[^>]*>\s*<[^>]*>)([^<]*)(<)")
XS = "{http://www.w3.org/2001/XMLSchema}"


@pytest.fixture(scope="session")
def tshark() -> str:
    """Return the path of tshark; skip where there is none, but not under CI."""
    found = shutil.which("tshark")
    if found is None:
        reason = "tshark is not installed (Debian package tshark)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def published_schema(folder: Path, name: str) -> etree.XMLSchema:
    """Return a published schema; what it imports and nobody publishes is open."""
    tree = etree.parse(str(folder / name))
    root = tree.getroot()
    for found in root.findall(f"{XS}import"):
        if found.get("namespace") == "urn:3gpp:ns:mcpttGKTP:1.0":
            found.set("schemaLocation", str(folder / "mcpttgktp-24481-j30.xsd"))
        else:
            root.remove(found)
    for element in root.iter(f"{XS}element"):
        if (element.get("type") or "").startswith("mvgktp:"):
            element.set("type", "xs:anyType")
    return etree.XMLSchema(tree)


@dataclass
class Frame:
    """One frame, as tshark reads it."""

    protocols: list[str]
    faults: str
    sender: str | None
    receiver: str | None
    method: str
    status: str
    call_id: str
    content_type: str
    body: bytes


def dissect(tshark: str, capture: Path, trace: Trace) -> list[Frame]:
    """Return the frames of a capture, with the nodes that own the addresses."""
    command = [tshark, "-r", str(capture), *OPTIONS, "-T", "fields", "-E", "separator=/t"]
    for name in FIELDS:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    frames = []
    for line in done.stdout.splitlines():
        row = dict(zip(FIELDS, line.split("\t"), strict=True))
        transport = "UDP" if row["udp.payload"] else "TCP"
        kind = transport.lower()
        severe = [s for s in row["_ws.expert.severity"].split(",") if s and int(s) >= PI_ERROR]
        faults = row["_ws.malformed"] or (row["_ws.expert.message"] if severe else "")
        source = Peer(row["ip.src"], int(row[f"{kind}.srcport"]))
        target = Peer(row["ip.dst"], int(row[f"{kind}.dstport"]))
        octets = bytes.fromhex(row[f"{kind}.payload"].replace(":", ""))
        frames.append(
            Frame(
                row["frame.protocols"].split(":"),
                faults,
                trace.node_at(source, transport),
                trace.node_at(target, transport),
                row["sip.Method"],
                row["sip.Status-Code"],
                row["sip.Call-ID"],
                row["sip.Content-Type"],
                octets.partition(b"\r\n\r\n")[2],
            )
        )
    return frames


async def main_procedure(service: str, transport: str, kind: str) -> Trace:
    network = SocketNetwork() if kind == "loopback" else None
    topology = make_topology(service=service, transport=transport)
    async with running(topology, network=network) as world:
        outcome = await world.migrate()
        assert outcome.result == "success", outcome
        await world.settle()
        return world.trace


def hidden(body: bytes) -> bytes:
    """Return a body with its token replaced by as many octets, whatever stood there."""
    return TOKEN.sub(lambda m: m[1] + b"x" * len(m[2]) + m[3], body)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
@pytest.mark.parametrize("kind", ["memory", "loopback"])
def test_tshark_reads_the_main_procedure(
    tshark: str, tmp_path: Path, shared: Path, kind: str, transport: str, service: str
) -> None:
    run = run_virtual if kind == "memory" else run_real
    trace = run(main_procedure(service, transport, kind))
    capture = tmp_path / "run.pcap"
    capture.write_bytes(build_pcap(trace))
    frames = dissect(tshark, capture, trace)
    sent = [message_of(e) for e in trace.entries if e.direction is Direction.SENT]

    # Every frame is SIP, and no frame is malformed
    assert len(frames) == len(sent) >= 22
    for frame in frames:
        assert "sip" in frame.protocols, frame
        assert not frame.faults, frame

    # The 8 MC messages on their 10 hops, each with its 200
    requests = [frame for frame in frames if frame.method == "MESSAGE"]
    assert Counter((f.sender, f.receiver) for f in requests) == Counter(HOPS)
    answers = {(f.receiver, f.sender, f.call_id) for f in frames if f.status == "200"}
    assert not [f for f in frames if f.status not in {"", "200"}]
    for frame in requests:
        assert (frame.sender, frame.receiver, frame.call_id) in answers, frame

    # Their bodies are the XML that was sent, but for the token
    assert [hidden(f.body) for f in requests] == [
        hidden(m.body) for m in sent if isinstance(m, Request) and m.method == "MESSAGE"
    ]
    secret = TOKEN.search(next(m.body for m in sent if b"access-token" in m.body))
    assert secret is not None
    assert secret[2] not in capture.read_bytes()

    # They are valid, by the published schemas too
    schemas = [published_schema(shared / "schemas", name) for name in PUBLISHED.get(service, ())]
    for frame in requests:
        assert frame.content_type == SERVICES[service].content_type
        assert "xml" in frame.protocols
        assert validate(frame.body, SERVICES[service]) == ()
        root = etree.fromstring(frame.body)
        for schema in schemas:
            assert schema.validate(root), schema.error_log
