"""A trace on its way into a file: whole at any moment, continued after a kill."""

from pathlib import Path

import pytest

from mcsip.errors import FileError
from mcsip.mc.roles import Role
from mcsip.nodes.live_trace import LiveTrace
from mcsip.trace import Direction, NodeInfo, Peer, Trace
from mcsip.tracefile import load_trace

A, B = Peer("127.0.0.1", 5060), Peer("127.0.0.2", 5060)


def sent(trace: LiveTrace, now: float, data: bytes = b"OPTIONS sip:b SIP/2.0\r\n\r\n") -> None:
    trace.append_entry(now, "x.a", Direction.SENT, "UDP", A, B, data)


def test_each_line_is_in_the_file_at_once_and_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    trace = LiveTrace(path, wall=1000.0, now=5.0)
    trace.add_node(NodeInfo("x.a", "x", Role.MC_SERVER, "mcptt"))
    trace.announce("x.a", *A)
    trace.announce("x.a", *A)
    sent(trace, 5.5)
    trace.append_note(6.0, "x.a", "7", "TS 23.280 10.6.3.3", "marked")
    read = load_trace(path)
    assert (read.started_at, list(read.nodes), len(read.addresses)) == (1000.0, ["x.a"], 1)
    assert [(e.number, e.at) for e in read.entries] == [(1, 0.5)]
    assert [(n.number, n.at) for n in read.notes] == [(2, 1.0)]
    assert (trace.entries, trace.notes) == ([], [])
    trace.close()
    sent(trace, 7.0)
    assert len(load_trace(path).entries) == 1


def test_a_file_is_continued_and_a_line_that_was_cut_off_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    first = LiveTrace(path, wall=1000.0, now=5.0)
    sent(first, 5.5)
    first.close()
    with path.open("a") as file:
        file.write('{"kind": "message", "numb')
    second = LiveTrace(path, wall=1060.0, now=2.0)
    sent(second, 3.0)
    second.close()
    assert [(e.number, e.at) for e in load_trace(path).entries] == [(1, 0.5), (2, 61.0)]


def test_secrets_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    trace = LiveTrace(path, wall=1000.0, now=5.0)
    sent(trace, 5.5, b"REGISTER sip:b SIP/2.0\r\nAuthorization: Bearer abcdefghijkl\r\n\r\n")
    trace.close()
    assert "abcdefghijkl" not in path.read_text()


@pytest.mark.parametrize("text", ["name: a topology\n", "no line end", '{"format": "other"}\n'])
def test_another_file_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(text)
    with pytest.raises(FileError):
        LiveTrace(path, wall=1000.0, now=5.0)
    assert path.read_text() == text


def test_a_full_disk_ends_the_trace_and_not_the_server(caplog: pytest.LogCaptureFixture) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    trace = LiveTrace.__new__(LiveTrace)
    Trace.__init__(trace, 1000.0, began_at=5.0)
    trace._path, trace._file, trace.listeners = full, full.open("w"), []
    sent(trace, 5.5)
    sent(trace, 6.5)
    assert [record.getMessage() for record in caplog.records] == [
        "the trace ends: cannot write /dev/full: [Errno 28] No space left on device"
    ]
