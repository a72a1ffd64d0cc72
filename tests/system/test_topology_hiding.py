"""No octet between the two gateways shows an inner host, port or identity of the other system.

The list of what is hidden is that of ``mcsip.sip.proxy.hiding``: Via, Record-Route, Contact,
Call-ID, Warning agent, public service identities, asserted identities [gen].
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mcsip.mc.roles import Role
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real, run_virtual
from mcsip.nodes.mc_gateway import McGateway
from mcsip.sip.message import Request
from mcsip.topology import Topology
from mcsip.trace import TraceEntry
from tests.nodes.world import World, make_topology, merged, message_of, running

GATEWAYS = {"partner.gateway", "primary.gateway"}
OUTER_DOMAINS = ("partner.example", "primary.example")

#: What the trace of a run holds that must not be seen between the gateways, by kind.
Secrets = dict[str, set[bytes]]


def crossing(world: World) -> list[TraceEntry]:
    """Return what went between the two gateways, either way, requests and responses."""
    return [
        entry
        for entry in world.trace.entries
        if entry.node in GATEWAYS and world.trace.node_at(entry.remote, entry.transport) in GATEWAYS
    ]


def secrets_of(world: World) -> Secrets:
    """Return everything inner of both systems: from the topology, and from what was on the wire."""
    trace, directory = world.trace, world.sim.env.directory
    inner = [n for n in world.sim.nodes.values() if n.role is not Role.MC_GATEWAY]
    found: Secrets = {
        "fqdn": {directory.host_name(node.name).encode() for node in inner},
        "psi": {directory.psi(node.name).partition(":")[2].encode() for node in inner},
        "host": set(),
        "port": set(),
        "call-id": set(),
        "sent-by": set(),
        "branch": set(),
    }
    outer = [entry.local for entry in trace.entries if entry.node in GATEWAYS]
    outer += [a for n in GATEWAYS for a in directory.addresses(n).values()]
    shown_hosts = {peer.host for peer in outer}
    shown_ports = {peer.port for peer in outer}
    across = {id(entry) for entry in crossing(world)}
    for entry in trace.entries:
        if entry.node not in GATEWAYS:
            found["host"].add(entry.local.host.encode())
            found["port"].add(str(entry.local.port).encode())
        if id(entry) in across:
            continue
        message = message_of(entry)
        found["call-id"].add(message.call_id.encode())
        for via in message.vias:
            found["sent-by"].add(f"{via.host}:{via.port}".encode())
            found["branch"].add((via.branch or "").encode())
    found["host"] -= {host.encode() for host in shown_hosts}
    found["port"] -= {str(port).encode() for port in shown_ports}
    # What the gateways themselves say of themselves is no secret.
    found["sent-by"] -= {f"{peer.host}:{peer.port}".encode() for peer in outer}
    found["branch"] -= {
        (via.branch or "").encode()
        for entry in crossing(world)
        for via in message_of(entry).vias[:1]
    }
    shown_ids = {message_of(entry).call_id.encode() for entry in crossing(world)}
    hidden = {
        m.call_id.encode()
        for node in ("primary.server", "partner.server", "alice-ue")
        for m in world.requests(node)
    }
    # The inner side of the far gateway goes on with the Call-ID that the near one showed.
    found["call-id"] = (found["call-id"] - shown_ids) | hidden
    return found


def leaks(world: World) -> Iterator[str]:
    """Return every secret that stands in something that crossed."""
    secrets = secrets_of(world)
    for entry in crossing(world):
        for kind, texts in secrets.items():
            for text in texts:
                # A port is a number of its own; everything else counts wherever it stands.
                pattern = rb"(?<!\d)%s(?!\d)" if kind in {"port", "host"} else rb"%s"
                if re.search(pattern % re.escape(text), entry.data, re.IGNORECASE):
                    yield f"{kind} {text.decode()} in {entry.data.splitlines()[0].decode()}"


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


async def flow(topology: Topology, case: str, kind: str) -> tuple[list[str], Secrets, list[str]]:
    """Run a case; return leaks, secrets, and the start lines of what crossed."""
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
        return list(leaks(world)), secrets_of(world), lines


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
    found, secrets, lines = run(kind)(flow(topology, case, kind))
    assert found == []
    assert all(secrets[k] for k in ("fqdn", "psi", "call-id", "branch")), "nothing was looked for"
    assert secrets["host"] or kind == "together"
    assert secrets["port"] or kind == "memory"
    if case == "refused by a gateway":
        assert lines == []  # the partner's own gateway refused
    else:
        assert any(line.startswith("MESSAGE") for line in lines)
        assert any(line.startswith("SIP/2.0") for line in lines)


@pytest.mark.parametrize(("kind", "transport"), KINDS, ids=["-".join(k) for k in KINDS])
def test_the_search_finds_what_is_not_hidden(
    kind: str, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With hiding switched off the same search finds every kind of secret that there is."""
    monkeypatch.setattr(McGateway, "make_hiding", lambda _: None)
    topology = make_topology(place(kind), transport=transport)
    found, secrets, _ = run(kind)(flow(topology, "success", kind))
    kinds = {leak.partition(" ")[0] for leak in found}
    assert {"psi", "branch", "sent-by"} <= kinds
    assert "host" in kinds or not secrets["host"]
    assert "port" in kinds or not secrets["port"]


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
