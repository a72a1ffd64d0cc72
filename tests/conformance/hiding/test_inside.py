"""What a system hides; the tests of the clauses show what is found in messages."""

from mcsip.conformance.hiding.inside import Kind, field_at, inner_node_at, leaks
from mcsip.conformance.views import MessageSeen, Setting
from tests.conformance.scene import Scene

DATA = b"MESSAGE sip:x SIP/2.0\r\nt: <sip:y>\r\nSubject: one\r\n two\r\n three\r\n\r\nbody"
HEAD = DATA.index(b"\r\n\r\n")


def test_the_field_at_a_place() -> None:
    assert field_at(DATA, DATA.index(b"sip:x"), HEAD) == ""
    assert field_at(DATA, DATA.index(b"sip:y"), HEAD) == "to"
    assert field_at(DATA, DATA.index(b"three"), HEAD) == "subject"
    assert field_at(DATA, DATA.index(b"body"), HEAD) == ""


def test_addresses_of_gateways_are_no_secret_and_those_of_clients_are() -> None:
    scene = Scene(("home", "away"))
    for name, expected in (("home.gateway", None), ("ue", "ue"), ("home.server", "home.server")):
        assert inner_node_at(scene.trace, "home", *scene.peers[name]) == expected
    assert inner_node_at(scene.trace, "home", *scene.peers["away.server"]) is None
    assert inner_node_at(scene.trace, "home", "192.0.2.1", 5060) is None


def test_a_node_that_becomes_known_later_is_hidden_too() -> None:
    scene = Scene(("home", "away"))
    scene.send("home.gateway", "away.gateway", b"", fields=(("Subject", "mcx.home.example"),))
    trace, entry = scene.trace, scene.trace.entries[0]
    sender, receiver = trace.nodes["home.gateway"], trace.nodes["away.gateway"]
    assert leaks(MessageSeen(Setting(trace), entry, None, sender, receiver)) == ()
    server = trace.nodes["home.server"]
    trace.add_node(type(server)("home.mcx", "home", server.role, hosts=("mcx.home.example",)))
    again = scene.trace.append_entry(
        1.0, entry.node, entry.direction, entry.transport, entry.local, entry.remote, entry.data
    )
    found = leaks(MessageSeen(Setting(trace), again, None, sender, receiver))
    assert [(leak.kind, leak.node, leak.field) for leak in found] == [
        (Kind.HOST, "home.mcx", "subject")
    ]


def test_a_host_that_becomes_known_later_is_hidden_too() -> None:
    scene = Scene(("home", "away"))
    trace = scene.trace
    fields = (("Subject", "192.0.2.9"),)
    for _ in range(3):
        scene.send("home.gateway", "away.gateway", b"", fields=fields)
    first, second, third, *_ = (entry for entry in trace.entries if b"Subject" in entry.data)
    ends = trace.nodes["home.gateway"], trace.nodes["away.gateway"]
    assert leaks(MessageSeen(Setting(trace), first, None, *ends)) == ()
    trace.announce("home.server", "192.0.2.9", 5060)
    found = leaks(MessageSeen(Setting(trace), second, None, *ends))
    assert [(leak.kind, leak.node) for leak in found] == [(Kind.ADDRESS, "home.server")]
    trace.announce("home.gateway", "192.0.2.9", 5070)
    assert leaks(MessageSeen(Setting(trace), third, None, *ends)) == ()
