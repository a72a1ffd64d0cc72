"""Heads that are expected on a way."""

import pytest

from mcsip.conformance import expected as module
from mcsip.conformance.expected import Expected
from mcsip.conformance.known import Known
from mcsip.conformance.names import Cutter
from mcsip.conformance.participants import Participants
from mcsip.conformance.shapes import Shapes
from mcsip.trace import Trace
from tests.conformance.bases import Shipped, run_shipped
from tests.conformance.streams import request


def head(number: int, *, method: str = "MESSAGE") -> str:
    return request(method, branch=f"z9hG4bK{number}", call=f"call{number}").decode()[:-4]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Expected:
    monkeypatch.setattr(module, "MIN_SEEN", 3)
    return Expected(Cutter(Known(Trace())))


def test_what_often_came_is_cut_by_a_pattern(made: Expected) -> None:
    cutter = made._cutter
    for number in range(10):
        assert made.cut(head(number), 0, "way") == cutter.head(head(number), "0")
    [pattern] = made._by_way["way"]
    assert pattern.cut(head(99), "0") == cutter.head(head(99), "0")
    assert made._seen[cutter.head(head(1), "0").parts] == 3


def test_a_head_with_a_wrong_length_or_none_gets_no_pattern(made: Expected) -> None:
    """With a longer body the same octets are another thing."""
    for number in range(10):
        made.cut(head(number), 7, "way")
        made.cut(head(number).replace("Content-Length", "Length"), 0, "way")
    assert not made._patterns
    assert made.cut(head(1), 0, "way").counted


def test_one_pattern_is_for_all_ways(made: Expected) -> None:
    for number in range(10):
        made.cut(head(number), 0, number % 2)
    assert made._by_way[0] == made._by_way[1]


def test_the_latest_is_tried_first_and_not_too_many(
    made: Expected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_TRIED", 2)
    for method in ("MESSAGE", "OPTIONS", "INFO"):
        for number in range(5):
            made.cut(head(number, method=method), 0, "way")
    assert len(made._by_way["way"]) == 2
    assert made._by_way["way"][0].cut(head(9, method="INFO"), "0") is not None


def test_memory_is_bounded(made: Expected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PATTERNS", 4)
    monkeypatch.setattr(module, "MAX_COUNTED", 8)
    for kind in range(50):
        for number in range(5):
            made.cut(head(number, method=f"M{'x' * kind}"), 0, kind)
    assert len(made._patterns) <= 4
    assert len(made._by_way) <= 8
    assert len(made._seen) <= 8


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("scenario", ["authorization/success", "calls/forwarded", "data/forwarded"])
def test_runs_are_read_alike_with_and_without(
    scenario: str, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MIN_SEEN", 1)
    trace = run_shipped(Shipped(scenario=scenario, transport=transport))
    known = Known(trace)
    with_patterns, without = Shapes(known), Shapes(known)
    participants = Participants(trace, known)
    by_pattern = 0
    for mark in (b"a", b"bc", b"d", b"ef"):
        for entry in trace.entries[:-1]:
            data = entry.data.replace(b";tag=", b";tag=" + mark)
            data = data.replace(b"z9hG4bK", b"z9hG4bK" + mark).replace(b"ID: ", b"ID: " + mark)
            way = participants.way(entry).likeness
            read = with_patterns.read(data, way, again=False)
            other = without.read(data, None, again=False)
            assert read.names == other.names
            assert read.form is not None
            assert other.form is not None
            assert read.form.number == other.form.number
            by_pattern += len(with_patterns._expected._by_way.get((way, data[0]), ())) > 0
    assert by_pattern > len(trace.entries)
