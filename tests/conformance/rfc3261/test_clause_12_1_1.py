"""RFC 3261 12.1.1: a dialog at the UAS."""

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

ROUTE = "<sip:10.9.0.2:5060;lr;x=1>"
GOOD = request("INVITE", {"Record-Route": ROUTE})
SIPS = request("INVITE", {"Contact": "<sips:10.9.0.1>"}, uri="sips:b@home.example")
CONTACT = ("Contact", "<sip:10.9.0.3:5060>")


def accepted(*fields: tuple[str, str], start: str = "200 OK", data: bytes = GOOD) -> Trace:
    """Return the trace of an INVITE and its answer with these fields."""
    return answered(data, response(data, start, None, *fields))


CASES = {
    "12.1.1/record-route": Proof(
        lambda: accepted(CONTACT, ("Record-Route", ROUTE)),
        lambda: accepted(CONTACT, ("Record-Route", "<sip:10.9.0.2:5060;lr>")),
        "<sip:10.9.0.2:5060;lr>",
        "Record-Route: <sip:10.9.0.2:5060;lr>",
        "server",
    ),
    "12.1.1/contact": Proof(
        lambda: accepted(CONTACT),
        accepted,
        "none",
        "SIP/2.0 200 OK",
        "server",
    ),
    "12.1.1/sips-contact": Proof(
        lambda: accepted(("Contact", "<sips:10.9.0.3>"), data=SIPS),
        lambda: accepted(CONTACT, data=SIPS),
        "sip:10.9.0.3:5060",
        "Contact: <sip:10.9.0.3:5060>",
        "server",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


@pytest.mark.parametrize("start", ["180 Ringing", "183 Session Progress", "202 Accepted"])
def test_other_responses_make_a_dialog_too(start: str) -> None:
    """RFC 3261 12.1."""
    found = findings("12.1.1/record-route", accepted(CONTACT, start=start))
    assert found is not None
    assert [it.actual for it in found] == ["no Record-Route"]


@pytest.mark.parametrize("start", ["100 Trying", "302 Moved", "486 Busy Here"])
def test_these_make_none(start: str) -> None:
    assert findings("12.1.1/record-route", accepted(start=start)) is None
    assert findings("12.1.1/contact", accepted(start=start)) is None


def test_proxies_further_down_add_theirs_above() -> None:
    above = ("Record-Route", f"<sip:far;lr>, {ROUTE}")
    assert findings("12.1.1/record-route", accepted(CONTACT, above)) == []
    below = ("Record-Route", f"{ROUTE}, <sip:far;lr>")
    assert findings("12.1.1/record-route", accepted(CONTACT, below)) != []


def test_a_contact_is_a_sip_uri() -> None:
    found = findings("12.1.1/contact", accepted(("Contact", "<tel:1>")))
    assert found is not None
    assert [it.actual for it in found] == ["tel:1"]


def test_within_the_dialog_it_is_not_made_again() -> None:
    data = request("INVITE", {"To": "<sip:b@home.example>;tag=x", "Record-Route": ROUTE})
    assert findings("12.1.1/record-route", accepted(data=data)) is None
