"""RFC 3261 7.4.1: the type of the body."""

import pytest

from tests.conformance.rfc3261.wire import Proof, check_proof, findings, one, proofs, request

CASES = {
    "7.4.1/content-type": Proof(
        lambda: one(request(body=b"hello")),
        lambda: one(request("MESSAGE", {"Content-Type": None}, body=b"hello")),
        "a body of 5 octets and no Content-Type",
        "hello",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_without_body_there_is_nothing_to_say() -> None:
    assert findings("7.4.1/content-type", one(request())) is None
