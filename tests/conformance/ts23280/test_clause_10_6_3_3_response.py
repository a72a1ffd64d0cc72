"""TS 23.280 10.6.3.3, steps 6 to 10: what the corpus does not show."""

from itertools import pairwise

import pytest

from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.trace import Trace
from tests.conformance.scene import GUEST, Proof, Proofs, Scene, check, findings, makes

RULE = "ts23280/10.6.3.3/"


def asked() -> Scene:
    scene = Scene().say("ue", "away.server", REQUEST)
    return scene.say("away.server", "home.server", REQUEST)


def answered_at(server: str) -> Trace:
    return asked().say("home.server", server, RESPONSE).done()


def back_by(*way: str) -> Trace:
    scene = Scene(("home", "away")).say("ue", "away.server", REQUEST)
    there = ("away.server", "away.gateway", "home.gateway", "home.server")
    for sender, receiver in pairwise(there):
        scene.say(sender, receiver, REQUEST, tag="t")
    for sender, receiver in pairwise(way):
        scene.say(sender, receiver, RESPONSE, tag="u")
    return scene.done()


def moved_on(*, asks_again: bool) -> Trace:
    scene = asked().say("home.server", "away.server", RESPONSE)
    scene.say("ue", "third.server", REQUEST, GUEST)
    scene.say("third.server", "home.server", REQUEST, GUEST)
    scene.say("home.server", "third.server", RESPONSE, GUEST)
    if asks_again:
        scene.say("away.server", "home.server", REQUEST)
    return scene.say("home.server", "away.server", RESPONSE).done()


CASES: Proofs = {
    RULE + "back-to-who-asked": Proof(
        lambda: answered_at("away.server"),
        lambda: answered_at("away.server-2"),
        "away.server, which asked",
        "away.server-2",
        "home.server",
    ),
    RULE + "back-on-its-way": Proof(
        lambda: back_by("home.server", "home.gateway", "away.gateway", "away.server"),
        lambda: back_by("home.server", "home.gateway", "away.server"),
        "home.server → home.gateway → away.gateway → away.server",
        "home.server → home.gateway → away.server",
        "home.server",
    ),
    RULE + "one-partner-at-a-time": Proof(
        lambda: moved_on(asks_again=True),
        lambda: moved_on(asks_again=False),
        "away asks again",
        "after third",
        "home.server",
    ),
}
PROOFS = makes(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check(rule, CASES[rule])


def test_a_response_that_was_not_taken_may_be_sent_again_after_a_move() -> None:
    scene = asked().say("home.server", "away.server", RESPONSE, status=503)
    scene.say("third.server", "home.server", REQUEST, GUEST)
    scene.say("home.server", "third.server", RESPONSE, GUEST)
    trace = scene.say("home.server", "away.server", RESPONSE).done()
    assert findings(RULE + "one-partner-at-a-time", trace) == ("pass", ())


def test_a_capture_that_begins_in_the_middle_does_not_say_who_asked() -> None:
    trace = Scene().say("home.server", "away.server", RESPONSE).done()
    for name in ("back-to-who-asked", "back-on-its-way", "response-has-the-ids", "in-reply-to"):
        assert findings(RULE + name, trace)[0] == "none", name


def test_the_answer_to_a_repeated_request_counts_for_both() -> None:
    scene = asked().say("away.server", "home.server", REQUEST)
    trace = scene.say("home.server", "away.server", RESPONSE).done()
    assert findings(RULE + "request-is-answered", trace) == ("pass", ())


def test_what_need_not_have_happened_yet_is_not_missed() -> None:
    trace = asked().trace
    assert findings(RULE + "request-is-answered", trace)[0] == "none"
    _, [found] = findings(RULE + "request-is-answered", asked().done())
    assert found.node == "home.server"
