"""The rules of RFC 3261 as a whole."""

import pytest

from mcsip.conformance.catalogue import RULES
from mcsip.conformance.check import check_trace
from mcsip.conformance.rule import AnyRule
from mcsip.mc.source import Grade
from tests.conformance.rfc3261.wire import one, request

OURS = [rule for rule in RULES if rule.id.startswith("rfc3261/")]
LINES = request("INVITE", {"Record-Route": "<sip:a;lr>"}, body=b"v=0").split(b"\r\n")
ODD = (b"\xff\xfe\x00", b'"', b"<", b";;==", b",", b"2" * 40, b"SIP/2.0/UDP [::1", b"")


@pytest.mark.parametrize("rule", OURS, ids=lambda rule: rule.id)
def test_a_rule_says_in_one_sentence_what_is_required(rule: AnyRule) -> None:
    assert rule.requirement[:1].isupper() or rule.requirement.startswith("z9")
    assert not rule.requirement.endswith(".")
    assert rule.source.grade in (Grade.READ, Grade.SECOND, Grade.GENERAL)


@pytest.mark.parametrize("odd", ODD)
def test_whatever_a_field_holds_no_rule_raises(odd: bytes) -> None:
    for at in range(len(LINES)):
        name, colon, _ = LINES[at].partition(b":")
        lines = [*LINES[:at], name + colon + b" " + odd, *LINES[at + 1 :]]
        for transport in ("UDP", "TCP"):
            check_trace(one(b"\r\n".join(lines), transport), rules=OURS)
