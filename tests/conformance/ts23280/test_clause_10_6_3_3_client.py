"""TS 23.280 10.6.3.3, step 12: what the corpus does not show."""

import pytest

from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.trace import Trace
from tests.conformance.scene import Proof, Proofs, Scene, check, findings, makes

RULE = "ts23280/10.6.3.3/"


def told(client: str) -> Trace:
    scene = Scene().say("ue", "away.server", REQUEST)
    scene.say("away.server", "home.server", REQUEST)
    scene.say("home.server", "away.server", RESPONSE)
    return scene.say("away.server", client, RESPONSE).done()


CASES: Proofs = {
    RULE + "client-that-asked": Proof(
        lambda: told("ue"), lambda: told("bob"), "ue", "bob", "away.server"
    ),
}
PROOFS = makes(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check(rule, CASES[rule])


def test_success_may_be_repeated_to_a_client_that_asks_again() -> None:
    scene = Scene().say("ue", "away.server", REQUEST)
    scene.say("away.server", "home.server", REQUEST)
    scene.say("home.server", "away.server", RESPONSE).say("away.server", "ue", RESPONSE)
    trace = scene.say("ue", "away.server", REQUEST).say("away.server", "ue", RESPONSE).done()
    for name in ("client-hears-last", "client-hears-success", "client-is-answered"):
        assert findings(RULE + name, trace) == ("pass", ()), name


def test_success_is_told_too_early_when_the_primary_is_asked_only_then() -> None:
    scene = Scene().say("ue", "away.server", REQUEST).say("away.server", "ue", RESPONSE)
    scene.say("away.server", "home.server", REQUEST)
    trace = scene.say("home.server", "away.server", RESPONSE).done()
    _, [found] = findings(RULE + "client-hears-last", trace)
    assert found.node == "away.server"


def test_a_partner_may_serve_when_the_primary_could_not_be_asked() -> None:
    scene = Scene().say("ue", "away.server", REQUEST)
    scene.say("away.server", "home.server", REQUEST, status=503)
    trace = scene.say("away.server", "ue", RESPONSE).done()
    assert findings(RULE + "client-hears-last", trace) == ("pass", ())
