"""RFC 3261 8.1.1.2: To."""

import pytest

from mcsip.mc.info import Info, build_info
from mcsip.mc.messages import REQUEST
from mcsip.mc.services import MCPTT
from tests.conformance.rfc3261.wire import Proof, check_proof, findings, one, proofs, request

TAGGED = {"To": "<sip:b@home.example>;tag=x"}
BODY = build_info(Info(MCPTT, REQUEST, "sip:a@home.example", "sip:v@away.example", profile_index=2))
CASES = {
    "8.1.1.2/no-to-tag": Proof(
        lambda: one(request("REGISTER")),
        lambda: one(request("REGISTER", dict(TAGGED))),
        "tag x",
        "To: <sip:b@home.example>;tag=x",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_a_message_of_a_migration_is_outside_of_dialogs() -> None:
    data = request("MESSAGE", {**TAGGED, "Content-Type": MCPTT.content_type}, body=BODY)
    found = findings("8.1.1.2/no-to-tag", one(data))
    assert found is not None
    assert len(found) == 1


def test_any_other_message_may_be_in_a_dialog() -> None:
    assert findings("8.1.1.2/no-to-tag", one(request("MESSAGE", dict(TAGGED)))) is None
