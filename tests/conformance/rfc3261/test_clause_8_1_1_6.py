"""RFC 3261 8.1.1.6: Max-Forwards."""

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

CASES = {
    "8.1.1.6/initial-value": Proof(
        lambda: one(request()),
        lambda: one(request("MESSAGE", {"Max-Forwards": "10"})),
        "Max-Forwards: 10",
        "Max-Forwards: 10",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_what_a_server_sends_may_have_come_some_way() -> None:
    data = request("MESSAGE", {"Max-Forwards": "60"})
    assert findings("8.1.1.6/initial-value", trace(("server", "core", data))) is None


def test_what_was_forwarded_has_fewer() -> None:
    data = request("MESSAGE", {"Max-Forwards": "69"}, vias=(via("core"), via("ue")))
    assert findings("8.1.1.6/initial-value", one(data)) is None
