"""RFC 3261 7.2: the status line."""

import pytest

from tests.conformance.rfc3261.wire import (
    Proof,
    answered,
    check_proof,
    findings,
    one,
    proofs,
    request,
    response,
)

GOOD = request()
CASES = {
    "7.2/status-line": Proof(
        lambda: answered(GOOD, response(GOOD)),
        lambda: answered(GOOD, response(GOOD).replace(b" 200 OK", b"  200 OK")),
        "'SIP/2.0  200 OK'",
        "SIP/2.0  200 OK",
        node="server",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_the_reason_may_be_empty_but_its_space_is_there() -> None:
    assert findings("7.2/status-line", answered(GOOD, response(GOOD, "200 "))) == []
    assert findings("7.2/status-line", answered(GOOD, response(GOOD, "200"))) != []


def test_a_request_has_none() -> None:
    assert findings("7.2/status-line", one(GOOD)) is None
