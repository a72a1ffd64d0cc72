"""RFC 3261 17.1.2.2: timers E and F, and what a client does when an answer comes."""

import pytest

from tests.conformance.rfc3261.times import UP_TO_T2, Times, changed, one_finding, seen, verdict

ANSWERED = [(0.0, 200)]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([0.0], "none"),
        (UP_TO_T2, "pass"),
        ([0.0, 0.5, 1.0, 1.5], "fail"),
        ([0.0, 0.5, 1.5, 3.5, 7.5, 15.5], "fail"),
        ([0.0, 1.0, 3.0, 7.0, 11.0], "pass"),
        ([0.0, 0.1, 0.3, 0.7], "pass"),
    ],
)
def test_schedule(times: Times, expected: str) -> None:
    assert verdict("17.1.2.2/schedule", seen("MESSAGE", times)) == expected


def test_a_capture_may_lack_copies() -> None:
    times = [0.0, 0.5, 3.5, 7.5]
    assert verdict("17.1.2.2/schedule", seen("MESSAGE", times)) == "fail"
    assert verdict("17.1.2.2/schedule", seen("MESSAGE", times, live=False)) == "pass"


def test_after_a_provisional_answer_the_interval_is_t2() -> None:
    trace = seen("MESSAGE", [0.0, 0.5, 4.5, 8.5], [(0.6, 100), (8.6, 200)])
    assert verdict("17.1.2.2/schedule", trace) == "pass"


@pytest.mark.parametrize(("last", "expected"), [(31.5, "pass"), (35.0, "pass"), (36.0, "fail")])
def test_timeout(last: float, expected: str) -> None:
    assert verdict("17.1.2.2/timeout", seen("MESSAGE", [0.0, 0.5, last])) == expected


@pytest.mark.parametrize(
    ("transport", "times", "expected"),
    [
        ("TCP", [0.0], "pass"),
        ("TCP", [0.0, 0.5], "fail"),
        ("TLS", [0.0, 0.5], "fail"),
        ("UDP", [0.0, 0.5], "none"),
    ],
)
def test_reliable(transport: str, times: Times, expected: str) -> None:
    assert verdict("17.1.2.2/reliable", seen("MESSAGE", times, transport=transport)) == expected


def test_completed() -> None:
    """Only who hears the answer must fall silent; one that was lost, or only captured, is none."""
    rule, times = "17.1.2.2/completed", [0.0, 0.5, 1.5]
    assert verdict(rule, seen("MESSAGE", times, [(0.6, 200)])) == "fail"
    assert verdict(rule, seen("MESSAGE", times, [(1.6, 200)])) == "pass"
    assert verdict(rule, seen("MESSAGE", times, [(0.6, 200)], lost=[0.6])) == "none"
    assert verdict(rule, seen("MESSAGE", times, [(0.6, 200)], live=False)) == "none"
    assert verdict(rule, seen("MESSAGE", times, [(0.6, 100), (1.6, 200)])) == "pass"


def test_same_request() -> None:
    trace = changed(
        "written/request-repeated", {"is": "OPTIONS", "only": 2, "set": {"Max-Forwards": "69"}}
    )
    found = one_finding("17.1.2.2/same-request", trace)
    assert found.actual == "another line 3: Max-Forwards: 69"


@pytest.mark.parametrize("rule", ["schedule", "timeout", "same-request", "completed"])
def test_an_invite_and_its_ack_have_another_machine(rule: str) -> None:
    for method in ("INVITE", "ACK"):
        trace = seen(method, [0.0, 0.5, 1.0, 40.0], ANSWERED)
        assert verdict(f"17.1.2.2/{rule}", trace) == "none"
