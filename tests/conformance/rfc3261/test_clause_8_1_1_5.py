"""RFC 3261 8.1.1.5: CSeq."""

import pytest

from tests.conformance.rfc3261.wire import Proof, check_proof, findings, one, proofs, request

CASES = {
    "8.1.1.5/method": Proof(
        lambda: one(request()),
        lambda: one(request("MESSAGE", {"CSeq": "1 message"})),
        "message",
        "CSeq: 1 message",
    ),
    "8.1.1.5/number": Proof(
        lambda: one(request("MESSAGE", {"CSeq": f"{2**31 - 1} MESSAGE"})),
        lambda: one(request("MESSAGE", {"CSeq": f"{2**31} MESSAGE"})),
        str(2**31),
        f"CSeq: {2**31} MESSAGE",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


@pytest.mark.parametrize("value", ["one MESSAGE", "1", "1 MESSAGE x", "-1 MESSAGE"])
@pytest.mark.parametrize("rule", list(CASES))
def test_what_is_no_cseq_is_told_by_20_16(value: str, rule: str) -> None:
    assert findings(rule, one(request("MESSAGE", {"CSeq": value}))) is None
