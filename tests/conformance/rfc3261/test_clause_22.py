"""RFC 3261 22: challenges."""

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

GOOD = request("REGISTER")
DIGEST = 'Digest realm="home.example", nonce="x"'


def challenged(start: str, field: str) -> Proof:
    """Return the proof of a rule about a challenge."""
    return Proof(
        lambda: answered(GOOD, response(GOOD, start, None, (field, DIGEST))),
        lambda: answered(GOOD, response(GOOD, start)),
        "no such field",
        f"SIP/2.0 {start}",
        "server",
    )


CASES = {
    "22/no-basic": Proof(
        lambda: one(request("REGISTER", {"Authorization": DIGEST})),
        lambda: one(request("REGISTER", {"Authorization": "Basic YTpi"})),
        "Basic",
        "Basic",
    ),
    "22.1/www-authenticate": challenged("401 Unauthorized", "WWW-Authenticate"),
    "22.3/proxy-authenticate": challenged("407 Proxy", "Proxy-Authenticate"),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_credentials_are_not_repeated() -> None:
    found = findings("22/no-basic", one(request("REGISTER", {"Authorization": "Basic YTpi"})))
    assert found is not None
    assert "YTpi" not in str(found)


def test_without_credentials_there_is_nothing_to_say() -> None:
    assert findings("22/no-basic", one(GOOD)) is None
