"""RFC 3261 8.1.1.3: From."""

import pytest

from tests.conformance.rfc3261.wire import Proof, check_proof, findings, one, proofs, request

CASES = {
    "8.1.1.3/from-tag": Proof(
        lambda: one(request()),
        lambda: one(request("MESSAGE", {"From": "<sip:a@home.example>"})),
        "<sip:a@home.example>",
        "From: <sip:a@home.example>",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_a_parameter_of_the_uri_is_no_tag() -> None:
    data = request("MESSAGE", {"From": "<sip:a@home.example;tag=x>"})
    assert findings("8.1.1.3/from-tag", one(data)) != []


def test_without_brackets_the_parameters_are_those_of_the_field() -> None:
    """RFC 3261 20.10."""
    data = request("MESSAGE", {"From": "sip:a@home.example;tag=x"})
    assert findings("8.1.1.3/from-tag", one(data)) == []


def test_a_from_that_cannot_be_read_is_told_by_20_20() -> None:
    assert findings("8.1.1.3/from-tag", one(request("MESSAGE", {"From": "<sip:a"}))) is None
