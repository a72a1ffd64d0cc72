"""RFC 3261 12.2.1.1: requests within a dialog."""

import pytest

from mcsip.trace import Trace
from tests.conformance.rfc3261.wire import (
    Changes,
    Proof,
    Sent,
    check_proof,
    findings,
    one,
    proofs,
    request,
    response,
    trace,
    via,
)

INVITE = request("INVITE")
ACCEPTED = ("core", "ue", response(INVITE))


def dialog(cseq: int, to: str = "to", *more: Sent) -> Trace:
    """Return the trace of an INVITE, its 200, and a BYE with this number and tag."""
    changes: Changes = {"CSeq": f"{cseq} BYE", "To": f"<sip:b@home.example>;tag={to}"}
    bye = request("BYE", changes, vias=(via("ue", "two"),))
    return trace(("ue", "core", INVITE), ACCEPTED, *more, ("ue", "core", bye))


CASES = {
    "12.2.1.1/cseq": Proof(
        lambda: dialog(2),
        lambda: dialog(1),
        "1",
        "CSeq: 1 BYE",
    ),
    "12.2.1.1/tags": Proof(
        lambda: dialog(2),
        lambda: dialog(2, "other"),
        "from and other",
        "To: <sip:b@home.example>;tag=other",
    ),
    "12.2.1.1/to-tag": Proof(
        lambda: one(request("BYE", {"To": "<sip:b@home.example>;tag=x"})),
        lambda: one(request("BYE")),
        "<sip:b@home.example>",
        "To: <sip:b@home.example>",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_other_requests_may_begin_a_dialog() -> None:
    assert findings("12.2.1.1/to-tag", one(request("INVITE"))) is None


def test_each_end_counts_for_itself() -> None:
    changes: Changes = {
        "CSeq": "1 INFO",
        "From": "<sip:b@home.example>;tag=to",
        "To": "<sip:a@home.example>;tag=from",
    }
    info = request("INFO", changes, vias=(via("core", "three"),))
    assert findings("12.2.1.1/cseq", dialog(2, "to", ("core", "ue", info))) == []
    assert findings("12.2.1.1/tags", dialog(2, "to", ("core", "ue", info))) == []


def test_an_ack_has_the_number_of_its_invite() -> None:
    changes: Changes = {"CSeq": "1 ACK", "To": "<sip:b@home.example>;tag=to"}
    ack = request("ACK", changes, vias=(via("ue", "three"),))
    assert findings("12.2.1.1/cseq", dialog(2, "to", ("ue", "core", ack))) == []


def test_where_the_invite_was_not_seen_tags_are_not_judged() -> None:
    bye = request("BYE", {"To": "<sip:b@home.example>;tag=x"})
    assert findings("12.2.1.1/tags", one(bye)) is None
