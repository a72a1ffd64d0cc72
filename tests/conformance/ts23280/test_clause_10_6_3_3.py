"""TS 23.280 10.6.3.3, steps 1 to 5: what the corpus does not show."""

import pytest

from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.trace import Trace
from tests.conformance.scene import (
    GUEST,
    VISITOR,
    Proof,
    Proofs,
    Scene,
    check,
    findings,
    makes,
)

RULE = "ts23280/10.6.3.3/"


def asked(*, gateways: tuple[str, ...] = ()) -> Scene:
    return Scene(gateways).say("ue", "away.server", REQUEST)


def direct() -> Scene:
    return asked().say("away.server", "home.server", REQUEST)


def by_gateway(to: str = "home.gateway") -> Trace:
    return asked(gateways=("home",)).say("away.server", to, REQUEST, tag="t").done()


def twice(second: str) -> Trace:
    scene = direct().say("ue", "away.server", REQUEST)
    return scene.say("away.server", second, REQUEST).done()


CASES: Proofs = {
    RULE + "partners-server": Proof(
        lambda: asked().done(),
        lambda: Scene(("away",)).say("ue", "away.gateway", REQUEST).done(),
        "an MC service server of away.example",
        "away.gateway, a gateway",
        "ue",
    ),
    RULE + "primary-system": Proof(
        lambda: direct().done(),
        lambda: asked().say("away.server", "third.server", REQUEST).done(),
        "home.example",
        "third.example",
        "away.server",
    ),
    RULE + "partner-system": Proof(
        lambda: direct().say("home.server", "away.server", RESPONSE).done(),
        lambda: direct().say("home.server", "third.server", RESPONSE).done(),
        "away.example",
        "third.example",
        "home.server",
    ),
    RULE + "through-the-gateways": Proof(
        by_gateway,
        lambda: by_gateway("home.server"),
        "sent to the MC gateway server of home",
        "home.server",
        "away.server",
    ),
    RULE + "server-of-the-user": Proof(
        lambda: twice("home.server"),
        lambda: twice("home.server-2"),
        "home.server",
        "home.server-2",
        "away.server",
    ),
}
PROOFS = makes(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check(rule, CASES[rule])


def test_a_client_may_ask_by_its_own_id_where_the_partner_issues_none() -> None:
    trace = Scene().say("ue", "away.server", REQUEST, None).done()
    assert findings(RULE + "partners-server", trace) == ("pass", ())


def test_a_capture_without_clients_does_not_say_who_asked() -> None:
    trace = Scene().say("away.server", "home.server", REQUEST).done()
    assert findings(RULE + "asks-after-the-client", trace)[0] == "none"


def test_a_gateway_at_the_border_of_a_capture_may_have_got_what_it_sends() -> None:
    scene = Scene(("home", "away"))
    trace = scene.say("away.gateway", "home.gateway", REQUEST).done()
    assert findings(RULE + "forwards-what-came", trace)[0] == "none"


def test_a_gateway_may_write_tags_and_call_ids_of_its_own() -> None:
    scene = asked(gateways=("away",)).say("away.server", "away.gateway", REQUEST, tag="one")
    trace = scene.say("away.gateway", "home.server", REQUEST, tag="two").done()
    for name in ("forwards-what-came", "unchanged-on-the-way", "forwards-what-it-took"):
        assert findings(RULE + name, trace) == ("pass", ()), name


def test_what_was_refused_need_not_be_forwarded_nor_answered() -> None:
    scene = asked(gateways=("away",))
    trace = scene.say("away.server", "away.gateway", REQUEST, status=404).done()
    assert findings(RULE + "forwards-what-it-took", trace) == ("pass", ())
    trace = Scene().say("ue", "away.server", REQUEST, status=403).done()
    assert findings(RULE + "client-is-answered", trace)[0] == "none"


def test_a_change_of_the_profile_is_asked_anew() -> None:
    scene = direct().say("ue", "away.server", REQUEST, profile=3)
    good = scene.say("away.server", "home.server", REQUEST, profile=3).done()
    assert findings(RULE + "asks-what-the-client-asked", good) == ("pass", ())
    scene = direct().say("ue", "away.server", REQUEST, profile=3)
    stale = scene.say("away.server", "home.server", REQUEST, profile=2).done()
    _, found = findings(RULE + "asks-what-the-client-asked", stale)
    assert [(each.expected, each.actual) for each in found] == [
        ("profile index: 3", "profile index: 2")
    ]


def test_another_id_of_the_partner_is_found_at_its_octets() -> None:
    scene = Scene().say("ue", "away.server", REQUEST)
    trace = scene.say("away.server", "home.server", REQUEST, "sip:other@away.example").done()
    _, [found] = findings(RULE + "asks-what-the-client-asked", trace)
    assert found.expected.endswith(VISITOR)
    assert found.span is not None
    entry = trace.entries[found.number - 1]
    assert entry.data[slice(*found.span)] == b"sip:other@away.example"
    assert GUEST.encode() not in entry.data
