"""No octet between the two gateways shows an inner host, port or identity of the other system.

What is looked for is what the rules of ``mcsip.conformance.hiding`` look for. Real gateways run
here, over every transport, with addresses of their own and on one address; with hiding switched off
the same rules find what is then shown.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest

from mcsip.conformance.catalogue import RULES
from mcsip.conformance.check import check_trace
from mcsip.conformance.result import RuleResult
from mcsip.conformance.rule import selected
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real, run_virtual
from mcsip.nodes.mc_gateway import McGateway
from mcsip.sip.message import Request
from mcsip.topology import Topology
from mcsip.trace import TraceEntry
from tests.nodes.world import World, make_topology, merged, message_of, running

GATEWAYS = {"partner.gateway", "primary.gateway"}
OUTER_DOMAINS = ("partner.example", "primary.example")


def crossing(world: World) -> list[TraceEntry]:
    """Return what went between the two gateways, either way, requests and responses."""
    return [
        entry
        for entry in world.trace.entries
        if entry.node in GATEWAYS and world.trace.node_at(entry.remote, entry.transport) in GATEWAYS
    ]


def judged(world: World) -> dict[str, RuleResult]:
    """Return what the rules of topology hiding say of a run, by their names."""
    rules = selected(RULES, ["hiding"])
    result = check_trace(world.trace, rules=rules)
    return {each.rule.id.rpartition("/")[2]: each for each in result.rules}


def leaks(results: dict[str, RuleResult]) -> list[str]:
    """Return every finding, as people see it."""
    return [
        f"{name}: {found.node} shows {found.actual}"
        for name, result in results.items()
        for found in result.findings
    ]


def place(kind: str) -> dict[str, Any]:
    """Return the changes of a topology that give every node its address."""
    if kind != "apart":
        return {}
    names = ("core", "server", "gateway")
    return {
        "systems": {
            system: {
                "nodes": {
                    name: {"address": f"127.0.1.{tens}{number}:0"}
                    for number, name in enumerate(names, 1)
                }
            }
            for tens, system in enumerate(("primary", "partner"), 1)
        },
        "clients": {"alice-ue": {"address": "127.0.1.31:0"}, "bob-ue": {"address": "127.0.1.32:0"}},
    }


NO_AGREEMENT: dict[str, Any] = {"agreements": []}
CASES: dict[str, tuple[dict[str, Any], int, tuple[str, str | None]]] = {
    "success": ({}, 2, ("success", None)),
    "refused by the primary": ({}, 1, ("refused", "profile-not-permitted")),
    "refused by a gateway": (NO_AGREEMENT, 2, ("refused", "no-agreement")),
    "primary server down": ({}, 2, ("failed", "primary-unreachable")),
}


async def flow(topology: Topology, case: str, kind: str) -> tuple[dict[str, RuleResult], list[str]]:
    """Run a case; return what the rules say, and the start lines of what crossed."""
    _, profile, expected = CASES[case]
    network = None if kind == "memory" else SocketNetwork()
    async with running(topology, network=network) as world:
        if case == "primary server down":
            await world.sim.stop_node("primary.server")
        outcome = await world.migrate(profile)
        if topology.transport == "UDP" and case == "primary server down":
            expected = ("failed", "primary-timeout")  # datagrams to nobody just vanish
        assert (outcome.result, outcome.reason) == expected, outcome
        if case != "primary server down":
            await world.settle()
        lines = [entry.data.splitlines()[0].decode() for entry in crossing(world)]
        return judged(world), lines


def run(kind: str) -> Callable[..., Any]:
    return run_virtual if kind == "memory" else run_real


KINDS = [
    ("memory", "udp"),
    ("memory", "tcp"),
    ("apart", "udp"),
    ("apart", "tcp"),
    ("apart", "tls"),
    ("together", "udp"),
    ("together", "tcp"),
]
#: The rules that look at every request of a server to another system.
EVERYWHERE = {"host-names", "identities", "addresses", "gateways-only", "own"}

#: Timer F in real time takes 32 s: only in memory.
RUNS = [
    pytest.param(kind, transport, case, id=f"{kind}-{transport}-{case}")
    for kind, transport in KINDS
    for case in CASES
    if case != "primary server down" or transport != "udp" or kind == "memory"
]


@pytest.mark.parametrize(("kind", "transport", "case"), RUNS)
def test_nothing_inner_is_seen_between_the_gateways(kind: str, transport: str, case: str) -> None:
    topology = make_topology(merged(CASES[case][0], place(kind)), transport=transport)
    results, lines = run(kind)(flow(topology, case, kind))
    assert leaks(results) == []
    if case == "refused by a gateway":
        assert lines == []  # the partner's own gateway refused
    else:
        assert any(line.startswith("MESSAGE") for line in lines)
        assert any(line.startswith("SIP/2.0") for line in lines)
        looked_at = {name for name, result in results.items() if result.looked_at}
        assert looked_at >= EVERYWHERE, "nothing was looked for"


@pytest.mark.parametrize(("kind", "transport"), KINDS, ids=["-".join(k) for k in KINDS])
def test_the_search_finds_what_is_not_hidden(
    kind: str, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With hiding switched off the same search finds every kind of secret that there is."""
    monkeypatch.setattr(McGateway, "make_hiding", lambda _: None)
    topology = make_topology(place(kind), transport=transport)
    results, _ = run(kind)(flow(topology, "success", kind))
    broken = {name for name, result in results.items() if result.broken}
    assert broken == EVERYWHERE - {"host-names"}, leaks(results)  # no field has a host name


def test_the_body_names_only_what_the_standard_puts_there() -> None:
    """MC service IDs of both systems stand in the body: nothing else of either system does."""

    async def bodies() -> set[bytes]:
        async with running(make_topology()) as world:
            await world.migrate()
            return {
                m.body
                for m in map(message_of, crossing(world))
                if isinstance(m, Request) and m.method == "MESSAGE"
            }

    found = run_virtual(bodies())
    assert len(found) == 2
    for body in found:
        assert b"access-token" not in body  # it ends at the partner's server (step 3)
        names = re.findall(rb"[\w.-]+@[\w.-]+", body)
        assert all(name.endswith(tuple(d.encode() for d in OUTER_DOMAINS)) for name in names)
        assert not re.search(rb"\d+\.\d+\.\d+\.\d+|:\d{4,5}\b", body)
