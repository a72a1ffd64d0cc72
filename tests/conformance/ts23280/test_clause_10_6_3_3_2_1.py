"""TS 23.280 10.6.3.3.2.1: what the corpus does not show."""

import pytest

from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE
from mcsip.trace import Trace
from tests.conformance.scene import (
    ALICE,
    GUEST,
    VISITOR,
    Proof,
    Proofs,
    Scene,
    check,
    findings,
    makes,
)

RULE = "ts23280/10.6.3.3.2.1/"


def migrated(*, gateways: tuple[str, ...] = ()) -> Scene:
    scene = Scene(gateways).say("ue", "away.server", REQUEST)
    if gateways:
        scene.say("away.server", "home.gateway", REQUEST, tag="t")
        scene.say("home.gateway", "home.server", REQUEST, tag="t")
        scene.say("home.server", "home.gateway", RESPONSE, tag="u")
        scene.say("home.gateway", "away.server", RESPONSE, tag="u")
    else:
        scene.say("away.server", "home.server", REQUEST)
        scene.say("home.server", "away.server", RESPONSE)
    return scene.say("away.server", "ue", RESPONSE)


def told(server: str = "away.server") -> Scene:
    scene = migrated().authorise("ue", "home.server")
    return scene.say("home.server", server, DEAUTHORIZATION)


def by_gateway(*, passed_by: bool) -> Trace:
    scene = migrated(gateways=("home",)).authorise("ue", "home.server")
    if passed_by:
        return scene.say("home.server", "away.server", DEAUTHORIZATION).done()
    scene.say("home.server", "home.gateway", DEAUTHORIZATION, tag="v")
    return scene.say("home.gateway", "away.server", DEAUTHORIZATION, tag="v").done()


def called(*, deliver: bool) -> Trace:
    scene = told().call("home.server", "away.server", VISITOR)
    if deliver:
        scene.call("away.server", "ue", VISITOR)
    return scene.done()


CASES: Proofs = {
    RULE + "partner-system": Proof(
        lambda: told().done(),
        lambda: told("third.server").done(),
        "away.example",
        "third.example",
        "home.server",
    ),
    RULE + "ids-of-the-stay": Proof(
        lambda: told().done(),
        lambda: told("away.server-2").done(),
        "away.server, where the user was",
        "away.server-2",
        "home.server",
    ),
    RULE + "through-the-gateways": Proof(
        lambda: by_gateway(passed_by=False),
        lambda: by_gateway(passed_by=True),
        "MC gateway server of home",
        "home.server sends it",
        "home.server",
    ),
    RULE + "delivery-ends": Proof(
        lambda: called(deliver=False),
        lambda: called(deliver=True),
        "delivers nothing",
        "mc-private-call to ue",
        "away.server",
    ),
}
PROOFS = makes(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check(rule, CASES[rule])


def test_a_notification_to_a_partner_where_the_user_never_was() -> None:
    trace = told("third.server").done()
    _, [found] = findings(RULE + "ids-of-the-stay", trace)
    assert found.actual == "it goes to third.example, where the user never was"


def test_a_notification_that_comes_again_after_a_new_stay_began_is_late() -> None:
    scene = migrated().authorise("ue", "home.server")
    scene.say("home.server", "away.server", DEAUTHORIZATION, tag="d", call_id="d")
    scene.say("ue", "away.server", REQUEST).say("away.server", "home.server", REQUEST)
    scene.say("home.server", "away.server", RESPONSE).say("away.server", "ue", RESPONSE)
    scene.say("home.server", "away.server", DEAUTHORIZATION, tag="d", call_id="d")
    trace = scene.say("ue", "away.server", REQUEST).say("away.server", "ue", RESPONSE).done()
    for name in ("success-ends", "after-the-return", "ids-of-the-stay"):
        assert findings(RULE + name, trace) == ("pass", ()), name


def test_service_after_the_user_has_come_again_is_no_fault() -> None:
    scene = told().say("ue", "away.server", REQUEST).say("away.server", "home.server", REQUEST)
    scene.say("home.server", "away.server", RESPONSE).say("away.server", "ue", RESPONSE)
    trace = scene.call("home.server", "away.server", VISITOR).call("away.server", "ue", VISITOR)
    for name in ("delivery-ends", "success-ends"):
        assert findings(RULE + name, trace.done()) == ("pass", ()), name


def test_a_call_to_a_user_who_is_back_is_delivered_at_home() -> None:
    trace = told().call("home.server", "ue", ALICE).done()
    assert findings(RULE + "delivery-ends", trace)[0] == "none"


def test_a_response_may_come_late_when_the_user_has_already_returned() -> None:
    scene = Scene().say("ue", "away.server", REQUEST).say("away.server", "home.server", REQUEST)
    scene.authorise("ue", "home.server").say("home.server", "away.server", RESPONSE)
    trace = scene.say("home.server", "away.server", DEAUTHORIZATION).done()
    assert findings(RULE + "after-the-return", trace) == ("pass", ())


def test_a_notification_about_a_success_that_was_never_sent_may_be_owed() -> None:
    scene = migrated().say("third.server", "home.server", REQUEST, GUEST)
    trace = scene.say("home.server", "third.server", DEAUTHORIZATION, GUEST).done()
    assert findings(RULE + "ids-of-the-stay", trace) == ("pass", ())


def test_a_user_who_never_was_away_is_told_of_to_nobody() -> None:
    scene = Scene().say("ue", "away.server", REQUEST)
    scene.say("away.server", "home.server", REQUEST)
    scene.say("home.server", "away.server", RESPONSE, success=False)
    trace = scene.authorise("ue", "home.server").done()
    assert findings(RULE + "partner-is-told", trace)[0] == "none"
