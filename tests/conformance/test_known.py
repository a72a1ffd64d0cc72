"""What is known of clients, and what of those who are none."""

import pytest

from mcsip.conformance import known as module
from mcsip.conformance.known import End, HostKind, Known, is_ip
from mcsip.mc.roles import Role
from mcsip.trace import Direction, NodeInfo, Peer, Trace, TraceEntry
from tests.conformance.streams import A, B, C

CORE = NodeInfo(
    "x.core", "x", Role.SIP_CORE, domain="x.example", identities=("sip:core@x.example",)
)


def client(name: str, *identities: str, system: str = "x") -> NodeInfo:
    return NodeInfo(name, system, Role.CLIENT, "mcptt", f"{system}.example", (), identities)


@pytest.fixture
def trace() -> Trace:
    made = Trace()
    made.add_node(CORE)
    made.add_node(client("ue", "sip:ue@x.example", "sip:v@y.example"))
    made.announce("x.core", *B)
    made.announce("ue", *A)
    return made


def speak(trace: Trace, node: str, peer: Peer) -> None:
    trace.learn(TraceEntry(1, 0.0, node, Direction.SENT, "TCP", peer, B, b""))


def test_identities_of_clients_are_known_by_what_stands_after_the_user(trace: Trace) -> None:
    trace.add_node(client("two", "sip:ue@z.example", "sip:core@z.example", "tel:+1"))
    assert Known(trace).identities == {
        "sip:core": "",
        "sip:ue": " @x.example @z.example",
        "sip:v": " @y.example",
        "tel:+1": " ",
    }


def test_one_more_client_changes_words_and_nothing_that_was_judged(trace: Trace) -> None:
    known = Known(trace)
    version, words = known.version, known.words
    known.update()
    assert (known.version, known.words) == (version, words)
    trace.add_node(client("two", "sip:two@x.example"))
    known.update()
    assert known.version == version
    assert known.words != words
    assert known.identities["sip:two"] == " @x.example"


def test_so_does_a_node_of_which_nothing_is_known(trace: Trace) -> None:
    known = Known(trace)
    version = known.version
    trace.add_node(NodeInfo("192.0.2.1:5060"))
    known.update()
    assert known.version == version


@pytest.mark.parametrize(
    "node",
    [
        client("two", system="z"),
        NodeInfo("x.server", "x", Role.MC_SERVER),
        NodeInfo("n", "x"),
        NodeInfo("n", hosts=("n.example",)),
    ],
)
def test_any_other_node_changes_all(trace: Trace, node: NodeInfo) -> None:
    known = Known(trace)
    version = known.version
    trace.add_node(node)
    known.update()
    assert known.version != version


def test_whose_a_host_is(trace: Trace) -> None:
    known = Known(trace)
    kinds = [known.kind_of(peer.host) for peer in (A, B, C)]
    assert kinds == [HostKind.CLIENTS, HostKind.OTHERS, HostKind.NOBODYS]


def test_a_host_that_becomes_known_changes_words(trace: Trace) -> None:
    known = Known(trace)
    assert known.kind_of(C.host) is HostKind.NOBODYS
    version, words = known.version, known.words
    speak(trace, "ue", C)
    known.update()
    assert known.words != words
    assert known.kind_of(C.host) is HostKind.CLIENTS
    assert (known.version, known.sharing) == (version, 0)
    words = known.words
    speak(trace, "ue", C._replace(port=9))
    known.update()
    assert known.words == words


def test_a_host_that_others_have_too_changes_ways_and_words(trace: Trace) -> None:
    known = Known(trace)
    assert known.kind_of(A.host) is HostKind.CLIENTS
    version, words, sharing = known.version, known.words, known.sharing
    speak(trace, "x.core", A._replace(port=9))
    known.update()
    assert known.kind_of(A.host) is HostKind.OTHERS
    assert known.version == version
    assert known.words != words
    assert known.sharing != sharing


