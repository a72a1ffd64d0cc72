"""RFC 3261 9.1: CANCEL of a client."""

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

GOOD = request("CANCEL")
CASES = {
    "9.1/one-via": Proof(
        lambda: one(GOOD),
        lambda: one(request("CANCEL", vias=(via("ue"), via("core")))),
        f"2: {via('ue')} | {via('core')}",
        "Via: " + via("ue"),
    ),
    "9.1/no-require": Proof(
        lambda: one(GOOD),
        lambda: one(request("CANCEL", {"Require": "one"})),
        "one",
        "Require: one",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_a_stateless_proxy_may_forward_a_cancel() -> None:
    """RFC 3261 16.11."""
    data = request("CANCEL", vias=(via("core"), via("ue")))
    assert findings("9.1/one-via", trace(("core", "server", data))) is None
