"""RFC 3261 17.1.1.2: timers A and B, and what a client does when an answer comes."""

import pytest

from mcsip.trace import Trace
from tests.conformance.rfc3261.times import DOUBLING, Times, changed, one_finding, seen, verdict


def refused_again(acks: list[float]) -> Trace:
    return seen("INVITE", [0.0], [(0.1, 486), (0.6, 486), (1.6, 486)], acks)


PROOFS = {
    "rfc3261/17.1.1.2/ack-again": (
        lambda: refused_again([0.2, 0.7, 1.7]),
        lambda: refused_again([0.2]),
    ),
}


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([0.0], "none"),
        (DOUBLING, "pass"),
        ([0.0, 0.5, 1.0, 1.5], "fail"),
        ([0.0, 0.5, 1.5, 3.5, 7.5, 11.5], "fail"),
        ([0.0, 1.0, 3.0, 7.0, 15.0], "pass"),
    ],
)
def test_schedule(times: Times, expected: str) -> None:
    assert verdict("17.1.1.2/schedule", seen("INVITE", times)) == expected


@pytest.mark.parametrize(("last", "expected"), [(31.5, "pass"), (35.0, "pass"), (63.5, "fail")])
def test_timeout(last: float, expected: str) -> None:
    assert verdict("17.1.1.2/timeout", seen("INVITE", [0.0, 0.5, last])) == expected


@pytest.mark.parametrize(
    ("transport", "times", "expected"),
    [("TCP", [0.0], "pass"), ("TCP", [0.0, 0.5], "fail"), ("UDP", [0.0, 0.5], "none")],
)
def test_reliable(transport: str, times: Times, expected: str) -> None:
    assert verdict("17.1.1.2/reliable", seen("INVITE", times, transport=transport)) == expected


@pytest.mark.parametrize(
    ("rule", "status", "other"), [("proceeding", 180, 486), ("completed", 486, 180)]
)
def test_an_answer_that_came_ends_the_repeating(rule: str, status: int, other: int) -> None:
    times = [0.0, 0.5, 1.5]
    assert verdict(f"17.1.1.2/{rule}", seen("INVITE", times, [(0.6, status)])) == "fail"
    assert verdict(f"17.1.1.2/{rule}", seen("INVITE", times, [(1.6, status)])) == "pass"
    assert verdict(f"17.1.1.2/{rule}", seen("INVITE", times, [(0.6, other)])) == "none"
    lost = seen("INVITE", times, [(0.6, status)], lost=[0.6])
    assert verdict(f"17.1.1.2/{rule}", lost) == "none"
    captured = seen("INVITE", times, [(0.6, status)], live=False)
    assert verdict(f"17.1.1.2/{rule}", captured) == "none"


def test_same_request() -> None:
    edit = {"is": "INVITE", "only": 2, "set": {"Max-Forwards": "69"}}
    found = one_finding("17.1.1.2/same-request", changed("written/invite-refused", edit))
    assert found.actual == "another line 3: Max-Forwards: 69"


def test_ack() -> None:
    rule = "17.1.1.2/ack"
    refused = [(0.1, 486)]
    assert verdict(rule, seen("INVITE", [0.0], refused, [0.2])) == "pass"
    assert verdict(rule, seen("INVITE", [0.0], refused)) == "fail"
    assert verdict(rule, seen("INVITE", [0.0], refused, quiet_s=1.0)) == "none"
    assert verdict(rule, seen("INVITE", [0.0], [(0.1, 200)])) == "none"
    assert verdict(rule, seen("INVITE", [0.0], refused, lost=[0.1])) == "none"
    assert verdict(rule, seen("INVITE", [0.0], refused, live=False)) == "none"
    assert verdict(rule, seen("INVITE", [0.0], refused, live=False, transport="TCP")) == "fail"
    assert verdict(rule, seen("INVITE", [0.0], [*refused, (0.6, 486)], live=False)) == "fail"


def test_it_is_the_client_that_sends_no_ack() -> None:
    found = one_finding("17.1.1.2/ack", seen("INVITE", [0.0], [(0.1, 486)]))
    assert (found.expected, found.actual, found.node) == ("an ACK", "none", "ue")


def test_ack_again() -> None:
    rule = "17.1.1.2/ack-again"
    assert verdict(rule, refused_again([0.2, 0.7, 1.7])) == "pass"
    assert verdict(rule, refused_again([0.2, 0.7])) == "fail"
    assert verdict(rule, refused_again([])) == "none"
    assert verdict(rule, seen("INVITE", [0.0], [(0.1, 486)], [0.2])) == "none"
    late = seen("INVITE", [0.0], [(0.1, 486), (40.0, 486)], [0.2])
    assert verdict(rule, late) == "none"


@pytest.mark.parametrize("rule", ["schedule", "timeout", "same-request", "proceeding", "completed"])
def test_other_requests_have_another_machine(rule: str) -> None:
    assert verdict(f"17.1.1.2/{rule}", seen("MESSAGE", [0.0, 0.5, 1.0], [(0.1, 200)])) == "none"
