"""RFC 3261 16.4: the Route that named the proxy."""

import pytest

from tests.conformance.rfc3261.wire import (
    Proof,
    check_proof,
    findings,
    forwarded,
    onward,
    proofs,
    request,
)

OWN = "<sip:10.9.0.2:5060;lr>"
NEXT = "<sip:10.9.0.3:5060;lr>"
CASES = {
    "16.4/own-route": Proof(
        lambda: forwarded(request("MESSAGE", {"Route": OWN}), onward()),
        lambda: forwarded(
            request("MESSAGE", {"Route": f"{OWN}, {NEXT}"}),
            onward("MESSAGE", {"Route": f"{OWN}, {NEXT}"}),
        ),
        f"{OWN}, {NEXT}",
        f"Route: {OWN}, {NEXT}",
        "core",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_it_may_be_named_by_its_host_name() -> None:
    route = {"Route": "<sip:core.home.example;lr>"}
    made = forwarded(request("MESSAGE", dict(route)), onward("MESSAGE", dict(route)))
    assert findings("16.4/own-route", made) != []


def test_a_route_of_somebody_else_stays() -> None:
    made = forwarded(request("MESSAGE", {"Route": NEXT}), onward("MESSAGE", {"Route": NEXT}))
    assert findings("16.4/own-route", made) is None
