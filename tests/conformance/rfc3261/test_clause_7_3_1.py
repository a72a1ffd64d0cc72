"""RFC 3261 7.3.1: what stands once; 7.3.3: compact forms."""

import pytest

from tests.conformance.rfc3261.wire import Proof, check_proof, findings, one, proofs, request, via

GOOD = request()
CASES = {
    "7.3.1/single-fields": Proof(
        lambda: one(GOOD),
        lambda: one(request("MESSAGE", None, ("Max-Forwards", "69"))),
        "2 of them",
        "Max-Forwards: 70",
    ),
    "7.3.1/parameters": Proof(
        lambda: one(GOOD),
        lambda: one(request("MESSAGE", {"Via": via("ue", more=";rport;RPort")})),
        "rport stands twice",
        "Via: " + via("ue", more=";rport;RPort"),
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_lists_and_challenges_may_stand_twice() -> None:
    data = request("MESSAGE", None, ("Supported", "a"), ("Supported", "b"), ("X-Own", "1"))
    assert findings("7.3.1/single-fields", one(data)) == []
    twice = request(
        "MESSAGE", None, ("Authorization", "Digest a=b"), ("Authorization", "Digest c=d")
    )
    assert findings("7.3.1/single-fields", one(twice)) == []


def test_a_compact_form_is_the_same_field() -> None:
    found = findings("7.3.1/single-fields", one(request("MESSAGE", None, ("f", "<sip:x@y>;tag=1"))))
    assert found is not None
    assert [it.expected for it in found] == ["one From"]


def test_a_message_of_compact_forms_has_no_fault() -> None:
    """RFC 3261 7.3.3: a compact form may stand wherever the long one may."""
    data = GOOD
    for long, short in (("Via", "v"), ("From", "f"), ("To", "t"), ("Call-ID", "i")):
        data = data.replace(f"\r\n{long}:".encode(), f"\r\n{short}:".encode())
    for rule in ("7.3.1/single-fields", "8.1.1/mandatory-fields", "8.1.1.7/branch"):
        assert findings(rule, one(data)) == []


@pytest.mark.parametrize("field", ["From", "To", "Contact"])
def test_parameters_of_addresses(field: str) -> None:
    data = request("MESSAGE", {field: "<sip:a@home.example>;x=1;x=2"})
    assert findings("7.3.1/parameters", one(data)) != []
