"""How what a user does can fail: kinds, and reasons in few words."""

import pytest

from mcsip.errors import BeyondError, McsipError
from mcsip.load.failure import (
    CRASH,
    NO_FAILURE,
    UNEXPECTED,
    Failure,
    Kind,
    failure_of,
    guarded,
    kind_of_text,
    name_of,
)
from mcsip.net.network import RequestTimeoutError, TransportError
from mcsip.net.virtual import run_virtual
from mcsip.nodes.call_agent import CallError, NoAnswerError
from mcsip.scenario.result import Finding, Place, Verdict


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("result: failed, reason: no-answer", Kind.NO_ANSWER),
        ("result: failed, reason: no-response, status: 200", Kind.NO_ANSWER),
        ("result: failed, reason: unreachable", Kind.UNREACHABLE),
        ("result: failed, reason: primary-unreachable, status: 200", Kind.OVERLOADED),
        ("result: failed, status: 503", Kind.OVERLOADED),
        ("status: 408", Kind.OVERLOADED),
        ("503", Kind.OVERLOADED),
        ("result: failed, reason: not-registered, status: 503", Kind.OVERLOADED),
        ("result: failed, reason: not-registered, status: 403", Kind.UNEXPECTED),
        ("result: refused, reason: profile-unknown, status: 403", Kind.UNEXPECTED),
        ("status: 486", Kind.UNEXPECTED),
    ],
)
def test_kinds_by_how_a_step_ended(text: str, kind: Kind) -> None:
    assert kind_of_text(text) is kind


def finding(actual: str, message: str = "another status than expected") -> Finding:
    return Finding(Verdict.FAIL, message, Place("x.yaml", 1, 1), "200", actual)


@pytest.mark.parametrize(
    ("actual", "reason"),
    [
        ("404", "status: 404"),
        ("result: refused, by: primary.server, reason: x, text: y", "result: refused, by: primary.server, reason: x"),
        ("result: failed, status: 503 (overloaded, 17 of 16)", "result: failed, status: 503"),
        ("", UNEXPECTED),
    ],
)  # fmt: skip
def test_reasons_hold_nothing_that_differs_each_time(actual: str, reason: str) -> None:
    assert failure_of(finding(actual), "alice migrates", None).outcome == reason


def test_an_error_says_more_than_its_text_unless_it_is_functional() -> None:
    judged = finding("nobody answered the BYE: 408")
    known = failure_of(judged, "bob hangs up", NoAnswerError("x"))
    assert known == ("no-answer", Kind.NO_ANSWER, "bob hangs up: nobody answered the BYE: 408")
    unknown = failure_of(finding("bob is in no call"), "bob hangs up", CallError("x"))
    assert unknown == (UNEXPECTED, Kind.UNEXPECTED, "bob hangs up: bob is in no call")


@pytest.mark.parametrize(
    ("error", "outcome", "kind"),
    [
        (RequestTimeoutError("x"), "request-timeout", Kind.NO_ANSWER),
        (TransportError("x"), "transport", Kind.UNREACHABLE),
        (BeyondError("x"), "beyond", Kind.UNEXPECTED),
        (ZeroDivisionError("x"), CRASH, Kind.CRASH),
    ],
)
def test_what_is_raised_is_a_failure(error: Exception, outcome: str, kind: Kind) -> None:
    async def fails() -> Failure:
        raise error

    failure = run_virtual(guarded("alice registers", fails()))
    assert (failure.outcome, failure.kind) == (outcome, kind)
    assert failure.detail.startswith("alice registers: ")


def test_what_ends_well_is_none() -> None:
    async def works() -> Failure:
        return NO_FAILURE

    assert run_virtual(guarded("alice registers", works())).kind is None
    assert name_of(McsipError("x")) == "mcsip"
