"""RFC 3325 9.2: the values of P-Preferred-Identity."""

import pytest

from mcsip.trace import Trace
from tests.conformance.mc_traces import Proofs, found
from tests.conformance.rfc3261.wire import request, trace

RULE = "rfc3325/9.2/values"
FIELD = "P-Preferred-Identity"
SIP = "<sip:a@home.example>"


def said(value: str) -> Trace:
    return trace(("ue", "core", request("MESSAGE", {FIELD: value})))


PROOFS: Proofs = {RULE: (lambda: said(SIP), lambda: said(f"{SIP}, <sip:b@home.example>"))}


@pytest.mark.parametrize(
    "value", [SIP, "sip:a@home.example", f'"A, B" {SIP}, <tel:+123>', "<sips:a@b.example>"]
)
def test_what_may_stand_there(value: str) -> None:
    assert found(RULE, said(value)) == []


@pytest.mark.parametrize(
    ("value", "actual", "marked"),
    [
        (f"{SIP}, <sip:b@c.example>", "2 values: sip, sip", "<sip:b@c.example>"),
        ("<tel:+1>, <tel:+2>", "2 values: tel, tel", "<tel:+2>"),
        ("<mailto:a@b.example>", "a URI of the scheme 'mailto'", "<mailto:a@b.example>"),
        (f"{SIP} a", "a value that cannot be read", f"{SIP} a"),
        ("", "an empty field", f"{FIELD}:"),
    ],
    ids=["two sip", "two tel", "other scheme", "malformed", "empty"],
)
def test_what_may_not(value: str, actual: str, marked: str) -> None:
    [(what, octets)] = found(RULE, said(value)) or []
    assert (what, octets.rstrip()) == (actual, marked)


def test_without_the_field_there_is_nothing_to_look_at() -> None:
    assert found(RULE, trace(("ue", "core", request()))) is None
