"""RFC 3261 10.2: REGISTER requests."""

import pytest

from tests.conformance.rfc3261.wire import (
    Proof,
    check_proof,
    findings,
    one,
    proofs,
    request,
    trace,
    via,
)

HOME = "sip:home.example"
REGISTERED = request("REGISTER", uri=HOME)


def again(cseq: int) -> bytes:
    """Return the next REGISTER of the same client."""
    return request("REGISTER", {"CSeq": f"{cseq} REGISTER"}, uri=HOME, vias=(via("ue", "two"),))


CASES = {
    "10.2/cseq": Proof(
        lambda: trace(("ue", "core", REGISTERED), ("ue", "core", again(3))),
        lambda: trace(("ue", "core", REGISTERED), ("ue", "core", again(1))),
        "1",
        "CSeq: 1 REGISTER",
    ),
    "10.2/request-uri": Proof(
        lambda: one(request("REGISTER", uri=HOME)),
        lambda: one(request("REGISTER")),
        "sip:b@home.example",
        "sip:b@home.example",
    ),
    "10.2/address-of-record": Proof(
        lambda: one(request("REGISTER", uri=HOME)),
        lambda: one(request("REGISTER", {"To": "<tel:+49123>"}, uri=HOME)),
        "tel:+49123",
        "To: <tel:+49123>",
    ),
    "10.2.2/star": Proof(
        lambda: one(request("REGISTER", {"Contact": "*", "Expires": "0"})),
        lambda: one(request("REGISTER", {"Contact": "*", "Expires": "60"})),
        "Expires: 60",
        "Contact: *",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_a_star_stands_alone() -> None:
    data = request("REGISTER", {"Contact": "*", "Expires": "0"}, ("Contact", "<sip:a@b>"))
    found = findings("10.2.2/star", one(data))
    assert found is not None
    assert [it.actual for it in found] == ["2 values"]


def test_a_star_needs_expires() -> None:
    found = findings("10.2.2/star", one(request("REGISTER", {"Contact": "*"})))
    assert found is not None
    assert [it.actual for it in found] == ["Expires: none"]
    assert findings("10.2.2/star", one(request("REGISTER", {"Contact": "<sip:a@b>"}))) is None


def test_other_requests_have_a_user() -> None:
    assert findings("10.2/request-uri", one(request("MESSAGE"))) is None
