"""RFC 3261 17.2.2: a copy of the request is given the last response, and nothing else is."""

import pytest

from tests.conformance.rfc3261.times import Times, changed, one_finding, seen, verdict


def given(times: Times) -> list[tuple[float, int]]:
    return [(at, 200) for at in times]


@pytest.mark.parametrize(
    ("sent", "answers", "expected"),
    [
        ([0.0], [0.1], "none"),
        ([0.0, 0.5], [0.6], "none"),
        ([0.0, 0.5], [0.1, 0.6], "pass"),
        ([0.0, 0.5], [0.1], "fail"),
        ([0.0, 0.5, 1.5], [0.1, 0.6], "fail"),
        ([0.0, 40.0], [0.1], "none"),
        ([0.0, 0.5], [], "none"),
    ],
)
def test_again(sent: Times, answers: Times, expected: str) -> None:
    assert verdict("17.2.2/again", seen("MESSAGE", sent, given(answers))) == expected


def test_a_copy_that_did_not_arrive_is_not_answered() -> None:
    trace = seen("MESSAGE", [0.0, 0.5], given([0.1]), lost=[0.5])
    assert verdict("17.2.2/again", trace) == "none"


def test_in_a_capture_some_copies_may_have_been_lost_after_it() -> None:
    few = seen("MESSAGE", [0.0, 0.5, 1.5], given([0.1]), live=False)
    many = seen("MESSAGE", [0.0, 0.5, 1.5, 3.5], given([0.1]), live=False)
    assert [verdict("17.2.2/again", it) for it in (few, many)] == ["pass", "fail"]


def test_it_is_the_server_that_does_not_answer_again() -> None:
    found = one_finding("17.2.2/again", seen("MESSAGE", [0.0, 0.5], given([0.1])))
    assert (found.expected, found.actual) == ("200 again, for each of 1 copies", "0 times")
    assert found.node == "server"


@pytest.mark.parametrize(
    ("sent", "answers", "transport", "expected"),
    [
        ([0.0], [0.1], "UDP", "pass"),
        ([0.0], [0.1, 0.6], "UDP", "fail"),
        ([0.0], [0.1, 0.6], "TCP", "fail"),
        ([0.0, 0.5], [0.1, 0.6], "UDP", "pass"),
        ([0.0], [], "UDP", "none"),
    ],
)
def test_unasked(sent: Times, answers: Times, transport: str, expected: str) -> None:
    trace = seen("MESSAGE", sent, given(answers), transport=transport)
    assert verdict("17.2.2/unasked", trace) == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([(5.0, 100)], "none"),
        ([(5.0, 100), (6.0, 200)], "pass"),
        ([(5.0, 200), (6.0, 100)], "fail"),
        ([(5.0, 200), (6.0, 500)], "fail"),
    ],
)
def test_last(answers: list[tuple[float, int]], expected: str) -> None:
    assert verdict("17.2.2/last", seen("MESSAGE", [0.0], answers)) == expected


@pytest.mark.parametrize(("last", "expected"), [(31.5, "pass"), (33.0, "fail")])
def test_timeout(last: float, expected: str) -> None:
    trace = seen("MESSAGE", [0.0, last], given([0.1, last + 0.1]))
    assert verdict("17.2.2/timeout", trace) == expected


def test_same_response() -> None:
    edit = {"is": "OPTIONS", "answer": 200, "only": 2, "set": {"To": "<sip:bob@b.example>;tag=x"}}
    found = one_finding("17.2.2/same-response", changed("written/request-repeated", edit))
    assert found.actual == "another line 4: To: <sip:bob@b.example>;tag=x"


@pytest.mark.parametrize("rule", ["again", "unasked", "last", "same-response", "timeout"])
def test_an_invite_has_another_machine(rule: str) -> None:
    trace = seen("INVITE", [0.0, 0.5], [(0.1, 486), (0.6, 180), (40.0, 486)])
    assert verdict(f"17.2.2/{rule}", trace) == "none"
