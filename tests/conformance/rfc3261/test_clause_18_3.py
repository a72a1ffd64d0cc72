"""RFC 3261 18.3: Content-Length on streams."""

import pytest

from tests.conformance.rfc3261.wire import (
    Proof,
    check_proof,
    findings,
    one,
    proofs,
    request,
    via,
)

VIA = {"Via": via("ue", transport="TCP")}
BARE = request("MESSAGE", dict(VIA)).replace(b"Content-Length: 0\r\n", b"")
CASES = {
    "18.3/content-length": Proof(
        lambda: one(request("MESSAGE", dict(VIA)), "TCP"),
        lambda: one(BARE, "TCP"),
        "none, over TCP",
        "MESSAGE sip:b@home.example SIP/2.0",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_a_datagram_ends_by_itself() -> None:
    assert findings("18.3/content-length", one(BARE)) is None
