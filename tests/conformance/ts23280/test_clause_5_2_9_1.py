"""TS 23.280 5.2.9.1: whose ID a user has, and triggers."""

import pytest

from mcsip.mc.messages import REQUEST, TRIGGER, USER_AUTHORISATION
from tests.conformance.scene import ALICE, GUEST, Proof, Proofs, Scene, check, findings, makes

RULE = "ts23280/5.2.9.1/"


def triggered(server: str = "home.server", *, profile: int = 2) -> Scene:
    scene = Scene().say(server, "ue", TRIGGER, None, system="away.example")
    return scene.say("ue", "away.server", REQUEST, profile=profile)


CASES: Proofs = {
    RULE + "id-of-the-partner": Proof(
        lambda: Scene().say("away.server", "home.server", REQUEST).done(),
        lambda: Scene().say("away.server", "home.server", USER_AUTHORISATION, GUEST).done(),
        "an MC service ID of away.example",
        "one of third.example",
        "away.server",
    ),
    RULE + "trigger-is-followed": Proof(
        lambda: triggered().done(),
        lambda: triggered(profile=3).done(),
        "away.example with profile 2",
        "away.example with profile 3",
        "ue",
    ),
    RULE + "trigger-from-the-primary": Proof(
        lambda: triggered().done(),
        lambda: triggered("third.server").done(),
        "an MC service server of home.example",
        "third.server",
        "third.server",
    ),
}
PROOFS = makes(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check(rule, CASES[rule])


def test_a_trigger_that_the_client_refused_binds_it_to_nothing() -> None:
    scene = Scene().say("home.server", "ue", TRIGGER, None, system="away.example", status=480)
    trace = scene.say("ue", "third.server", REQUEST, GUEST).done()
    assert findings(RULE + "trigger-is-followed", trace)[0] == "none"


def test_a_partner_need_not_issue_an_id() -> None:
    trace = Scene().say("away.server", "home.server", REQUEST, None, system="away.example").done()
    assert findings(RULE + "id-of-the-partner", trace)[0] == "none"
    assert ALICE.encode() in trace.entries[0].data
