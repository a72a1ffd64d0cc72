"""Topology hiding: calls and data go through the gateways."""

import pytest

from mcsip.mc.messages import REQUEST
from mcsip.trace import Trace
from tests.conformance.scene import VISITOR, Proof, Proofs, Scene, check, findings, makes

RULE = "hiding/way/through-the-gateways"


def called(sender: str, receiver: str) -> Trace:
    return Scene(("home", "away")).call(sender, receiver, VISITOR).done()


CASES: Proofs = {
    RULE: Proof(
        lambda: called("home.gateway", "away.gateway"),
        lambda: called("home.gateway", "away.server"),
        "the MC gateway server of away",
        "away.server",
        "home.gateway",
    ),
}
PROOFS = makes(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check(rule, CASES[rule])


def test_messages_of_migration_have_rules_of_their_own() -> None:
    trace = Scene(("home",)).say("away.server", "home.server", REQUEST).done()
    assert findings(RULE, trace)[0] == "none"
    assert findings("ts23280/10.6.3.3/through-the-gateways", trace)[0] == "fail"
