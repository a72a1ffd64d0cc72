"""RFC 3261 21: response codes."""

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

GOOD = request()
CASES = {
    "21/sip-code": Proof(
        lambda: answered(GOOD, response(GOOD, "480 Temporarily Unavailable")),
        lambda: answered(GOOD, response(GOOD, "409 Conflict")),
        "SIP/2.0 409 Conflict",
        "SIP/2.0 409 Conflict",
        "server",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_a_code_that_nobody_knows_may_be_of_an_extension() -> None:
    assert findings("21/sip-code", answered(GOOD, response(GOOD, "499 Own"))) == []
