"""Conclusions from facts: the rows of the module's docstring, domains, names."""

from collections import Counter

import pytest

from mcsip.capture.evidence import Facts
from mcsip.capture.identify import Conclusion, address_name, conclude, name_nodes
from mcsip.mc.roles import Role
from mcsip.trace import Peer

HERE, THERE = Peer("10.0.0.1", 5060), Peer("10.0.0.2", 5060)
NAME = "sip:server@x.example"


def facts(peer: Peer = HERE, **seen: object) -> Facts:
    made = Facts(peer, 0, services=Counter(["mcptt"]))
    for name, value in seen.items():
        setattr(made, name, value)
    return made


def plain(**seen: object) -> Facts:
    """Who has no part in an MC service."""
    return facts(HERE, services=Counter(), **seen)


def one(seen: Facts) -> Conclusion:
    return conclude({seen.peer: seen})[0]


@pytest.mark.parametrize(
    ("seen", "role", "reason"),
    [
        (facts(registers=2), Role.CLIENT, "registers"),
        (facts(tokens=1, preferred=1), Role.CLIENT, "shows an access token, prefers an identity"),
        (facts(registrations=2, registers=1), Role.SIP_CORE, "2 REGISTER came to it"),
        (facts(routed=1), Role.SIP_CORE, "1 request named it in Route"),
        (
            facts(asserted=2, identities=Counter([NAME])),
            Role.MC_SERVER,
            f"starts 2 requests as {NAME}",
        ),
        (facts(asserted=1, forwarded=2), Role.MC_GATEWAY, "passes 2 requests on; nobody registers"),
        (facts(forwarded=3), Role.MC_GATEWAY, "passes 3 requests on; nobody registers"),
        (facts(outward=1), Role.MC_GATEWAY, "is asked by its own system for another one"),
        (facts(mc_asked=1), Role.MC_SERVER, "is asked 1 time what servers are asked"),
        (
            facts(asked=Counter([NAME])),
            Role.MC_SERVER,
            f"is asked as {NAME}, and passes nothing on",
        ),
        (facts(), None, "nothing that tells its role was captured"),
        (plain(forwarded=3), Role.SIP_CORE, "passes 3 requests on, none of MC"),
        (plain(asserted=2), None, "sends and gets requests, none of MC"),
        (plain(asked=Counter([NAME])), None, "sends and gets requests, none of MC"),
        (
            plain(registrations=2, forwarded=2, covered=1),
            None,
            "passes 1 request on as its own, none of MC",
        ),
        (facts(fetched=1, forwarded=1), Role.SIP_CORE, "passes access tokens of clients on"),
        (plain(), None, "nothing that tells its role was captured"),
    ],
)
def test_roles(seen: Facts, role: Role | None, reason: str) -> None:
    found = one(seen)
    assert (found.role, found.reason) == (role, reason)


def test_who_passes_requests_on_to_clients_is_a_core() -> None:
    core = facts(HERE, forwarded=1, towards={THERE: None})
    client = facts(THERE, registers=1)
    found = conclude({HERE: core, THERE: client})
    assert [each.role for each in found] == [Role.SIP_CORE, Role.CLIENT]


def test_a_client_belongs_to_the_system_of_its_token() -> None:
    seen = facts(tokens=1, users=Counter(["sip:a@home.example"]), identities=Counter(["sip:v@w.x"]))
    assert one(seen).domain == "home.example"
    assert one(seen).identities == ("sip:a@home.example", "sip:v@w.x")


def test_domains_by_votes_and_host_names() -> None:
    seen = facts(forwarded=1, domains=Counter({"a.example": 3, "b.example": 1, "": 9}))
    assert one(seen).domain == "a.example"
    seen.hosts["gw.b.example"] = None
    assert one(seen).domain == "b.example"
    assert one(facts(forwarded=1)).domain == ""


def made(port: int, role: Role | None, domain: str = "x.example", *names: str) -> Conclusion:
    return Conclusion(Peer("10.0.0.1", port), role, domain, "", names)


def test_names() -> None:
    nodes = name_nodes(
        [
            made(1, Role.CLIENT, "x.example", "sip:alice@x.example"),
            made(2, Role.CLIENT, "y.example", "sip:alice@y.example"),
            made(3, Role.SIP_CORE),
            made(4, Role.MC_SERVER, "x.example", "sip:a@x.example"),
            made(5, Role.MC_SERVER, "x.example", "sip:b@x.example"),
            made(6, Role.MC_GATEWAY, "x.other"),
            made(7, None, ""),
            made(8, None, "y.example"),
        ]
    )
    assert [node.name for node in nodes.values()] == [
        "alice",
        "alice-2",
        "x.example.core",
        "x.example.server",
        "x.example.server-2",
        "x.other.gateway",
        "10.0.0.1:7",
        "y.node",
    ]
    assert nodes[Peer("10.0.0.1", 8)].system == "y"


def test_a_node_with_several_ports_is_one() -> None:
    nodes = name_nodes([made(5060, Role.MC_SERVER, "x.e", NAME), made(5061, Role.MC_SERVER, "x.e")])
    assert len(set(nodes.values())) == 1
    nodes = name_nodes([made(5060, None), made(5061, None)])
    assert len(set(nodes.values())) == 2


def test_a_node_with_several_addresses_is_known_by_its_host_name() -> None:
    ends = [
        Conclusion(Peer(host, 5060), Role.MC_GATEWAY, "x.e", "", (), ("gw.x.e",))
        for host in ("10.0.0.1", "10.0.0.2")
    ]
    assert len(set(name_nodes(ends).values())) == 1


def test_a_name_by_address_is_that_of_views() -> None:
    assert address_name(Peer("10.0.0.1", 7)) == "10.0.0.1:7"
