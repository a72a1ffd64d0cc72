"""RFC 3261 17.1.1.1: T1 is 500 ms, or longer."""

import pytest

from tests.conformance.rfc3261.times import one_finding, seen, verdict

RULE = "17.1.1.1/t1"


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE"])
@pytest.mark.parametrize(
    ("first", "expected"),
    [(0.1, "fail"), (0.44, "fail"), (0.46, "pass"), (0.5, "pass"), (2.0, "pass")],
)
def test_the_first_repetition(method: str, first: float, expected: str) -> None:
    assert verdict(RULE, seen(method, [0.0, first])) == expected


def test_the_second_is_no_matter_of_t1() -> None:
    assert verdict(RULE, seen("MESSAGE", [0.0, 0.5, 0.6])) == "pass"


def test_one_copy_over_tcp_and_ack_say_nothing() -> None:
    assert verdict(RULE, seen("MESSAGE", [0.0])) == "none"
    assert verdict(RULE, seen("MESSAGE", [0.0, 0.1], transport="TCP")) == "none"
    assert verdict(RULE, seen("ACK", [0.0, 0.1])) == "none"


def test_a_capture_may_have_doubled_it() -> None:
    assert verdict(RULE, seen("MESSAGE", [0.0, 0.001], live=False)) == "none"
    assert verdict(RULE, seen("MESSAGE", [0.0, 0.001])) == "fail"


def test_what_is_said() -> None:
    found = one_finding(RULE, seen("MESSAGE", [0.0, 0.1]))
    assert found.expected == "again after 0.5 s at the earliest"
    assert found.actual == "again after 0.1 s"
    assert found.node == "ue"
