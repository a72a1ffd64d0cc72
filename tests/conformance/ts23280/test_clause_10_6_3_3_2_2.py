"""TS 23.280 10.6.3.3.2.2: what the corpus does not show."""

import pytest

from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE, USER_AUTHORISATION
from mcsip.trace import Trace
from tests.conformance.scene import GUEST, VISITOR, Proof, Proofs, Scene, check, findings, makes

RULE = "ts23280/10.6.3.3.2.2/"


def moved(scene: Scene | None = None) -> Scene:
    scene = scene or Scene()
    for partner, identity in (("away", VISITOR), ("third", GUEST)):
        scene.say("ue", f"{partner}.server", REQUEST, identity)
        scene.say(f"{partner}.server", "home.server", REQUEST, identity)
        scene.say("home.server", f"{partner}.server", RESPONSE, identity)
        scene.say(f"{partner}.server", "ue", RESPONSE, identity)
    return scene


def notified(server: str = "home.server", *, gateways: tuple[str, ...] = ()) -> Scene:
    return moved(Scene(gateways)).say("third.server", server, USER_AUTHORISATION, GUEST)


def ended(partner: str, identity: str) -> Trace:
    return notified().say("home.server", f"{partner}.server", DEAUTHORIZATION, identity).done()


CASES: Proofs = {
    RULE + "primary-system": Proof(
        lambda: notified().done(),
        lambda: notified("away.server").done(),
        "home.example",
        "away.example",
        "third.server",
    ),
    RULE + "through-the-gateways": Proof(
        lambda: notified("home.gateway", gateways=("home",)).done(),
        lambda: notified("home.server", gateways=("home",)).done(),
        "MC gateway server of home",
        "home.server",
        "third.server",
    ),
    RULE + "new-partner-stays": Proof(
        lambda: ended("away", VISITOR),
        lambda: ended("third", GUEST),
        "goes to away",
        "goes to third",
        "home.server",
    ),
}
PROOFS = makes(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check(rule, CASES[rule])


def test_a_user_who_returned_in_between_has_no_former_partner() -> None:
    scene = Scene().say("ue", "away.server", REQUEST).say("away.server", "home.server", REQUEST)
    scene.say("home.server", "away.server", RESPONSE).authorise("ue", "home.server")
    scene.say("ue", "third.server", REQUEST, GUEST)
    scene.say("third.server", "home.server", REQUEST, GUEST)
    trace = scene.say("home.server", "third.server", RESPONSE, GUEST).done()
    assert findings(RULE + "primary-is-told", trace)[0] == "none"


def test_a_return_in_between_ends_both_stays() -> None:
    scene = moved().authorise("ue", "home.server")
    scene.say("home.server", "away.server", DEAUTHORIZATION)
    trace = scene.say("third.server", "home.server", USER_AUTHORISATION, GUEST).done()
    assert findings(RULE + "in-order", trace)[0] == "none"


def test_the_primary_may_go_on_when_the_notification_never_comes() -> None:
    trace = moved().say("home.server", "away.server", DEAUTHORIZATION).done()
    assert findings(RULE + "in-order", trace)[0] == "none"
