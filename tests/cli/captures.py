"""Captures that are good, broken, cut, encrypted, without SIP: made from runs, or by hand."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from mcsip.report.pcap import build_pcap
from mcsip.trace import Direction, Peer, Trace
from mcsip.tracefile import load_trace

Edit = Callable[[bytes], bytes]
CLIENT, SERVER = Peer("192.0.2.1", 40000), "192.0.2.2"


def save(trace: Trace, path: Path) -> Path:
    path.write_bytes(build_pcap(trace))
    return path


def edited(source: Path, path: Path, edit: Edit) -> Path:
    """Write the capture of a trace each of whose messages went through ``edit``."""
    trace = load_trace(source)
    for entry in trace.entries:
        entry.data = edit(entry.data)
    return save(trace, path)


def without_cookie(data: bytes) -> bytes:
    """Take the magic cookie out of the first Via of REGISTER (RFC 3261 8.1.1.7)."""
    if b"CSeq: 1 REGISTER" not in data:
        return data
    return re.sub(rb"branch=z9hG4bK", b"branch=abcdefg", data, count=1)


def of_octets(path: Path, port: int, transport: str, *pieces: bytes) -> Path:
    """Write a capture in which a client sends octets to a port."""
    trace = Trace(1_700_000_000.0)
    for number, data in enumerate(pieces):
        remote = Peer(SERVER, port)
        trace.append_entry(number * 0.1, "a", Direction.SENT, transport, CLIENT, remote, data)
    return save(trace, path)


def encrypted(path: Path) -> Path:
    """TLS records: a hello, and what follows it (RFC 8446 5.1)."""
    record = b"\x16\x03\x01\x00\x40\x01\x00\x00\x3c\x03\x03" + bytes(range(53))
    data = b"\x17\x03\x03\x01\x00" + bytes(range(256))
    return of_octets(path, 5061, "TCP", record, data, data)


def without_sip(path: Path) -> Path:
    """Questions to a name server (RFC 1035 4.1)."""
    question = bytes.fromhex("00010100000100000000000003777777076578616d706c6503636f6d0000010001")
    return of_octets(path, 53, "UDP", question, question)


def garbage(path: Path) -> Path:
    """Octets at the port of SIP that are none."""
    return of_octets(path, 5060, "UDP", bytes(range(256)), b"\xff" * 400, b"hello\r\n\r\n")


def sip_after_garbage(source: Path, path: Path) -> Path:
    """A good trace with octets at the ports of SIP between its messages."""
    trace = load_trace(source)
    first = trace.entries[0]
    local, remote = Peer(first.local.host, 5060), Peer(first.remote.host, 5060)
    trace.append_entry(
        trace.entries[-1].at, first.node, Direction.SENT, "UDP", local, remote, b"\xfe" * 64
    )
    return save(trace, path)


def with_line(source: Path, path: Path, line: str) -> Path:
    """A saved trace with one more line at its end."""
    path.write_text(source.read_text(encoding="utf-8") + line, encoding="utf-8")
    return path


def broken_trace(source: Path, path: Path) -> Path:
    """A saved trace without the magic cookie in REGISTER."""
    lines = []
    for line in source.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        if "text" in fields and fields["kind"] == "message":
            fields["text"] = without_cookie(fields["text"].encode()).decode()
        lines.append(json.dumps(fields))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
