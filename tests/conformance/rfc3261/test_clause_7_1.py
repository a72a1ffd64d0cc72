"""RFC 3261 7.1: the request line, and the version of requests and responses."""

import pytest

from tests.conformance.rfc3261.wire import (
    Proof,
    answered,
    check_proof,
    findings,
    one,
    proofs,
    request,
    response,
)

GOOD = request()
CASES = {
    "7.1/request-line": Proof(
        lambda: one(GOOD),
        lambda: one(GOOD.replace(b"MESSAGE sip", b"MESSAGE  sip")),
        "MESSAGE  sip:b@home.example SIP/2.0",
        "MESSAGE  sip:b@home.example SIP/2.0",
    ),
    "7.1/request-uri": Proof(
        lambda: one(GOOD),
        lambda: one(request(uri="<sip:b@home.example>")),
        "URI with a character that must be escaped: '<sip:b@home.example>'",
        "<sip:b@home.example>",
    ),
    "7.1/version": Proof(
        lambda: one(GOOD),
        lambda: one(GOOD.replace(b" SIP/2.0\r", b" sip/2.0\r")),
        "sip/2.0",
        "sip/2.0",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_another_version_is_found_too() -> None:
    found = findings("7.1/version", one(GOOD.replace(b" SIP/2.0\r", b" SIP/3.0\r")))
    assert found is not None
    assert [it.actual for it in found] == ["SIP/3.0"]


def test_the_version_of_a_response() -> None:
    answer = response(GOOD).replace(b"SIP/2.0 200", b"Sip/2.0 200")
    found = findings("7.1/version", answered(GOOD, answer))
    assert found is not None
    assert [(it.actual, it.node) for it in found] == [("Sip/2.0", "server")]


def test_any_scheme_is_a_uri() -> None:
    assert findings("7.1/request-uri", one(request(uri="tel:+49123"))) == []
