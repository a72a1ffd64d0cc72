"""RFC 3261 9.1: CANCEL of a client."""

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

GOOD = request("CANCEL")
INVITE = request("INVITE", {"Route": "<sip:c;lr>"})
RINGING = ("core", "ue", response(INVITE, "180 Ringing"))


def cancelled(
    changes: Changes | None = None, *before: Sent, uri: str = "sip:b@home.example"
) -> Trace:
    """Return the trace of an INVITE that rings, and of its CANCEL with changes."""
    routed: Changes = {"Route": "<sip:c;lr>", **(changes or {})}
    cancel = request("CANCEL", routed, uri=uri)
    return trace(("ue", "core", INVITE), *(before or (RINGING,)), ("ue", "core", cancel))


CASES = {
    "9.1/same-request": Proof(
        cancelled,
        lambda: cancelled({"To": "<sip:b@home.example>;tag=to"}),
        "<sip:b@home.example>;tag=to",
        "To: <sip:b@home.example>;tag=to",
    ),
    "9.1/provisional-first": Proof(
        cancelled,
        lambda: cancelled(None, ("ue", "server", request("OPTIONS"))),
        "no response before the CANCEL",
        "CANCEL sip:b@home.example SIP/2.0",
    ),
    "9.1/of-invite": Proof(
        cancelled,
        lambda: trace(("ue", "core", request("SUBSCRIBE")), ("ue", "core", GOOD)),
        "CANCEL of SUBSCRIBE",
        "CANCEL sip:b@home.example SIP/2.0",
    ),
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


@pytest.mark.parametrize(
    ("changes", "marked"),
    [
        ({"From": "<sip:a@home.example>;tag=new"}, "From: <sip:a@home.example>;tag=new"),
        ({"CSeq": "2 CANCEL"}, "CSeq: 2 CANCEL"),
        ({"Route": None}, ""),
        ({"Via": via("ue", "new")}, "Via: " + via("ue", "new")),
    ],
)
def test_each_field_that_is_the_same(changes: Changes, marked: str) -> None:
    found = findings("9.1/same-request", cancelled(changes))
    assert found is not None
    assert [it.marked for it in found] == [marked]


def test_the_request_uri_is_the_same() -> None:
    found = findings("9.1/same-request", cancelled(uri="sip:c@home.example"))
    assert found is not None
    assert [it.marked for it in found] == ["sip:c@home.example"]


def test_a_cancel_alone_has_nothing_to_be_compared_with() -> None:
    assert findings("9.1/same-request", one(GOOD)) is None
