"""RFC 3261 12.2.1.1: requests within a dialog."""

import pytest

from tests.conformance.rfc3261.wire import (
    Proof,
    check_proof,
    findings,
    one,
    proofs,
    request,
)

CASES = {
    "12.2.1.1/to-tag": Proof(
        lambda: one(request("BYE", {"To": "<sip:b@home.example>;tag=x"})),
        lambda: one(request("BYE")),
        "<sip:b@home.example>",
        "To: <sip:b@home.example>",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_other_requests_may_begin_a_dialog() -> None:
    assert findings("12.2.1.1/to-tag", one(request("INVITE"))) is None
