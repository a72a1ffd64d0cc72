"""RFC 3261 8.2.6: what a response takes over from its request."""

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
    trace,
    via,
)

GOOD = request(vias=(via("core", "two"), via("ue", more=";x=1")))
TIMED = request("INVITE", {"Timestamp": "54.2"})
DIALOG = request("BYE", {"To": "<sip:b@home.example>;tag=old"})


def core(*answers: bytes, data: bytes = GOOD) -> Trace:
    """Return the trace of a request from the core to the server, and its answers."""
    return trace(("core", "server", data), *(("server", "core", it) for it in answers))


def copied(field: str, value: str) -> Proof:
    """Return the proof of a rule about a field that is copied."""
    return Proof(
        lambda: core(response(GOOD)),
        lambda: core(response(GOOD, "200 OK", {field: value})),
        value,
        f"{field}: {value}",
        "server",
    )


CASES = {
    "8.2.6.1/timestamp": Proof(
        lambda: answered(TIMED, response(TIMED, "100 Trying", {"Timestamp": "54.2 0.1"})),
        lambda: answered(TIMED, response(TIMED, "100 Trying")),
        "no Timestamp",
        None,
        "server",
    ),
    "8.2.6.2/fields": Proof(
        lambda: core(response(GOOD)),
        lambda: core(response(GOOD, "200 OK", {"From": None})),
        "From missing",
        "SIP/2.0 200 OK",
        "server",
    ),
    "8.2.6.2/via": Proof(
        lambda: core(response(GOOD)),
        lambda: core(response(GOOD).replace(b"\r\nVia: " + via("ue", more=";x=1").encode(), b"")),
        via("core", "two"),
        "Via: " + via("core", "two"),
        "server",
    ),
    "8.2.6.2/call-id": copied("Call-ID", "Call"),
    "8.2.6.2/cseq": copied("CSeq", "2 MESSAGE"),
    "8.2.6.2/from": copied("From", "<sip:a@home.example>;tag=From"),
    "8.2.6.2/to": copied("To", "<sip:c@home.example>;tag=to"),
    "8.2.6.2/to-tag": copied("To", "<sip:b@home.example>"),
    "8.2.6.2/same-tag": Proof(
        lambda: answered(TIMED, response(TIMED, "180 Ringing"), response(TIMED)),
        lambda: answered(TIMED, response(TIMED, "180 Ringing"), response(TIMED, tag="other")),
        "tag other",
        "To: <sip:b@home.example>;tag=other",
        "server",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_what_18_2_1_adds_is_no_fault() -> None:
    marked = response(GOOD).replace(b"z9hG4bKtwo", b"z9hG4bKtwo;received=10.9.0.2;rport=5060")
    assert findings("8.2.6.2/via", core(marked)) == []


def test_only_the_topmost_may_be_marked() -> None:
    marked = response(GOOD).replace(b";x=1", b";x=1;received=10.9.0.1")
    assert findings("8.2.6.2/via", core(marked)) != []


def test_the_order_of_vias_counts() -> None:
    first, second = via("core", "two").encode(), via("ue", more=";x=1").encode()
    data = response(GOOD).replace(first, b"@").replace(second, first).replace(b"@", second)
    assert findings("8.2.6.2/via", core(data)) != []


def test_vias_may_stand_in_one_line() -> None:
    """RFC 3261 7.3.1."""
    assert findings("8.2.6.2/via", core(response(GOOD).replace(b"\r\nVia: SIP", b", SIP", 2))) != []
    data = response(GOOD)
    joined = data[:20] + data[20:].replace(b"\r\nVia: ", b", ")
    assert findings("8.2.6.2/via", core(joined)) == []


@pytest.mark.parametrize(
    "value",
    [
        '"A" <sip:a@home.example>;tag=from',
        "sip:a@home.example;tag=from",
        "<sip:a@HOME.example>;x=1;tag=from",
    ],
)
def test_equal_is_what_20_20_calls_equal(value: str) -> None:
    assert findings("8.2.6.2/from", core(response(GOOD, "200 OK", {"From": value}))) == []


def test_a_100_needs_no_to_tag() -> None:
    assert findings("8.2.6.2/to-tag", core(response(GOOD, "100 Trying", tag=""))) is None


def test_within_a_dialog_the_whole_to_is_copied() -> None:
    other = response(DIALOG, "200 OK", {"To": "<sip:b@home.example>;tag=new"})
    assert findings("8.2.6.2/to", core(response(DIALOG), data=DIALOG)) == []
    assert findings("8.2.6.2/to", core(other, data=DIALOG)) != []


def test_behind_a_proxy_there_may_be_several_servers() -> None:
    """RFC 3261 16.7: it forwards provisional responses of all its branches."""
    made = answered(TIMED, response(TIMED, "180 Ringing"), response(TIMED, tag="o"), by="core")
    assert findings("8.2.6.2/same-tag", made) is None


def test_a_100_may_have_another_tag() -> None:
    made = answered(TIMED, response(TIMED, "100 Trying", tag="x"), response(TIMED))
    assert findings("8.2.6.2/same-tag", made) is None
