"""Who goes past a gateway."""

import pytest

from mcsip.conformance.gateways import (
    bypassed,
    crosses_systems,
    has_gateway,
    migration_crosses,
)
from mcsip.conformance.views import MessageSeen, Setting
from mcsip.hops import read_message
from mcsip.mc.messages import REQUEST
from tests.conformance.scene import Scene


def seen(sender: str, receiver: str, gateways: tuple[str, ...]) -> MessageSeen:
    trace = Scene(gateways).say(sender, receiver, REQUEST).trace
    nodes = trace.nodes
    return MessageSeen(Setting(trace), trace.entries[0], None, nodes[sender], nodes[receiver])


@pytest.mark.parametrize(
    ("sender", "receiver", "gateways", "faults"),
    [
        ("away.server", "home.server", (), None),
        ("away.server", "home.gateway", ("home",), 0),
        ("away.server", "home.server", ("home",), 1),
        ("away.server", "home.server", ("home", "away"), 2),
        ("away.gateway", "home.gateway", ("home", "away"), 0),
        ("away.server", "third.server", ("home",), None),
    ],
)
def test_each_gateway_that_was_passed_by(
    sender: str, receiver: str, gateways: tuple[str, ...], faults: int | None
) -> None:
    found = bypassed(seen(sender, receiver, gateways))
    assert (None if found is None else len(found)) == faults


def test_a_client_is_in_no_other_system() -> None:
    assert not crosses_systems(seen("ue", "away.server", ()))
    assert crosses_systems(seen("home.server", "away.server", ()))
    assert not crosses_systems(seen("home.server", "home.gateway", ("home",)))


def test_a_message_of_migration_has_an_info_body() -> None:
    without = seen("home.server", "away.server", ())
    assert not migration_crosses(without)
    request = read_message(without.entry.data)
    assert request is not None
    without.message = request
    assert migration_crosses(without)


def test_a_gateway_that_becomes_known_counts() -> None:
    trace = Scene().trace
    assert not has_gateway(trace, "home")
    trace.add_node(Scene(("home",)).trace.nodes["home.gateway"])
    assert has_gateway(trace, "home")
