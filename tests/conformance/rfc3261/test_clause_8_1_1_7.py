"""RFC 3261 8.1.1.7: Via."""

import pytest

from tests.conformance.rfc3261.wire import (
    Proof,
    check_proof,
    findings,
    one,
    proofs,
    request,
    trace,
    via,
)

GOOD = request()


def with_via(value: str) -> bytes:
    return request("MESSAGE", {"Via": value})


CASES = {
    "8.1.1.7/protocol": Proof(
        lambda: one(GOOD),
        lambda: one(with_via(via("ue").replace("SIP/2.0", "SIP/3.0"))),
        "SIP/3.0",
        "Via: " + via("ue").replace("SIP/2.0", "SIP/3.0"),
    ),
    "8.1.1.7/branch": Proof(
        lambda: one(GOOD),
        lambda: one(with_via("SIP/2.0/UDP 10.9.0.1:5060;rport")),
        "SIP/2.0/UDP 10.9.0.1:5060;rport",
        "Via: SIP/2.0/UDP 10.9.0.1:5060;rport",
    ),
    "8.1.1.7/magic-cookie": Proof(
        lambda: one(GOOD),
        lambda: one(with_via("SIP/2.0/UDP 10.9.0.1:5060;branch=z9hg4bKone")),
        "z9hg4bKone",
        "z9hg4bKone",
    ),
    "8.1.1.7/unique": Proof(
        lambda: trace(("ue", "core", GOOD), ("ue", "core", GOOD)),
        lambda: trace(
            ("ue", "core", GOOD), ("ue", "core", request("MESSAGE", {"Call-ID": "second"}))
        ),
        "the branch of request 1, of another Call-ID",
        "Via: " + via("ue"),
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_the_bare_cookie_names_nothing() -> None:
    found = findings("8.1.1.7/magic-cookie", one(with_via(via("ue", branch=""))))
    assert found is not None
    assert [it.actual for it in found] == ["z9hG4bK"]


def test_without_branch_there_is_no_cookie_to_judge() -> None:
    assert findings("8.1.1.7/magic-cookie", one(with_via("SIP/2.0/UDP 10.9.0.1"))) is None


def test_a_repeated_request_may_differ_where_it_does_not_matter() -> None:
    again = request("MESSAGE", None, ("Timestamp", "2"))
    assert findings("8.1.1.7/unique", trace(("ue", "core", GOOD), ("ue", "core", again))) == []