def test_whose_an_address_is(trace: Trace) -> None:
    """Of a host of servers it matters who has the port."""
    known = Known(trace)
    elsewhere = Peer("192.0.2.9", 5060)
    assert known.owner_of(A) == known.owner_of(A._replace(port=9)) == HostKind.CLIENTS
    assert known.owner_of(elsewhere) == HostKind.NOBODYS
    assert known.owner_of(B) == ("x.core", "x.core")
    assert known.owner_of(B._replace(port=9)) == (None, None)


def test_users_are_all_identities_of_clients(trace: Trace) -> None:
    known = Known(trace)
    trace.add_node(client("two", "sip:core@x.example", "tel:+1"))
    known.update()
    users = {"sip:ue@x.example", "sip:v@y.example", "sip:core@x.example", "tel:+1"}
    assert known.users == users
    trace.add_node(NodeInfo("x.server", "x", Role.MC_SERVER))
    known.update()
    assert known.users == users


def test_hosts_are_remembered_within_bounds(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_HOSTS", 8)
    known = Known(trace)
    for number in range(50):
        known.kind_of(f"192.0.2.{number}")
    assert len(known._kinds) <= 8


def test_ends_of_clients_differ_in_names_only(trace: Trace) -> None:
    trace.add_node(client("two", "sip:two@x.example", "sip:w@y.example"))
    trace.announce("two", *C)
    known = Known(trace)
    one = known.end(trace.nodes["ue"], A._replace(port=40_000))
    two = known.end(trace.nodes["two"], C._replace(port=50_000))
    assert one.likeness == two.likeness
    assert one.names == ("ue", "10.0.0.1", "40000", "sip:ue", "ue", "sip:v", "v")
    assert two.names == ("two", "10.0.0.3", "50000", "sip:two", "two", "sip:w", "w")
    usual = known.end(trace.nodes["ue"], A)
    assert usual.likeness != one.likeness
    assert usual.names == ("ue", "10.0.0.1", "sip:ue", "ue", "sip:v", "v")


@pytest.mark.parametrize(
    "other",
    [
        client("two", "sip:two@x.example"),
        client("two", "sip:two@x.example", "sip:w@x.example"),
        client("two", "sip:two@x.example", "sip:w@y.example", system="y"),
        NodeInfo(
            "two", "x", None, "mcptt", "x.example", (), ("sip:t@x.example", "sip:w@y.example")
        ),
    ],
)
def test_ends_of_another_sort_are_not_alike(trace: Trace, other: NodeInfo) -> None:
    trace.add_node(other)
    trace.announce("two", *C)
    known = Known(trace)
    assert known.end(trace.nodes["ue"], A).likeness != known.end(other, C).likeness


def test_servers_and_hosts_that_are_shared_are_each_by_itself(trace: Trace) -> None:
    known = Known(trace)
    assert known.end(CORE, B) == End(("x.core", B))
    assert known.end(CORE, B._replace(port=40_000)).names == ("40000",)
    assert known.end(CORE, C).names == ("10.0.0.3",)
    assert known.end(CORE, B).likeness != known.end(CORE, B._replace(port=5070)).likeness
    for peer in (B, Peer("ue.x.example", 5060)):
        assert known.end(trace.nodes["ue"], peer) == End(("ue", peer))


def test_strangers_are_alike_and_no_clients(trace: Trace) -> None:
    known = Known(trace)
    peers = [Peer("192.0.2.1", 40_000), Peer("192.0.2.2", 50_000)]
    one, two = (known.end(NodeInfo(f"{host}:{port}"), Peer(host, port)) for host, port in peers)
    assert one.likeness == two.likeness
    assert one.names == ("192.0.2.1:40000", "192.0.2.1", "40000")
    assert one.likeness != known.end(trace.nodes["ue"], A._replace(port=40_000)).likeness
    six = known.end(NodeInfo("s"), Peer("2001:db8::1", 40_000))
    assert six.likeness != one.likeness


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.1", True),
        ("2001:db8::1", True),
        ("2001:0db8::1", False),
        ("192.0.2.01", False),
        ("300.0.0.1", False),
        ("a.example", False),
    ],
)
def test_what_an_address_is(host: str, expected: bool) -> None:
    assert is_ip(host) is expected
