"""RFC 3261 8.1.1.8: Contact."""

import pytest

from tests.conformance.rfc3261.wire import Proof, check_proof, findings, one, proofs, request

SIPS = "sips:b@home.example"
CASES = {
    "8.1.1.8/contact": Proof(
        lambda: one(request("INVITE")),
        lambda: one(request("INVITE", {"Contact": "<tel:+49123>"})),
        "tel:+49123",
        "Contact: <tel:+49123>",
    ),
    "8.1.1.8/sips-contact": Proof(
        lambda: one(request("INVITE", {"Contact": "<sips:10.9.0.1>"}, uri=SIPS)),
        lambda: one(request("INVITE", uri=SIPS)),
        "sip:10.9.0.1:5060",
        "Contact: <sip:10.9.0.1:5060>",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


@pytest.mark.parametrize(("value", "count"), [(None, "0"), ("<sip:a@b>, <sip:c@d>", "2")])
def test_there_is_exactly_one(value: str | None, count: str) -> None:
    found = findings("8.1.1.8/contact", one(request("INVITE", {"Contact": value})))
    assert found is not None
    assert [it.actual for it in found] == [f"{count} of them"]


def test_within_a_dialog_it_may_be_missing() -> None:
    data = request("INVITE", {"Contact": None, "To": "<sip:b@home.example>;tag=x"})
    assert findings("8.1.1.8/contact", one(data)) is None


def test_a_first_route_that_is_sips_asks_for_it_too() -> None:
    data = request("INVITE", {"Route": "<sips:core.home.example;lr>"})
    assert findings("8.1.1.8/sips-contact", one(data)) != []
    assert findings("8.1.1.8/sips-contact", one(request("INVITE"))) is None
