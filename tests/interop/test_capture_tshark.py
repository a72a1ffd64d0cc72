"""What we read from captures, and what tshark reads from them, message by message."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from mcsip.capture import open_source
from mcsip.errors import PeerError
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real, run_virtual
from mcsip.report.pcap import build_pcap
from mcsip.sip.message import Request
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.trace import Direction, Peer, Trace
from tests.capture.samples import SAMPLES, Sample
from tests.nodes.world import make_topology, running

pytestmark = pytest.mark.interop

IN_ORDER = ("tcp.reassemble_out_of_order:TRUE",)
BY_CONTENT = ("udp.try_heuristic_first:TRUE", "tcp.try_heuristic_first:TRUE")
"""Ports of runs are chosen by the system; tshark cannot have both: it then takes parts for wholes."""
RUNS = [(kind, transport) for kind in ("memory", "loopback") for transport in ("udp", "tcp", "tls")]


@dataclass(frozen=True)
class Seen:
    """One message, as somebody reads it from a capture."""

    at: float
    source: Peer
    target: Peer
    what: str
    call_id: str
    cseq: str
    octets: int


def tool(name: str, package: str) -> str:
    """Return the path of a tool; skip where there is none, but not under CI."""
    found = shutil.which(name)
    if found is None:
        reason = f"{name} is not installed (Debian package {package})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def tshark() -> str:
    return tool("tshark", "tshark")


@pytest.fixture(scope="session")
def editcap() -> str:
    return tool("editcap", "wireshark-common")


def shown(proto: etree._Element, name: str) -> str:
    """Return what the first field of a name shows, or an empty text."""
    found = proto.find(f".//field[@name='{name}']")
    return "" if found is None else found.get("show", "")


def seen_by_tshark(tshark: str, path: Path, options: Sequence[str]) -> Iterator[Seen]:
    """Yield the messages that tshark finds: those of a frame in its order."""
    command = [tshark, "-r", str(path), "-T", "pdml"]
    for option in options:
        command += ["-o", option]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    for packet in etree.fromstring(done.stdout).iterfind("packet"):
        layers = {proto.get("name"): proto for proto in packet.iterfind("proto")}
        for sip in packet.iterfind("proto[@name='sip']"):
            ip = "ip" if "ip" in layers else "ipv6"
            port = "udp" if "udp" in layers else "tcp"
            yield Seen(
                float(shown(layers["frame"], "frame.time_epoch")),
                Peer(shown(layers[ip], f"{ip}.src"), int(shown(layers[port], f"{port}.srcport"))),
                Peer(shown(layers[ip], f"{ip}.dst"), int(shown(layers[port], f"{port}.dstport"))),
                shown(sip, "sip.Method") or shown(sip, "sip.Status-Code"),
                shown(sip, "sip.Call-ID"),
                shown(sip, "sip.CSeq"),
                sum(int(part.get("size", "0")) for part in sip if part.get("name") in PARTS)
                + len("\r\n"),  # of the empty line, which is in no part
            )


PARTS = {"sip.Request-Line", "sip.Status-Line", "sip.msg_hdr", "sip.msg_body"}
"""The fields of a dissected message that together are its octets, but for the empty line."""


def seen_by_us(path: Path) -> Iterator[Seen]:
    """Yield the messages that we find."""
    source = open_source(path)
    for entry in source.entries():
        message = parse_datagram(entry.data)
        assert not isinstance(message, Malformed)
        try:
            cseq = str(message.cseq)
        except PeerError:
            cseq = ""
        yield Seen(
            source.trace.started_at + entry.at,
            entry.local,
            entry.remote,
            message.method if isinstance(message, Request) else str(message.status),
            message.call_id,
            cseq,
            len(entry.data),
        )
    assert source.remarks == ()


def compare(tshark: str, path: Path, expected: int, options: Sequence[str] = BY_CONTENT) -> None:
    theirs = list(seen_by_tshark(tshark, path, options))
    ours = list(seen_by_us(path))
    assert len(ours) == len(theirs) == expected
    for one, other in zip(ours, theirs, strict=True):
        # Epoch seconds as floats are good for a quarter of a microsecond.
        assert abs(one.at - other.at) < 1e-6
        assert (one.source, one.target) == (other.source, other.target)
        assert (one.what, one.call_id, one.cseq) == (other.what, other.call_id, other.cseq)
        assert one.octets == other.octets


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_crafted_captures(tshark: str, tmp_path: Path, sample: Sample) -> None:
    path = tmp_path / "crafted.pcap"
    path.write_bytes(sample.file)
    compare(tshark, path, len(sample.messages), IN_ORDER)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[Path, Trace]]:
    """Return the main procedure (TS 23.280 10.6.3.3) as captures, with the traces they are of."""
    folder = tmp_path_factory.mktemp("runs")
    made = {}
    for kind, transport in RUNS:
        run = run_virtual if kind == "memory" else run_real
        trace = run(main_procedure(transport, kind))
        path = folder / f"{kind}-{transport}.pcap"
        path.write_bytes(build_pcap(trace))
        made[kind, transport] = path, trace
    return made


async def main_procedure(transport: str, kind: str) -> Trace:
    network = SocketNetwork() if kind == "loopback" else None
    async with running(make_topology(transport=transport), network=network) as world:
        outcome = await world.migrate()
        assert outcome.result == "success", outcome
        await world.settle()
        return world.trace


Runs = dict[tuple[str, str], tuple[Path, Trace]]


@pytest.mark.parametrize("which", RUNS, ids="-".join)
def test_captures_of_runs(tshark: str, runs: Runs, which: tuple[str, str]) -> None:
    path, trace = runs[which]
    sent = [entry for entry in trace.entries if entry.direction is Direction.SENT]
    compare(tshark, path, len(sent))


@pytest.mark.parametrize("arguments", [("-F", "pcapng"), ("-F", "pcap"), ("-F", "nsecpcap")])
def test_captures_rewritten_by_editcap(
    tshark: str, editcap: str, tmp_path: Path, runs: Runs, arguments: tuple[str, ...]
) -> None:
    path, trace = runs["loopback", "udp"]
    other = tmp_path / "rewritten"
    subprocess.run([editcap, *arguments, str(path), str(other)], check=True, timeout=60)
    sent = [entry for entry in trace.entries if entry.direction is Direction.SENT]
    compare(tshark, other, len(sent))
