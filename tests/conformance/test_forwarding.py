"""What gateways do with messages; the clause files and the corpus show each kind of message."""

import pytest

from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE, USER_AUTHORISATION
from tests.conformance.scene import GUEST, Scene, captured, findings

RULES = {
    REQUEST: "ts23280/10.6.3.3/",
    RESPONSE: "ts23280/10.6.3.3/",
    DEAUTHORIZATION: "ts23280/10.6.3.3.2.1/",
    USER_AUTHORISATION: "ts23280/10.6.3.3.2.2/",
}
INWARD = {REQUEST, USER_AUTHORISATION}


def ends(message: str) -> tuple[str, str, str]:
    """Return who sends the message over the gateway of home to whom."""
    way = ("away.server", "home.gateway", "home.server")
    return way if message in INWARD else (way[2], way[1], way[0])


@pytest.mark.parametrize("message", RULES)
def test_what_a_gateway_kept_is_its_own_fault(message: str) -> None:
    sender, gateway, _ = ends(message)
    trace = Scene(("home",)).say(sender, gateway, message).done()
    _, [found] = findings(RULES[message] + "forwards-what-it-took", trace)
    assert (found.node, found.peer) == (gateway, sender)


@pytest.mark.parametrize("message", RULES)
def test_what_a_gateway_does_where_nobody_captured_is_not_judged(message: str) -> None:
    """A capture at the interconnection does not show the inner side of the gateways."""
    sender, gateway, receiver = ends(message)
    near = captured(Scene(("home",)).say(sender, gateway, message).done())
    assert findings(RULES[message] + "forwards-what-it-took", near) == ("pass", ())
    far = captured(Scene(("home",)).say(gateway, receiver, message).done())
    assert findings(RULES[message] + "forwards-what-came", far) == ("none", ())


@pytest.mark.parametrize("message", sorted(INWARD))
def test_a_message_of_a_third_system_is_no_other_side(message: str) -> None:
    """Of a gateway with several neighbours, the link to one of them was captured."""
    scene = Scene(("home",)).say("ue", "third.server", REQUEST, GUEST)
    scene.say("third.server", "home.gateway", message, GUEST, tag="a")
    scene.say("home.gateway", "home.server", message, GUEST, tag="a")
    trace = captured(scene.say("home.gateway", "home.server", message, tag="b").done())
    assert findings(RULES[message] + "forwards-what-came", trace) == ("pass", ())


@pytest.mark.parametrize("message", RULES)
def test_what_a_gateway_changed_is_its_own_fault(message: str) -> None:
    sender, gateway, receiver = ends(message)
    scene = Scene(("home",)).say(sender, gateway, message, tag="t")
    trace = scene.say(gateway, receiver, message, "sip:other@away.example", tag="t").done()
    _, [found] = findings(RULES[message] + "unchanged-on-the-way", trace)
    assert (found.node, found.actual) == (
        gateway,
        "MC service ID of the partner: sip:other@away.example",
    )


@pytest.mark.parametrize("message", RULES)
def test_what_a_gateway_invented_is_its_own_fault(message: str) -> None:
    sender, gateway, receiver = ends(message)
    scene = Scene(("home",)).say(sender, gateway, message, tag="t")
    scene.say(gateway, receiver, message, tag="t")
    trace = scene.say(gateway, receiver, message, "sip:other@away.example", tag="u").done()
    _, [found] = findings(RULES[message] + "forwards-what-came", trace)
    assert found.node == gateway
