"""RFC 3261 16.3: Max-Forwards 0."""

import pytest

from tests.conformance.rfc3261.wire import (
    Proof,
    check_proof,
    findings,
    forwarded,
    onward,
    proofs,
    request,
    response,
    via,
)

CAME = request("MESSAGE", {"Max-Forwards": "0"})
WENT = request("MESSAGE", {"Max-Forwards": "0"}, vias=(via("core", "two"), via("ue")))


def refused(start: str, data: bytes = CAME) -> tuple[str, str, bytes]:
    return ("core", "ue", response(data, start))


CASES = {
    "16.3/not-forwarded": Proof(
        lambda: forwarded(CAME, None, refused("483 Too Many Hops")),
        lambda: forwarded(CAME, WENT),
        "forwarded to server",
        "Max-Forwards: 0",
        "core",
    ),
    "16.3/too-many-hops": Proof(
        lambda: forwarded(CAME, None, refused("483 Too Many Hops")),
        lambda: forwarded(CAME, None, refused("404 Not Found")),
        "SIP/2.0 404 Not Found",
        "SIP/2.0 404 Not Found",
        "core",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_options_may_be_answered() -> None:
    """RFC 3261 11."""
    data = request("OPTIONS", {"Max-Forwards": "0"})
    assert findings("16.3/too-many-hops", forwarded(data, None, refused("200 OK", data))) is None


def test_what_comes_before_in_16_3_may_win() -> None:
    made = forwarded(CAME, None, refused("416 Unsupported URI Scheme"))
    assert findings("16.3/too-many-hops", made) == []


def test_hops_that_are_left_are_no_matter_of_it() -> None:
    assert findings("16.3/not-forwarded", forwarded(request(), onward())) is None
