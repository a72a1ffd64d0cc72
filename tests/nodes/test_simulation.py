"""Whole systems in one process: starting and stopping, several servers, services, transports, TLS."""

import asyncio
import random
import time
from pathlib import Path
from typing import Any

import pytest

from mcsip.errors import UsageError
from mcsip.mc.services import SERVICES
from mcsip.net.certificates import ThrowawayAuthority
from mcsip.net.memory import MemoryNetwork
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.simulation import Simulation
from mcsip.trace import Mode

from .world import ALICE, BOB, World, in_memory, make_topology, nodes, running

TRANSPORTS = ["udp", "tcp", "tls"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_each_service_over_each_transport(service: str, transport: str) -> None:
    async def test() -> None:
        async with running(make_topology(service=service, transport=transport)) as world:
            assert (await world.migrate()).result == "success"
            await world.settle()
            assert world.primary().partner_id == world.partner().partner_id
            (asked,) = world.requests("alice-ue", "partner.core")
            assert asked.content_type == SERVICES[service].content_type
            kinds = {e.transport for e in world.trace.entries}
            assert kinds == ({"UDP", "TCP"} if transport == "udp" else {transport.upper()})

    in_memory(test())


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_over_real_sockets(transport: str) -> None:
    """TLS with certificates made for the run, verification on."""

    async def test() -> None:
        topology = make_topology(transport=transport)
        async with running(topology, network=SocketNetwork()) as world:
            assert (await world.migrate()).result == "success"
            await world.settle()
            assert world.primary().state == "migrated"
            assert world.partner().status == "active"

    run_real(test())


def tls_changes(folder: Path, names: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return changes that give nodes their certificates by the topology's ``tls`` key."""
    systems: dict[str, Any] = {}
    for name, keys in names.items():
        system, _, short = name.partition(".")
        systems.setdefault(system, {"nodes": {}})["nodes"][short] = {
            "transport": "tls",
            "tls": keys,
        }
    return {"systems": systems}


def test_mutual_tls_between_gateways_by_topology_key() -> None:
    """The gateways ask each other for certificates; every other node speaks TCP."""
    gateways = {
        system: {"nodes": {"gateway": {"transport": "tls", "tls": {"mutual": True}}}}
        for system in ("primary", "partner")
    }

    async def test() -> None:
        topology = make_topology({"systems": gateways})
        async with running(topology, network=SocketNetwork()) as world:
            for name in ("primary.gateway", "partner.gateway"):
                assert world.sim.env.tls[name].mutual
                assert world.sim.env.tls[name].verify
            assert (await world.migrate()).result == "success"
            between = world.sent("partner.gateway", "primary.gateway")
            assert {e.transport for e in between} == {"TLS"}
            inside = world.sent("partner.server", "partner.core")
            assert {e.transport for e in inside} == {"TCP"}

    run_real(test())


def made_folder(world: World) -> str:
    """Return the folder of the certificates that were made for the run."""
    folder = world.sim._assembly._folder
    assert folder is not None
    return folder.name


async def strange_gateway(world: World) -> None:
    """Give the partner's gateway a certificate of an authority that nobody knows."""
    folder = Path(made_folder(world)) / "stranger"
    folder.mkdir()
    authority = ThrowawayAuthority(folder, time.time())
    await world.sim.stop_node("partner.gateway")
    config = authority.issue(
        "partner.gateway", domains=["partner.example"], addresses=["127.0.0.1"]
    )
    world.sim.env.tls["partner.gateway"] = config
    await world.sim.start_node("partner.gateway")


def test_a_gateway_with_a_strange_certificate_is_not_spoken_to() -> None:
    """RFC 3261 26.3.1, RFC 5922: verification is on by default."""

    async def test() -> None:
        topology = make_topology(transport="tls")
        async with running(topology, network=SocketNetwork()) as world:
            await world.admit()
            await strange_gateway(world)
            outcome = await world.alice.migrate("partner", 2)
            assert (outcome.result, outcome.reason) == ("failed", "primary-unreachable")
            assert not world.requests("partner.gateway", "primary.gateway")

    run_real(test())


def test_certificates_that_the_topology_names_are_used(tmp_path: Path) -> None:
    """The ``tls`` key of a node; a certificate names the node's domain (RFC 5922 7)."""
    from mcsip.topology.load import load_topology

    authority = ThrowawayAuthority(tmp_path, time.time())
    files: dict[str, Any] = {}
    import yaml

    from .world import BASE, merged

    for system in ("primary", "partner"):
        for short in ("core", "server", "gateway"):
            made = authority.issue(f"{system}.{short}", domains=[f"{system}.example"])
            files[f"{system}.{short}"] = {
                "certificate": str(made.certificate),
                "key": str(made.key),
                "ca": str(made.authorities),
            }
    changes = merged(tls_changes(tmp_path, files), {"transport": "tls"})
    alice = authority.issue("alice-ue", domains=["alice.example"], addresses=["127.0.0.1"])
    named = {
        "certificate": str(alice.certificate),
        "key": str(alice.key),
        "ca": str(alice.authorities),
    }
    changes["clients"] = {"alice-ue": {"tls": named}, "bob-ue": {"tls": named}}
    file = tmp_path / "t.yaml"
    file.write_text(yaml.safe_dump(merged(BASE, changes)))

    async def test() -> None:
        async with running(load_topology(file), network=SocketNetwork()) as world:
            assert world.sim._assembly._folder is None  # nothing had to be made
            assert (await world.migrate()).result == "success"

    run_real(test())


@pytest.mark.parametrize("network", ["memory", "loopback"])
@pytest.mark.parametrize("name", ["partner.gateway", "primary.server", "partner.core"])
def test_a_node_keeps_address_and_records_over_stop_and_start(
    name: str, network: str, tmp_path: Path
) -> None:
    async def test() -> None:
        net = SocketNetwork() if network == "loopback" else None
        async with running(make_topology(), network=net, data_dir=tmp_path) as world:
            assert (await world.migrate()).result == "success"
            await world.settle()
            before = dict(world.sim.env.directory.addresses(name))
            record = world.primary()
            await world.sim.stop_node(name)
            await asyncio.sleep(0.01)  # until its peers know that connections have ended
            assert not world.sim.nodes[name].running
            await world.sim.start_node(name)
            assert dict(world.sim.env.directory.addresses(name)) == before
            assert world.primary() == record
            assert (await world.migrate(3)).result == "success"
            await world.settle()
            assert world.primary().profile == 3

    (run_real if network == "loopback" else in_memory)(test())


@pytest.mark.parametrize(("user", "server"), [(ALICE, "primary.server"), (BOB, "primary.server-2")])
def test_several_servers_of_the_primary(user: str, server: str) -> None:
    """Step 5: the server that serves this user."""
    changes = {
        "systems": {
            "primary": {
                "nodes": {"server-2": {"role": "mc-server"}},
                "users": {
                    "alice": {"server": "server"},
                    "bob": {
                        "server": "server-2",
                        "profiles": {2: {"name": "abroad", "migrate_to": ["partner"]}},
                    },
                },
            }
        }
    }

    async def test() -> None:
        async with running(make_topology(changes)) as world:
            client = world.alice if user == ALICE else world.bob
            assert (await world.migrate(2, client)).result == "success"
            await world.settle()
            assert world.primary(user, server).status == "migrated"
            assert len(world.requests(server)) == 1
            other = "primary.server" if server != "primary.server" else "primary.server-2"
            assert world.requests(other) == []
            assert world.primary(user, other).status == "home"

    in_memory(test())


def test_several_servers_of_the_partner() -> None:
    """The server that serves the visitor's ID takes request and response (rendezvous hash)."""
    changes = nodes("partner", {f"server-{n}": {"role": "mc-server"} for n in range(2, 6)})

    async def test() -> None:
        async with running(make_topology(changes)) as world:
            assert (await world.migrate()).result == "success"
            await world.settle()
            servers = [name for name in world.sim.nodes if name.startswith("partner.server")]
            serving = [name for name in servers if world.partner(node=name).status == "active"]
            assert len(serving) == 1
            assert [name for name in servers if world.requests(name)] == serving

    in_memory(test())


@pytest.mark.parametrize(
    ("gateways", "hops"),
    [
        ({"primary": None}, [("partner.server", "partner.gateway"), ("partner.gateway", "primary.server")]),
        ({"partner": None}, [("partner.server", "primary.gateway"), ("primary.gateway", "primary.server")]),
        ({"primary": None, "partner": None}, [("partner.server", "primary.server")]),
    ],
    ids=["partner only", "primary only", "none"],
)  # fmt: skip
def test_gateways_on_one_side_or_none(
    gateways: dict[str, None], hops: list[tuple[str, str]]
) -> None:
    """NOTE 3 of 10.6.3.3."""
    changes = {"systems": {system: {"nodes": {"gateway": None}} for system in gateways}}

    async def test() -> None:
        async with running(make_topology(changes)) as world:
            assert (await world.migrate()).result == "success"
            await world.settle()
            assert all(len(world.requests(*hop)) == 1 for hop in hops)
            assert all(len(world.requests(b, a)) == 1 for a, b in hops)
            assert world.primary().partner_id == world.partner().partner_id

    in_memory(test())


def test_two_users_at_the_same_time() -> None:
    changes = {
        "systems": {
            "primary": {
                "users": {"bob": {"profiles": {2: {"name": "b", "migrate_to": ["partner"]}}}}
            }
        }
    }

    async def test() -> None:
        async with running(make_topology(changes)) as world:
            outcomes = await asyncio.gather(
                world.migrate(2, world.alice), world.migrate(2, world.bob)
            )
            assert [outcome.result for outcome in outcomes] == ["success", "success"]
            await world.settle()
            assert world.partner(ALICE).partner_id != world.partner(BOB).partner_id
            assert {world.primary(u).status for u in (ALICE, BOB)} == {"migrated"}

    in_memory(test())


def test_only_servers_have_records() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            for name in ("partner.core", "nobody"):
                with pytest.raises(UsageError, match="no MC service server"):
                    world.sim.record(name, ALICE)

    in_memory(test())


def test_stopping_twice_is_harmless() -> None:
    async def test() -> None:
        sim = Simulation(make_topology(), network=MemoryNetwork(random.Random(1)), seed=1)
        await sim.start()
        await sim.stop_node("partner.core")
        await sim.stop()
        await sim.stop()

    in_memory(test())


def test_stopping_leaves_nothing_behind() -> None:
    """Also in the middle of a procedure: no task, no open connection, no temporary folder."""

    async def test() -> str:
        async with running(make_topology(transport="tls"), network=SocketNetwork()) as world:
            await world.admit()
            task = asyncio.create_task(world.alice.migrate("partner", 2))
            for _ in range(5):
                await asyncio.sleep(0)
            folder = made_folder(world)
        outcome = await task
        assert (outcome.result, outcome.text) == ("failed", "alice-ue stopped")
        assert len(asyncio.all_tasks()) == 1
        return folder

    assert not Path(run_real(test())).exists()


SUT = {"mode": "sut", "address": "udp:192.0.2.1:5070"}


def test_what_is_not_ours_is_not_started() -> None:
    async def test() -> None:
        topology = make_topology(
            {
                "systems": {"partner": {"nodes": {"gateway": SUT}}},
                "clients": {"bob-ue": SUT | {"address": "udp:192.0.2.1:5071"}},
            }
        )
        async with running(topology, network=SocketNetwork()) as world:
            assert "partner.gateway" not in world.sim.nodes
            assert set(world.sim.clients) == {"alice-ue"}
            target = world.target("partner.gateway", "UDP")
            assert (target.host, target.port) == ("192.0.2.1", 5070)
            assert world.trace.nodes["partner.gateway"].mode is Mode.SUT
            assert world.trace.node_at(("192.0.2.1", 5070)) == "partner.gateway"
            assert world.sim.id_of("bob-ue") == BOB
            assert world.sim.id_of("bob-ue", "primary") == BOB
            assert world.sim.id_of("bob-ue", "partner").endswith("@partner.example")
            with pytest.raises(UsageError, match="no MC service server of ours"):
                world.sim.record("partner.gateway", ALICE)

    run_real(test())


def test_it_stays_idle_once_nothing_is_under_way() -> None:
    async def test() -> None:
        async with running(make_topology(), network=SocketNetwork()) as world:
            assert not world.sim.stays_idle(0.0), "servers look for what was left undone"
            await world.settle()
            assert world.sim.stays_idle(10.0)
            asking = asyncio.create_task(world.migrate())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert not world.sim.stays_idle(0.0)
            assert (await asking).result == "success"
            await world.settle()
            assert world.sim.stays_idle(10.0)
            await world.sim.stop_node("partner.server")
            assert world.sim.stays_idle(10.0), "who does not run is silent"

    run_real(test())


def test_nobody_can_tell_who_stays_idle_in_memory_or_where_others_take_part() -> None:
    async def test(network: SocketNetwork | None, changes: dict[str, Any]) -> None:
        async with running(make_topology(changes), network=network) as world:
            assert not world.sim.stays_idle(0.0)

    in_memory(test(None, {}))
    run_real(test(SocketNetwork(), nodes("partner", {"gateway": SUT})))


def test_in_memory_nobody_else_can_be_reached() -> None:
    async def test() -> None:
        topology = make_topology(nodes("partner", {"gateway": SUT}))
        with pytest.raises(UsageError, match=r"partner\.gateway cannot be reached"):
            Simulation(topology, network=MemoryNetwork(random.Random(1)), seed=1)

    in_memory(test())


@pytest.mark.parametrize(
    ("hosts", "clients"), [(0, "alice-ue, bob-ue"), (2, "the clients of primary")]
)
def test_others_cannot_trust_certificates_made_for_the_run(hosts: int, clients: str) -> None:
    """Who needs them is named as the topology names it, also where clients share endpoints."""

    async def test() -> None:
        sut = {"mode": "sut", "address": "tls:192.0.2.1:5071"}
        topology = make_topology(nodes("partner", {"gateway": sut}))
        sim = Simulation(topology, network=SocketNetwork(), seed=1, hosts=hosts)
        try:
            said = rf", {clients}: partner\.gateway cannot trust what is made"
            with pytest.raises(UsageError, match=said):
                await sim.start()
        finally:
            await sim.stop()

    run_real(test())
