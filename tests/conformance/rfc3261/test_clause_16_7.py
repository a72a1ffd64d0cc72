"""RFC 3261 16.7: what a proxy passes back."""

import pytest

from mcsip.trace import Trace
from tests.conformance.rfc3261.wire import (
    Proof,
    check_proof,
    findings,
    forwarded,
    onward,
    proofs,
    request,
    response,
    trace,
    via,
)

CAME = request("INVITE")
WENT = onward("INVITE")
SECOND = request("INVITE", {"Max-Forwards": "69"}, vias=(via("core", "three"), via("ue")))


def got(start: str, changes: dict[str, str | None] | None = None, *, body: bytes = b"") -> bytes:
    """Return what the server answers."""
    return response(WENT, start, changes, body=body)


def sent(start: str, changes: dict[str, str | None] | None = None, *, body: bytes = b"") -> bytes:
    """Return what the proxy answers."""
    return response(CAME, start, changes, body=body)


def back(before: bytes, after: bytes, by: str = "core") -> Trace:
    """Return the trace of a response that comes and goes on."""
    went = onward("INVITE", by=by)
    before = before.replace(via("core", "two").encode(), via(by, "two").encode())
    return forwarded(CAME, went, ("server", by, before), (by, "ue", after), by=by)


def forked(first: str, second: str, after: str) -> Trace:
    """Return the trace of a request that goes two ways, and of the answers."""
    return trace(
        ("ue", "core", CAME),
        ("core", "server", WENT),
        ("core", "other", SECOND),
        ("server", "core", got(first)),
        ("other", "core", response(SECOND, second)),
        ("core", "ue", sent(after)),
    )


SERVER = {"Server": "far"}
CASES = {
    "16.7/via": Proof(
        lambda: back(got("200 OK"), sent("200 OK")),
        lambda: back(got("200 OK"), got("200 OK")),
        via("core", "two"),
        "Via: " + via("core", "two"),
        "core",
    ),
    "16.7/trying": Proof(
        lambda: back(got("100 Trying", {**SERVER}), sent("100 Trying")),
        lambda: back(got("100 Trying", {**SERVER}), sent("100 Trying", {**SERVER})),
        "the 100 that it got: SIP/2.0 100 Trying",
        "SIP/2.0 100 Trying",
        "core",
    ),
    "16.7/best-response": Proof(
        lambda: back(got("486 Busy Here"), sent("486 Busy Here")),
        lambda: back(got("486 Busy Here"), sent("480 Unavailable")),
        "SIP/2.0 480 Unavailable",
        "SIP/2.0 480 Unavailable",
        "core",
    ),
    "16.7/lowest-class": Proof(
        lambda: forked("486 Busy Here", "501 No", "486 Busy Here"),
        lambda: forked("486 Busy Here", "501 No", "501 No"),
        "SIP/2.0 501 No",
        "SIP/2.0 501 No",
        "core",
    ),
    "16.7/no-503": Proof(
        lambda: back(got("503 No"), sent("500 No")),
        lambda: back(got("503 No"), sent("503 No")),
        "SIP/2.0 503 No",
        "SIP/2.0 503 No",
        "core",
    ),
    "16.7/body": Proof(
        lambda: back(got("200 OK", body=b"hello"), sent("200 OK", body=b"hello")),
        lambda: back(got("200 OK", body=b"hello"), sent("200 OK", body=b"hallo")),
        "5 octets, other ones from octet 2 on",
        "hallo",
        "core",
    ),
    "16.7/fields-kept": Proof(
        lambda: back(got("200 OK", {**SERVER}), sent("200 OK", {**SERVER})),
        lambda: back(got("200 OK", {**SERVER}), sent("200 OK")),
        "no such field",
        None,
        "core",
    ),
    "16.7/to-tag": Proof(
        lambda: back(got("180 Ringing"), sent("180 Ringing")),
        lambda: back(got("180 Ringing"), response(CAME, "180 Ringing", tag="mine")),
        "tag mine",
        "To: <sip:b@home.example>;tag=mine",
        "core",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


@pytest.mark.parametrize("rule", ["8.2.6.2/via", "18.2.2/destination"])
def test_a_via_that_stays_is_told_here_and_not_there(rule: str) -> None:
    assert findings(rule, back(got("200 OK"), got("200 OK"))) == []


@pytest.mark.parametrize(
    ("first", "second", "after", "fine"),
    [
        ("603 Decline", "486 Busy Here", "603 Decline", True),
        ("603 Decline", "486 Busy Here", "486 Busy Here", False),
        ("404 Not Found", "200 OK", "200 OK", True),
        ("404 Not Found", "200 OK", "404 Not Found", False),
        ("404 Not Found", "486 Busy Here", "486 Busy Here", True),
        ("404 Not Found", "486 Busy Here", "403 Forbidden", False),
        ("503 No", "503 No", "500 No", True),
        ("180 Ringing", "486 Busy Here", "408 Timeout", True),
    ],
)
def test_which_response_is_the_best(first: str, second: str, after: str, fine: bool) -> None:
    """RFC 3261 16.7 item 6."""
    assert (findings("16.7/best-response", forked(first, second, after)) == []) or (
        findings("16.7/best-response", forked(first, second, after)) is None
    ) == fine


def test_before_anything_came_the_proxy_answers_by_itself() -> None:
    made = forwarded(CAME, WENT, ("core", "ue", sent("487 Request Terminated")))
    assert findings("16.7/best-response", made) is None


def test_redirections_that_were_followed_do_not_count() -> None:
    """RFC 3261 16.7 item 4."""
    made = forked("302 Moved", "486 Busy Here", "486 Busy Here")
    assert findings("16.7/lowest-class", made) == []


def test_a_gateway_covers_what_names_its_system() -> None:
    inner = {"X-Host": "server.home.example", "Warning": '399 server "x"', "X-Own": "1"}
    made = back(got("200 OK", dict(inner)), sent("200 OK", {"X-Own": "1"}), by="gateway")
    assert findings("16.7/fields-kept", made) == []
    made = back(got("200 OK", dict(inner)), sent("200 OK"), by="gateway")
    found = findings("16.7/fields-kept", made)
    assert found is not None
    assert [it.expected for it in found] == ["X-Own: 1"]


def test_a_gateway_may_cover_a_tag() -> None:
    made = back(got("180 Ringing"), response(CAME, "180 Ringing", tag="x"), by="gateway")
    assert findings("16.7/to-tag", made) is None


def test_the_tag_of_a_refusal_may_be_new() -> None:
    made = back(got("486 Busy Here"), response(CAME, "486 Busy Here", tag="mine"))
    assert findings("16.7/to-tag", made) is None
