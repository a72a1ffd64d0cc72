"""RFC 3261 8.2.1 to 8.2.4: refusals that tell how to do better."""

import pytest

from tests.conformance.rfc3261.wire import (
    Proof,
    answered,
    check_proof,
    findings,
    proofs,
    request,
    response,
)

GOOD = request("OPTIONS", {"Require": "one, two"})


def refused(start: str, *fields: tuple[str, str]) -> Proof:
    """Return the proof of a rule about a field that a status asks for."""
    line = f"SIP/2.0 {start}"
    return Proof(
        lambda: answered(GOOD, response(GOOD, start, None, *fields)),
        lambda: answered(GOOD, response(GOOD, start)),
        "no such field",
        line,
        "server",
    )


CASES = {
    "8.2.1/allow": refused("405 Method Not Allowed", ("Allow", "MESSAGE")),
    "8.2.2.3/unsupported": refused("420 Bad Extension", ("Unsupported", "two")),
    "8.2.2.3/unsupported-asked": Proof(
        lambda: answered(GOOD, response(GOOD, "420 Bad", None, ("Unsupported", "two"))),
        lambda: answered(GOOD, response(GOOD, "420 Bad", None, ("Unsupported", "two, three"))),
        "three",
        "Unsupported: two, three",
        "server",
    ),
    "8.2.3/accept": refused("415 Unsupported Media Type", ("Accept-Encoding", "identity")),
    "8.2.4/require": refused("421 Extension Required", ("Require", "three")),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


@pytest.mark.parametrize("rule", CASES)
def test_other_answers_have_nothing_of_it(rule: str) -> None:
    assert findings(rule, answered(GOOD, response(GOOD))) is None


def test_proxy_require_asks_too() -> None:
    data = request("OPTIONS", {"Proxy-Require": "one"})
    made = answered(data, response(data, "420 Bad", None, ("Unsupported", "ONE")))
    assert findings("8.2.2.3/unsupported-asked", made) == []
