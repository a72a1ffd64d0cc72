"""RFC 3261 8.1.1: the six mandatory fields."""

import pytest

from tests.conformance.rfc3261.wire import Proof, check_proof, findings, one, proofs, request

CASES = {
    "8.1.1/mandatory-fields": Proof(
        lambda: one(request()),
        lambda: one(request("MESSAGE", {"Max-Forwards": None})),
        "Max-Forwards missing",
        "MESSAGE sip:b@home.example SIP/2.0",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


@pytest.mark.parametrize("field", ["Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards"])
def test_each_of_them(field: str) -> None:
    found = findings("8.1.1/mandatory-fields", one(request("OPTIONS", {field: None})))
    assert found is not None
    assert [it.actual for it in found] == [f"{field} missing"]
