"""RFC 3261 10.3: what a registrar answers."""

import pytest

from mcsip.trace import Trace
from tests.conformance.rfc3261.wire import (
    Proof,
    answered,
    check_proof,
    findings,
    proofs,
    request,
    response,
)

BOUND = {"Contact": "<sip:10.9.0.1:5060>", "Expires": "60"}
GOOD = request("REGISTER", dict(BOUND), uri="sip:home.example")
LISTED = ("Contact", "<sip:10.9.0.1:5060>;expires=60")


def accepted(*fields: tuple[str, str]) -> Trace:
    """Return the trace of a REGISTER and a 200 with these fields."""
    return answered(GOOD, response(GOOD, "200 OK", None, *fields), by="core")


CASES = {
    "10.3/no-6xx": Proof(
        lambda: accepted(LISTED),
        lambda: answered(GOOD, response(GOOD, "603 Decline"), by="core"),
        "SIP/2.0 603 Decline",
        "SIP/2.0 603 Decline",
        "core",
    ),
    "10.3/no-record-route": Proof(
        lambda: accepted(LISTED),
        lambda: accepted(LISTED, ("Record-Route", "<sip:core;lr>")),
        "<sip:core;lr>",
        "Record-Route: <sip:core;lr>",
        "core",
    ),
    "10.3/bindings": Proof(
        lambda: accepted(("Contact", "<sip:x@y>;expires=9"), LISTED),
        lambda: accepted(("Contact", "<sip:x@y>;expires=9")),
        "<sip:x@y>;expires=9",
        "Contact: <sip:x@y>;expires=9",
        "core",
    ),
    "10.3/expires": Proof(
        lambda: accepted(LISTED),
        lambda: accepted(("Contact", "<sip:10.9.0.1:5060>"), ("Expires", "60")),
        "<sip:10.9.0.1:5060>",
        "Contact: <sip:10.9.0.1:5060>",
        "core",
    ),
    "10.3/min-expires": Proof(
        lambda: answered(GOOD, response(GOOD, "423 Brief", None, ("Min-Expires", "90"))),
        lambda: answered(GOOD, response(GOOD, "423 Brief")),
        "no such field",
        "SIP/2.0 423 Brief",
        "server",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_a_binding_that_is_removed_is_not_listed() -> None:
    data = request("REGISTER", {**BOUND, "Expires": "0"})
    assert findings("10.3/bindings", answered(data, response(data))) is None


def test_no_contact_at_all_is_a_missing_binding() -> None:
    found = findings("10.3/bindings", accepted())
    assert found is not None
    assert [it.actual for it in found] == ["no Contact"]


def test_other_requests_are_not_registered() -> None:
    data = request("INVITE", {"Expires": "60"})
    made = answered(data, response(data, "603 Decline"))
    assert findings("10.3/no-6xx", made) is None
    assert findings("10.3/bindings", answered(data, response(data))) is None
