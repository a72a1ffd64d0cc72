"""What every node of a run has in common."""

from typing import Any

import pytest

from mcsip.nodes.environment import CLIENT_TIMEOUT_S, PENDING_TIMEOUT_S

from .world import in_memory, make_topology, nodes, running

GATEWAY_TLS = nodes("primary", {"gateway": {"transport": "tls"}})


@pytest.mark.parametrize(
    ("changes", "transport", "expected"),
    [
        ({}, "udp", ("TCP", "UDP")),
        ({}, "tcp", ("TCP", "UDP")),
        ({}, "tls", ("TLS",)),
        (GATEWAY_TLS, "tcp", ("TCP", "TLS", "UDP")),
    ],
)
def test_every_node_has_the_transports_that_the_topology_needs(
    changes: dict[str, Any], transport: str, expected: tuple[str, ...]
) -> None:
    """RFC 3261 18: TCP beside UDP always, for what is too large (18.1.1)."""

    async def test() -> None:
        async with running(make_topology(changes, transport=transport)) as world:
            assert world.sim.env.transports() == expected
            for name in world.sim.nodes:
                assert set(world.sim.env.directory.addresses(name)) == set(expected)

    in_memory(test())


def test_who_waits_for_whom() -> None:
    """Timer F speaks before the partner's server, and that before the client."""
    assert 32 < PENDING_TIMEOUT_S < CLIENT_TIMEOUT_S


def test_notes_go_into_the_trace() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            world.sim.env.note("partner.server", "7", "clause", "text")
            note = world.trace.notes[-1]
            assert (note.node, note.step, note.text) == ("partner.server", "7", "text")

    in_memory(test())
