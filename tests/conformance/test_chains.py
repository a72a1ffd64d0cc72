"""Chains of messages from server to server."""

from mcsip.conformance.chains import PATIENCE_S
from mcsip.mc.messages import REQUEST, RESPONSE
from tests.conformance.scene import GUEST, VISITOR, Scene, captured, story


def test_the_hops_over_gateways_are_one_chain() -> None:
    scene = Scene(("home", "away")).say("away.server", "away.gateway", REQUEST, tag="a")
    scene.say("away.gateway", "home.gateway", REQUEST, tag="a")
    told = story(scene.say("home.gateway", "home.server", REQUEST, tag="a").done())
    [chain] = told.of(REQUEST)
    assert chain.path == ("away.server", "away.gateway", "home.gateway", "home.server")
    assert chain.arrived
    assert chain.taken


def test_two_requests_at_once_are_told_apart_by_their_tags() -> None:
    scene = Scene(("away",)).say("away.server", "away.gateway", REQUEST, tag="a")
    scene.say("away.server", "away.gateway", REQUEST, GUEST, tag="b")
    scene.say("away.gateway", "home.server", REQUEST, GUEST, tag="b")
    told = story(scene.say("away.gateway", "home.server", REQUEST, tag="a").done())
    assert [[hop.first.info and hop.first.info.partner_id for hop in chain.exchanges]
            for chain in told.of(REQUEST)] == [[VISITOR, VISITOR], [GUEST, GUEST]]  # fmt: skip


def test_a_gateway_that_tries_a_second_server_makes_a_second_chain() -> None:
    scene = Scene(("home",)).say("away.server", "home.gateway", REQUEST, tag="a")
    scene.say("home.gateway", "home.server", REQUEST, tag="a", status=503)
    told = story(scene.say("home.gateway", "home.server-2", REQUEST, tag="a").done())
    first, second = told.of(REQUEST)
    assert (first.taken, second.taken) == (False, True)
    assert second.path == ("away.server", "home.gateway", "home.server-2")


def test_what_a_gateway_sends_unasked_begins_with_it() -> None:
    told = story(Scene(("home",)).say("home.gateway", "home.server", REQUEST).done())
    [chain] = told.of(REQUEST)
    assert chain.origin.name == "home.gateway"


def test_a_copy_of_a_message_counts_once() -> None:
    scene = Scene().say("away.server", "home.server", REQUEST, tag="a", call_id="c", status=503)
    told = story(scene.say("away.server", "home.server", REQUEST, tag="a", call_id="c").done())
    [chain] = told.of(REQUEST)
    assert chain.taken


def test_clients_are_apart_from_servers() -> None:
    scene = Scene().say("ue", "away.server", REQUEST).say("away.server", "ue", RESPONSE)
    told = story(scene.done())
    assert (len(told.asked), len(told.told), told.of(REQUEST)) == (1, 1, ())


def test_patience_ends_with_what_the_trace_shows() -> None:
    scene = Scene().say("away.server", "home.server", REQUEST)
    assert not story(scene.trace).settled(0.0)
    told = story(scene.done())
    assert told.settled(0.0)
    assert not told.settled(told.last_at - PATIENCE_S)


def test_a_capture_is_told_from_a_run() -> None:
    trace = Scene().say("away.server", "home.server", REQUEST).done()
    assert (story(trace).captured, story(captured(trace)).captured) == (False, True)
