"""RFC 3261 9.2: the answer to a CANCEL."""

import pytest

from tests.conformance.rfc3261.wire import (
    Proof,
    answered,
    check_proof,
    findings,
    proofs,
    request,
    response,
)

GOOD = request("CANCEL")
CASES = {
    "9.2/answer": Proof(
        lambda: answered(GOOD, response(GOOD)),
        lambda: answered(GOOD, response(GOOD, "487 Request Terminated")),
        "487",
        "SIP/2.0 487 Request Terminated",
        "server",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


@pytest.mark.parametrize("status", ["481 No Transaction", "400 Bad Request"])
def test_other_refusals_may_be(status: str) -> None:
    assert findings("9.2/answer", answered(GOOD, response(GOOD, status))) == []


def test_a_cancel_is_not_challenged() -> None:
    assert findings("9.2/answer", answered(GOOD, response(GOOD, "401 Unauthorized"))) != []


def test_other_requests_are_not_looked_at() -> None:
    data = request("INVITE")
    assert findings("9.2/answer", answered(data, response(data, "487 Terminated"))) is None
