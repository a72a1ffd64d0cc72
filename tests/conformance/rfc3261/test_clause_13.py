"""RFC 3261 13: INVITE and its 2xx."""

import pytest

from mcsip.trace import Trace
from tests.conformance.rfc3261.wire import (
    Changes,
    Proof,
    answered,
    check_proof,
    findings,
    one,
    proofs,
    request,
    response,
    trace,
    via,
)

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 10.9.0.1\r\ns=-\r\nc=IN IP4 10.9.0.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0\r\n"
)
TYPE = {"Content-Type": "application/sdp"}
GOOD = request("INVITE", dict(TYPE), body=SDP)
BARE = request("INVITE")
ALLOW = ("Allow", "INVITE, ACK, BYE")
MIXED = (
    b"--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
    b"--x\r\nContent-Type: application/sdp\r\n\r\n" + SDP + b"\r\n--x--\r\n"
)


def acknowledged(number: int) -> Trace:
    """Return the trace of an INVITE, its 200, and an ACK with this number."""
    changes: Changes = {"CSeq": f"{number} ACK", "To": "<sip:b@home.example>;tag=to"}
    ack = request("ACK", changes, vias=(via("ue", "two"),))
    return trace(("ue", "server", BARE), ("server", "ue", response(BARE)), ("ue", "server", ack))


CASES = {
    "13.2.2.4/ack-number": Proof(
        lambda: acknowledged(1), lambda: acknowledged(2), "2", "CSeq: 2 ACK"
    ),
    "13.2.1/session-description": Proof(
        lambda: one(GOOD),
        lambda: one(request("INVITE", dict(TYPE), body=b"hello")),
        "not a line of a session description: 'hello'",
        "hello",
    ),
    "13.2.1/allow": Proof(
        lambda: one(BARE),
        lambda: one(request("INVITE", {"Allow": None})),
        "no Allow",
        "INVITE sip:b@home.example SIP/2.0",
    ),
    "13.3.1.4/allow": Proof(
        lambda: answered(GOOD, response(GOOD, "200 OK", None, ALLOW)),
        lambda: answered(GOOD, response(GOOD)),
        "no Allow",
        "SIP/2.0 200 OK",
        "server",
    ),
    "13.3.1.4/answer": Proof(
        lambda: answered(GOOD, response(GOOD, "200 OK", dict(TYPE), body=SDP)),
        lambda: answered(GOOD, response(GOOD)),
        "no session description",
        "SIP/2.0 200 OK",
        "server",
    ),
    "13.3.1.2/contact": Proof(
        lambda: answered(GOOD, response(GOOD, "302 Moved", {"Contact": "<sip:c@d>"})),
        lambda: answered(GOOD, response(GOOD, "302 Moved")),
        "none",
        "SIP/2.0 302 Moved",
        "server",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_without_an_offer_the_2xx_has_one() -> None:
    found = findings("13.3.1.4/answer", answered(BARE, response(BARE)))
    assert found is not None
    assert [it.expected for it in found] == ["an offer of a session"]
    with_offer = response(BARE, "200 OK", dict(TYPE), body=SDP)
    assert findings("13.3.1.4/answer", answered(BARE, with_offer)) == []


def test_a_description_may_be_a_part() -> None:
    mixed = {"Content-Type": 'multipart/mixed;boundary="x"'}
    data = request("INVITE", dict(mixed), body=MIXED)
    assert findings("13.2.1/session-description", one(data)) == []
    made = answered(data, response(data, "200 OK", dict(mixed), body=MIXED))
    assert findings("13.3.1.4/answer", made) == []


def test_a_reliable_provisional_response_may_have_had_the_answer() -> None:
    """RFC 3262 5."""
    early = response(GOOD, "183 Progress", {**TYPE, "RSeq": "1"}, body=SDP)
    assert findings("13.3.1.4/answer", answered(GOOD, early, response(GOOD))) is None


def test_a_refusal_needs_no_answer() -> None:
    assert findings("13.3.1.4/answer", answered(GOOD, response(GOOD, "488 No"))) is None


def test_a_body_of_another_type_is_not_read() -> None:
    assert findings("13.2.1/session-description", one(request("INVITE", body=b"x"))) is None


def test_an_ack_of_an_invite_before_the_trace_is_not_that_of_a_later_one() -> None:
    """A capture begins after the INVITE; the call goes on with another."""
    again = request("INVITE", {"CSeq": "2 INVITE"}, vias=(via("ue", "three"),))
    changes: Changes = {"CSeq": "1 ACK", "To": "<sip:b@home.example>;tag=to"}
    late = request("ACK", changes, vias=(via("ue", "two"),))
    seen = trace(("ue", "server", late), ("ue", "server", again), ("server", "ue", response(again)))
    assert findings("13.2.2.4/ack-number", seen) is None
