"""Judging a source in bounded memory: what is kept, what is read again, when it ends."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcsip.capture import open_source
from mcsip.cli import judge as module
from mcsip.cli.judge import Demand, judge
from mcsip.conformance.catalogue import RULES
from mcsip.conformance.rule import selected
from mcsip.conformance.views import Release
from mcsip.scenario.result import Verdict
from mcsip.tracefile import save_trace
from tests.capture.crafting import A, B, Frame, answer, ipv4, message, pcap, udp
from tests.conformance.bases import Shipped, copy_of, run_shipped

from . import captures

Cli = Callable[..., Any]
DEMAND = Demand(selected(RULES, ["rfc3261/8.1.1.7"]), Release.R18)


@pytest.fixture
def trace(cli: Cli, files: Path) -> Path:
    assert cli("run", files / "good.yaml", "--seed", "7", "-q").code == 0
    return Path("mcsip-out") / "latest" / "good" / "trace.jsonl"


def test_a_trace_is_kept_with_its_inner_steps(trace: Path) -> None:
    check = judge(open_source(trace), DEMAND)
    assert check.verdict is Verdict.PASS
    assert check.whole
    assert check.trace.notes
    assert check.result.source == str(trace)
    assert "alice-ue" in check.nodes


def test_of_a_large_source_only_what_is_around_findings_is_kept(
    trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = captures.edited(trace, Path("bad.pcap"), captures.without_cookie)
    whole = judge(open_source(bad), DEMAND)
    monkeypatch.setattr(module, "MAX_KEPT", 5)
    monkeypatch.setattr(module, "AROUND", 2)
    check = judge(open_source(bad), DEMAND)
    assert not check.whole
    assert check.result.findings == whole.result.findings
    numbers = [entry.number for entry in check.trace.entries]
    (finding,) = check.result.findings
    assert numbers == [n for n in range(finding.number - 2, finding.number + 3) if n > 0]
    quote, same = (each.quotes[finding.number] for each in (check, whole))
    assert quote.wire.data == same.wire.data


def test_without_findings_nothing_is_read_again(
    trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 3)
    source = open_source(trace)
    check = judge(source, DEMAND)
    assert (check.verdict, check.trace.entries, check.whole) == (Verdict.PASS, [], False)


@pytest.mark.parametrize("shown", [True, False])
def test_the_inner_steps_of_nodes_are_judged_with_the_messages(shown: bool, tmp_path: Path) -> None:
    """A TCP connection that was refused is no message (RFC 3261 18.1.1, 18.4)."""
    trace = run_shipped(
        Shipped(
            scenario="authorization/primary-server-unreachable",
            transport="udp",
            service="mcvideo",
            gateways="both",
        )
    )
    if not shown:
        trace = copy_of(trace)
    path = tmp_path / "trace.jsonl"
    save_trace(trace, path)
    demand = Demand(selected(RULES, ["rfc3261/18.1.1/udp-size"]), Release.R18)
    check = judge(open_source(path), demand)
    assert check.verdict is (Verdict.PASS if shown else Verdict.FAIL)


def test_the_time_was_over(trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ITEMS_PER_LOOK", 2)
    late = Demand(DEMAND.rules, Release.R18, deadline=0.0)
    check = judge(open_source(trace), late)
    assert check.timed_out
    assert len(check.trace.entries) == 2
    assert not check.whole


def test_the_reader_says_how_far_it_is(trace: Path) -> None:
    heard: list[tuple[int, int]] = []
    judge(open_source(trace), DEMAND, lambda done, of: heard.append((done, of)))
    assert heard[-1] == (trace.stat().st_size, trace.stat().st_size)


@pytest.mark.parametrize(("later_s", "found"), [(1.0, []), (400.0, ["rfc3261/17.1.1.2/ack"])])
def test_what_is_missing_is_missed_when_packets_of_others_go_on(
    tmp_path: Path, later_s: float, found: list[str]
) -> None:
    """RFC 3261 17.1.1.2: the ACK of a refusal; nothing of SIP comes any more."""
    invite = message("INVITE", body=b"")
    refusal = answer(invite, "486 Busy Here").replace(
        b"partner.example>\r", b"partner.example>;tag=t\r"
    )
    told = ipv4(udp(refusal, B, A), source=B, target=A)
    other = ipv4(udp(b"\0\1\2", ("10.0.0.7", 9), ("10.0.0.8", 9)))
    seen = ((0.0, ipv4(udp(invite))), (0.1, told), (0.6, told), (later_s, other))
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([Frame(at, packet) for at, packet in seen]))
    demand = Demand(selected(RULES, ["rfc3261/17.1.1.2/ack"]), Release.R18)
    assert [each.rule.id for each in judge(open_source(path), demand).result.findings] == found
