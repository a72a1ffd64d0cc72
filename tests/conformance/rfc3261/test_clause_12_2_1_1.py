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


RECORDED = ("<sip:two.example;lr>", "<sip:one.example;lr;x=1>")
"""Record-Route of a request that came through proxy one and then proxy two."""


def caller(*routes: str, recorded: tuple[str, ...] = RECORDED) -> Trace:
    """Return the trace of a call at its caller, who hangs up with these Route values."""
    answer = response(INVITE, "200 OK", None, *(("Record-Route", value) for value in recorded))
    changes: Changes = {"CSeq": "2 BYE", "To": "<sip:b@home.example>;tag=to"}
    more = (("Route", value) for value in routes)
    bye = request("BYE", changes, *more, vias=(via("ue", "two"),))
    return trace(("ue", "core", INVITE), ("core", "ue", answer), ("ue", "core", bye))


def called(*routes: str, vias: tuple[str, ...] = (), by: str = "ue") -> Trace:
    """Return the trace of a call at the called one, who hangs up with these Route values."""
    record = [("Record-Route", value) for value in RECORDED]
    invite = request("INVITE", None, *record, vias=(via("core", "one"), via("server", "zero")))
    changes: Changes = {
        "CSeq": "1 BYE",
        "From": "<sip:b@home.example>;tag=to",
        "To": "<sip:a@home.example>;tag=from",
    }
    more = (("Route", value) for value in routes)
    bye = request("BYE", changes, *more, vias=vias or (via(by, "two"),))
    answer = response(invite, "200 OK", None, *record)
    return trace(("core", by, invite), (by, "core", answer), (by, "core", bye))


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
    "12.2.1.1/route": Proof(
        lambda: called(*RECORDED),
        lambda: called(*RECORDED[::-1]),
        "Route: <sip:one.example;lr;x=1>, <sip:two.example;lr>",
        "Route: <sip:one.example;lr;x=1>",
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


def test_the_caller_turns_the_record_route_round() -> None:
    """RFC 3261 12.1.2."""
    assert findings("12.2.1.1/route", caller(*RECORDED[::-1])) == []
    assert findings("12.2.1.1/route", caller(", ".join(RECORDED[::-1]))) == []
    [found] = findings("12.2.1.1/route", caller()) or []
    assert (found.expected, found.actual) == (
        "Route: <sip:one.example;lr;x=1>, <sip:two.example;lr>",
        "no Route",
    )
    assert findings("12.2.1.1/route", caller(recorded=())) == []
    assert len(findings("12.2.1.1/route", caller("<sip:x.example;lr>", recorded=())) or []) == 1


def test_a_strict_router_is_put_in_another_way() -> None:
    """RFC 3261 12.2.1.1: the remote target goes to the end of Route."""
    strict = ("<sip:two.example;lr>", "<sip:one.example>")
    assert findings("12.2.1.1/route", caller(recorded=strict)) is None


def test_who_passes_on_has_taken_its_own_route_off() -> None:
    assert findings("12.2.1.1/route", called(by="gateway")) is None
    passed = called(vias=(via("ue", "two"), via("server", "one")))
    assert findings("12.2.1.1/route", passed) is None


def test_where_the_beginning_of_the_dialog_was_not_seen_there_is_no_route_set() -> None:
    later = called()
    later.entries = later.entries[-2:]
    assert findings("12.2.1.1/route", later) is None
