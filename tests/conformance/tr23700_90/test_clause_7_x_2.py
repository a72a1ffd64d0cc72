"""TR 23.700-90 7.X.2: what goes between the systems when the partner authorizes alone."""

import pytest

from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE, USER_AUTHORISATION
from tests.conformance.scene import Proof, Proofs, Scene, check, findings, makes

RULE = "tr23700-90/7.X.2/"


def alone() -> Scene:
    return Scene().say("ue", "away.server", REQUEST).say("away.server", "ue", RESPONSE)


CASES: Proofs = {
    RULE + "partner-says-nothing": Proof(
        lambda: alone().done(),
        lambda: alone().say("away.server", "home.server", USER_AUTHORISATION).done(),
        "nothing from away.server",
        "mc-service-user-authorisation-notification",
        "away.server",
    ),
    RULE + "primary-says-nothing": Proof(
        lambda: alone().done(),
        lambda: alone().say("home.server", "away.server", DEAUTHORIZATION).done(),
        "nothing from home.server to away",
        "migration-service-deauthorization-notification",
        "home.server",
    ),
}
PROOFS = makes(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check(rule, CASES[rule])


def test_a_request_that_nobody_may_answer_is_found() -> None:
    trace = alone().say("away.server", "home.server", REQUEST, status=403).done()
    _, [found] = findings(RULE + "partner-says-nothing", trace)
    assert found.actual == REQUEST


def test_a_request_that_is_answered_shows_an_interconnection() -> None:
    scene = alone().say("away.server", "home.server", REQUEST)
    trace = scene.say("home.server", "away.server", RESPONSE).done()
    assert findings(RULE + "partner-says-nothing", trace) == ("pass", ())
    assert findings(RULE + "primary-says-nothing", trace) == ("pass", ())
    assert findings("ts23280/10.6.3.3/client-hears-last", trace)[0] == "fail"


def test_a_partner_that_could_not_ask_may_ask_when_the_client_comes_again() -> None:
    scene = alone().say("ue", "away.server", REQUEST).say("away.server", "home.server", REQUEST)
    trace = scene.say("home.server", "away.server", RESPONSE).done()
    assert findings(RULE + "partner-says-nothing", trace) == ("pass", ())
    assert findings("ts23280/10.6.3.3/client-hears-last", trace)[0] == "none"
