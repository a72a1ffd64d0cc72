"""Topology hiding: names, identities, addresses. The corpus shows more of what is found."""

import pytest

from mcsip.trace import Trace
from tests.conformance.bases import load_base
from tests.conformance.scene import Scene, findings

RULE = "hiding/names/"


def crossing(
    text: str,
    sender: str = "home.gateway",
    receiver: str = "away.gateway",
    gateways: tuple[str, ...] = ("home", "away"),
) -> Trace:
    fields = (("Subject", text),)
    return Scene(gateways).send(sender, receiver, b"", fields=fields).done()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("at SERVER.home.example", "host-names"),
        ("server.home.example:5060", "host-names"),
        ("<sip:server-2@home.example>", "identities"),
        ("10.9.1.3", "addresses"),
        ("[10.9.1.3]:5060 or 10.9.1.4:99", "addresses"),
        ("of the client: 10.9.1.1", "addresses"),
    ],
)
def test_what_is_inside_is_found_and_marked(text: str, rule: str) -> None:
    trace = crossing(text)
    _, [found, *_] = findings(RULE + rule, trace)
    assert found.node == "home.gateway"
    assert found.span is not None
    marked = trace.entries[found.number - 1].data[slice(*found.span)].decode()
    assert marked in text
    for other in {"host-names", "identities", "addresses"} - {rule}:
        assert findings(RULE + other, trace) == ("pass", ()), other


@pytest.mark.parametrize(
    "text",
    [
        "gateway.home.example and home.example",
        "sip:gateway@home.example, sip:alice@home.example",
        "my-server.home.example",
        "server.home.example.org",
        "sip:my-server@home.example",
        "server.away.example, sip:server@away.example, 10.9.1.6",
        "10.9.1.34 and 110.9.1.3 and 10.9.1.3.5",
    ],
)
def test_what_is_no_secret_of_the_sender_is_not_found(text: str) -> None:
    for rule in ("host-names", "identities", "addresses"):
        assert findings(RULE + rule, crossing(text)) == ("pass", ()), rule


@pytest.mark.parametrize(
    ("sender", "receiver", "gateways"),
    [
        ("home.gateway", "home.server", ("home", "away")),
        ("home.server", "away.gateway", ("away",)),
        ("ue", "away.server", ("home", "away")),
        ("away.server", "ue", ("home", "away")),
    ],
)
def test_within_a_system_without_a_gateway_and_to_clients_nothing_is_hidden(
    sender: str, receiver: str, gateways: tuple[str, ...]
) -> None:
    trace = crossing("server.home.example", sender, receiver, gateways)
    requests = Trace()
    for node in trace.nodes.values():
        requests.add_node(node)
    requests.entries = trace.entries[:2]
    assert findings(RULE + "host-names", requests)[0] == "none"


def test_responses_are_searched_and_octets_that_are_no_message_too() -> None:
    trace = crossing("nothing")
    trace.entries[2].data = b"SIP/2.0 500 server.away.example\r\nVia"
    _, [found] = findings(RULE + "host-names", trace)
    assert found.node == "away.gateway"


def test_a_session_description_may_say_where_media_goes() -> None:
    assert findings(RULE + "addresses", load_base("calls/forwarded")) == ("pass", ())


def test_an_address_that_systems_share_tells_only_with_its_port() -> None:
    scene = Scene(("home", "away"))
    for number, name in enumerate(scene.peers):
        scene.peers[name] = scene.peers[name]._replace(host="127.0.0.1", port=7000 + number)
        scene.trace.announce(name, *scene.peers[name])
    inner = scene.peers["home.server"].port
    fields = (("Subject", f"127.0.0.1 and 127.0.0.1:{inner}"),)
    trace = scene.send("home.gateway", "away.gateway", b"", fields=fields).done()
    _, [found] = findings(RULE + "addresses", trace)
    assert found.actual == f"its address 127.0.0.1:{inner}"
