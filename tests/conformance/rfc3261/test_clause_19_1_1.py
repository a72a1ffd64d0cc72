"""RFC 3261 19.1.1: what may stand in which URI."""

import pytest

from tests.conformance.rfc3261.wire import (
    Proof,
    check_proof,
    findings,
    one,
    proofs,
    request,
)

CASES = {
    "19.1.1/request-uri": Proof(
        lambda: one(request(uri="sip:b@home.example;transport=tcp;maddr=10.9.0.2")),
        lambda: one(request(uri="sip:b@home.example;method=INVITE?subject=x")),
        "method, headers",
        "sip:b@home.example;method=INVITE?subject=x",
    ),
    "19.1.1/parties": Proof(
        lambda: one(request("MESSAGE", {"To": "<sip:b@home.example;user=phone>"})),
        lambda: one(request("MESSAGE", {"To": "<sip:b@home.example;transport=tcp>"})),
        "<sip:b@home.example;transport=tcp>",
        "To: <sip:b@home.example;transport=tcp>",
    ),
    "19.1.1/dialog-contact": Proof(
        lambda: one(request("INVITE", {"Contact": "<sip:10.9.0.1;transport=tcp;lr>"})),
        lambda: one(request("INVITE", {"Contact": "<sip:10.9.0.1?x=y>"})),
        "headers",
        "Contact: <sip:10.9.0.1?x=y>",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


@pytest.mark.parametrize("value", ["sip:a@home.example:5060", "sip:a@home.example;lr"])
def test_each_part_that_must_not_be_in_from(value: str) -> None:
    data = request("MESSAGE", {"From": f"<{value}>;tag=from"})
    found = findings("19.1.1/parties", one(data))
    assert found is not None
    assert [it.marked for it in found] == [f"From: <{value}>;tag=from"]


def test_other_schemes_have_no_such_parts() -> None:
    assert findings("19.1.1/request-uri", one(request(uri="tel:+49;method=x"))) == []
