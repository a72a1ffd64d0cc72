"""TS 23.280 10.16.3: calls to migrated users and functional aliases."""

import pytest

from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.trace import Trace
from tests.conformance.scene import ALICE, VISITOR, Proof, Proofs, Scene, check, findings, makes

RULE = "ts23280/10.16.3/"
ALIAS = "sip:dispatch@away.example"


def delivered(target: str) -> Trace:
    scene = Scene().say("away.server", "home.server", REQUEST)
    scene.say("home.server", "away.server", RESPONSE)
    return scene.call("home.server", "away.server", ALIAS).call("away.server", "ue", target).done()


CASES: Proofs = {
    RULE + "system-of-the-target": Proof(
        lambda: Scene().call("home.server", "away.server", ALIAS).done(),
        lambda: Scene().call("home.server", "third.server", ALIAS).done(),
        "away.example",
        "third.example",
        "home.server",
    ),
    RULE + "delivered-at-the-partner": Proof(
        lambda: delivered(VISITOR),
        lambda: delivered(ALICE),
        VISITOR,
        ALICE,
        "away.server",
    ),
}
PROOFS = makes(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check(rule, CASES[rule])


def test_without_an_id_of_the_partner_its_system_is_named() -> None:
    for system, verdict in (("away.example", "pass"), ("third.example", "fail")):
        trace = Scene().call("home.server", "away.server", ALICE, system=system).done()
        assert findings(RULE + "system-of-the-target", trace)[0] == verdict


def test_a_user_at_home_is_called_by_its_own_id() -> None:
    trace = Scene().call("home.server", "ue", ALICE).done()
    assert findings(RULE + "delivered-at-the-partner", trace)[0] == "none"
