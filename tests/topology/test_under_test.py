"""Systems under test that the command line names."""

import pytest

from mcsip.topology.address import Address
from mcsip.topology.under_test import UnderTest, parse_under_test, with_under_test
from mcsip.trace import Mode
from tests.nodes.world import make_topology

GATEWAY = {"systems": {"partner": {"nodes": {"gateway": {"address": "192.0.2.1:5062"}}}}}
IDMS = {"systems": {"partner": {"nodes": {"idms": {"role": "idms", "address": "192.0.2.1:1"}}}}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b=udp:192.0.2.1:1", UnderTest("a.b", Address("UDP", "192.0.2.1", 1))),
        ("a.b", UnderTest("a.b")),
        (
            "ue=sip:192.0.2.1:7;transport=tcp",
            UnderTest("ue", Address("TCP", "192.0.2.1", 7)),
        ),
    ],
)
def test_reading(text: str, expected: UnderTest) -> None:
    assert parse_under_test(text) == expected


@pytest.mark.parametrize(
    ("text", "wrong"), [("=udp:192.0.2.1:1", "names no node"), ("a.b=", "is not host:port")]
)
def test_what_is_none(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        parse_under_test(text)


def test_what_the_topology_says_of_the_node_stays() -> None:
    before = make_topology(GATEWAY)
    topology, why = with_under_test(before, [parse_under_test("partner.gateway=udp:192.0.2.7:9")])
    node, was = topology.nodes["partner.gateway"], before.nodes["partner.gateway"]
    assert why == ""
    assert (node.mode, node.transport, node.host, node.port) == (Mode.SUT, "UDP", "192.0.2.7", 9)
    assert (node.role, node.psi) == (was.role, was.psi)
    assert topology.foreign == ["partner.gateway"]
    assert before.foreign == []


def test_without_a_target_the_address_of_the_topology_counts() -> None:
    topology, why = with_under_test(make_topology(GATEWAY), [UnderTest("partner.gateway")])
    node = topology.nodes["partner.gateway"]
    assert why == ""
    assert (node.mode, node.transport, node.port) == (Mode.SUT, "TCP", 5062)


def test_a_client() -> None:
    topology, why = with_under_test(make_topology(), [parse_under_test("alice-ue=udp:192.0.2.7:9")])
    assert why == ""
    assert topology.mode("alice-ue") is Mode.SUT
    assert topology.mode("bob-ue") is Mode.SIMULATED


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("partner.gateway", "has no address in the topology: write partner.gateway=udp:HOST:PORT"),
        ("partner.gatway=udp:192.0.2.1:1", "there is no node or client 'partner.gatway'"),
        ("partner.idms", "tokens of others are not looked into"),
    ],
)
def test_why_it_cannot_be(text: str, why: str) -> None:
    _, said = with_under_test(make_topology(IDMS), [parse_under_test(text)])
    assert why in said
