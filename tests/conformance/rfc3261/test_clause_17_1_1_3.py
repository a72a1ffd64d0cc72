"""RFC 3261 17.1.1.3: the ACK of a refusal repeats the INVITE, but for To."""

import pytest

from tests.conformance.rfc3261.times import changed, one_finding, seen, verdict
from tests.conformance.rfc3261.wire import Changes, findings, request, response, trace, via

BASE = "written/invite-refused"


@pytest.mark.parametrize(
    ("rule", "fields", "actual"),
    [
        ("call-id", {"Call-ID": "other"}, "Call-ID: other"),
        ("from", {"From": "<sip:alice@a.example>;tag=x"}, "From: <sip:alice@a.example>;tag=x"),
        ("to", {"To": "<sip:bob@b.example>"}, "To: <sip:bob@b.example>"),
        ("request-uri", {"start-line": "ACK sip:x@y SIP/2.0"}, "sip:x@y"),
        ("via", {"Via": "SIP/2.0/UDP a;branch=z9hG4bKinviterefused"}, None),
        ("cseq", {"CSeq": "2 ACK"}, "CSeq: 2 ACK"),
        ("route", {"Route": "<sip:x;lr>"}, "Route: <sip:x;lr>"),
    ],
)
def test_a_field_that_is_not_that_of_the_invite(
    rule: str, fields: dict[str, str], actual: str | None
) -> None:
    name = f"17.1.1.3/{rule}"
    assert findings(name, changed(BASE)) == []
    trace = changed(BASE, {"is": "ACK", "set": fields})
    if actual is None:
        assert findings(name, trace) is None, "under another sent-by it is another transaction"
        return
    found = one_finding(name, trace)
    assert (found.actual, found.node) == (actual, "a")
    assert found.marked


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("from", {"From": '"Alice" <sip:alice@A.example>;tag=afromtag'}),
        ("to", {"To": "sip:bob@b.example;tag=btotag"}),
        ("request-uri", {"start-line": "ACK sip:bob@10.9.0.2:5060; SIP/2.0"}),
        ("cseq", {"CSeq": "  1   ACK"}),
    ],
)
def test_what_is_written_otherwise_is_the_same(rule: str, fields: dict[str, str]) -> None:
    trace = changed(BASE, {"is": "ACK", "set": fields})
    assert findings(f"17.1.1.3/{rule}", trace) in ([], None)


def test_an_ack_to_another_port() -> None:
    trace = changed(BASE)
    for entry in trace.entries:
        if entry.data.startswith(b"ACK") and entry.node == "a":
            entry.remote = entry.remote._replace(port=5070)
    found = one_finding("17.1.1.3/same-hop", trace)
    assert found.expected == "over UDP to 10.9.0.2 port 5060"
    assert found.actual == "over UDP to 10.9.0.2 port 5070"


@pytest.mark.parametrize("rule", ["call-id", "from", "to", "via", "cseq", "route", "same-hop"])
def test_an_invite_without_ack_says_nothing(rule: str) -> None:
    assert verdict(f"17.1.1.3/{rule}", seen("INVITE", [0.0], [(0.1, 486)])) == "none"


def test_an_ack_with_a_branch_of_its_own() -> None:
    """It is found by the number of the INVITE, which got nothing but a refusal."""
    assert findings("17.1.1.3/branch", changed(BASE)) == []
    edit: dict[str, object] = {"is": "ACK", "replace": {"branch=z9hG4bK": "branch=z9hG4bKown"}}
    found = one_finding("17.1.1.3/branch", changed(BASE, edit))
    assert (found.expected, found.actual) == ("z9hG4bKinviterefused", "z9hG4bKowninviterefused")


@pytest.mark.parametrize(
    ("status", "verdicts"), [("200 OK", None), ("180 Ringing", None), ("404 Not Found", 1)]
)
def test_the_ack_of_a_success_has_another_branch(status: str, verdicts: int | None) -> None:
    invite = request("INVITE")
    changes: Changes = {"CSeq": "1 ACK", "To": "<sip:b@home.example>;tag=to"}
    ack = request("ACK", changes, vias=(via("ue", "two"),))
    told = trace(
        ("ue", "server", invite), ("server", "ue", response(invite, status)), ("ue", "server", ack)
    )
    found = findings("17.1.1.3/branch", told)
    assert (found and len(found)) == verdicts
