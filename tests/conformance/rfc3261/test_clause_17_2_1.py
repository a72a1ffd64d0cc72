"""RFC 3261 17.2.1: 100 Trying, timers G and H, and what the ACK ends."""

import pytest

from tests.conformance.rfc3261.times import UP_TO_T2, Times, changed, one_finding, seen, verdict


def refusals(times: Times) -> list[tuple[float, int]]:
    return [(0.1 + at, 486) for at in times]


@pytest.mark.parametrize(
    ("at", "status", "expected"),
    [
        (0.2, 100, "pass"),
        (0.4, 100, "pass"),
        (0.5, 100, "fail"),
        (1.0, 486, "fail"),
        (0.1, 200, "pass"),
    ],
)
def test_trying(at: float, status: int, expected: str) -> None:
    assert verdict("17.2.1/trying", seen("INVITE", [0.0], [(at, status)])) == expected


def test_trying_counts_from_where_the_request_arrived() -> None:
    assert verdict("17.2.1/trying", seen("INVITE", [0.0, 0.5], [(0.6, 100)], lost=[0.0])) == "pass"
    assert verdict("17.2.1/trying", seen("INVITE", [0.0, 0.5], [(0.6, 100)])) == "fail"
    assert verdict("17.2.1/trying", seen("INVITE", [0.0, 0.5], [(0.6, 100)], live=False)) == "pass"
    assert verdict("17.2.1/trying", seen("INVITE", [0.0])) == "none"


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([0.0], "none"),
        (UP_TO_T2, "pass"),
        ([0.0, 0.5, 1.0], "fail"),
        ([0.0, 0.5, 1.5, 3.5, 7.5, 15.5], "fail"),
    ],
)
def test_schedule(times: Times, expected: str) -> None:
    assert verdict("17.2.1/schedule", seen("INVITE", [0.0], refusals(times))) == expected


def test_a_copy_of_the_request_may_ask_for_it_at_any_time() -> None:
    trace = seen("INVITE", [0.0, 0.5], refusals([0.0, 0.41, 0.5]))
    assert verdict("17.2.1/schedule", trace) == "none"


def test_repeat() -> None:
    rule = "17.2.1/repeat"
    assert verdict(rule, seen("INVITE", [0.0], refusals([0.0, 0.5]))) == "pass"
    assert verdict(rule, seen("INVITE", [0.0], refusals([0.0]))) == "fail"
    assert verdict(rule, seen("INVITE", [0.0], refusals([0.0]), [0.2])) == "none"
    assert verdict(rule, seen("INVITE", [0.0], refusals([0.0]), quiet_s=1.0)) == "none"
    assert verdict(rule, seen("INVITE", [0.0], refusals([0.0]), transport="TCP")) == "none"
    assert verdict(rule, seen("INVITE", [0.0], [(0.1, 200)])) == "none"


@pytest.mark.parametrize(("last", "expected"), [(31.5, "pass"), (36.0, "fail")])
def test_timeout(last: float, expected: str) -> None:
    assert verdict("17.2.1/timeout", seen("INVITE", [0.0], refusals([0.0, last]))) == expected


def test_confirmed() -> None:
    rule, acks = "17.2.1/confirmed", [0.2]
    assert verdict(rule, seen("INVITE", [0.0], refusals([0.0]), acks)) == "pass"
    assert verdict(rule, seen("INVITE", [0.0], refusals([0.0, 0.5]), acks)) == "fail"
    assert verdict(rule, seen("INVITE", [0.0], refusals([0.0, 0.5]), acks, lost=acks)) == "none"
    assert verdict(rule, seen("INVITE", [0.0], refusals([0.0, 0.5]), acks, live=False)) == "none"


@pytest.mark.parametrize(("times", "expected"), [([0.0], "pass"), ([0.0, 0.5], "fail")])
def test_reliable(times: Times, expected: str) -> None:
    trace = seen("INVITE", [0.0], refusals(times), transport="TCP")
    assert verdict("17.2.1/reliable", trace) == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([(0.1, 180)], "none"),
        ([(0.1, 180), (0.2, 486), (0.7, 486)], "pass"),
        ([(0.1, 486), (0.2, 180)], "fail"),
        ([(0.1, 486), (0.2, 480)], "fail"),
        ([(0.1, 200), (0.2, 180)], "fail"),
        ([(0.1, 486), (0.2, 200)], "pass"),
    ],
)
def test_last(answers: list[tuple[float, int]], expected: str) -> None:
    assert verdict("17.2.1/last", seen("INVITE", [0.0], answers)) == expected


def test_same_response() -> None:
    edit = {"is": "INVITE", "answer": 486, "only": 2, "set": {"To": "<sip:bob@b.example>;tag=x"}}
    found = one_finding("17.2.1/same-response", changed("written/invite-refused", edit))
    assert found.actual == "another line 4: To: <sip:bob@b.example>;tag=x"
