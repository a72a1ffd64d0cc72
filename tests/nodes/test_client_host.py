"""Many clients at one endpoint: each gets what is for it, and nothing else."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from mcsip.net.memory import MemoryNetwork
from mcsip.net.virtual import run_virtual
from mcsip.nodes.client import Client
from mcsip.nodes.client_host import make_hosts
from mcsip.nodes.simulation import Simulation
from mcsip.resources import scenarios_dir
from mcsip.sip.build import build_request
from mcsip.topology import ClientSpec, TlsSpec
from mcsip.topology.copies import numbered_copies, with_copies
from mcsip.topology.load import load_topology
from mcsip.trace import Trace

Use = Callable[[Simulation], Coroutine[Any, Any, None]]
FILE: Path = scenarios_dir() / "topologies" / "two-systems.yaml"


def simulated(use: Use, *, users: int = 3, hosts: int = 1, service: str = "mcptt") -> Trace:
    """Run a simulation whose clients share endpoints; return its trace."""

    async def main() -> Trace:
        topology = load_topology(FILE, service=service)
        topology = with_copies(topology, numbered_copies(topology, users))
        trace = Trace()
        network = MemoryNetwork(random.Random(1))
        simulation = Simulation(
            topology, network=network, seed=1, trace=trace, hosts=hosts, apart=["bob-ue"]
        )
        await simulation.start()
        try:
            await use(simulation)
            assert not simulation.env.faults
        finally:
            await simulation.stop()
        return trace

    return run_virtual(main())


async def migrate(client: Client) -> str:
    await client.authenticate("partner")
    assert await client.register("partner") == 200
    return (await client.migrate("partner", 2)).result


def test_clients_at_one_endpoint_have_contacts_of_their_own() -> None:
    async def use(simulation: Simulation) -> None:
        clients = [c for name, c in simulation.clients.items() if name != "bob-ue"]
        assert len({id(client.endpoint) for client in clients}) == 1
        assert len({client.contact("TCP") for client in clients}) == len(clients)
        assert "@" not in simulation.clients["bob-ue"].contact("TCP")
        assert not simulation.clients["bob-ue"].is_guest

    simulated(use)


def test_each_client_gets_its_own_response() -> None:
    async def use(simulation: Simulation) -> None:
        for name in ("alice-ue-1", "alice-ue-2", "alice-ue-3"):
            assert await migrate(simulation.clients[name]) == "success"

    simulated(use)


def test_short_data_arrives_at_whom_it_is_for_and_at_nobody_else() -> None:
    async def use(simulation: Simulation) -> None:
        clients = simulation.clients
        for name in ("alice-ue-1", "alice-ue-2", "bob-ue-1"):
            await clients[name].authenticate("primary")
            await clients[name].register("primary")
        outcome = await clients["bob-ue-1"].data.send(clients["alice-ue-2"].mc_id, "hello")
        assert outcome.result == "success"
        got = {name: [data.text for data in c.data.received] for name, c in clients.items()}
        assert got.pop("alice-ue-2") == ["hello"]
        assert not any(got.values())
        clients["alice-ue-2"].forget()
        assert not clients["alice-ue-2"].data.received

    simulated(use, service="mcdata")


def test_a_call_between_two_clients_at_one_endpoint() -> None:
    async def use(simulation: Simulation) -> None:
        clients = simulation.clients
        for name in ("alice-ue-1", "alice-ue-2"):
            await clients[name].authenticate("primary")
            await clients[name].register("primary")
        one, two = clients["alice-ue-1"], clients["alice-ue-2"]
        assert (await one.calls.call(two.mc_id)).result == "established"
        await asyncio.sleep(1.0)  # virtual time, in which the ACK arrives
        assert two.calls.in_call
        await two.calls.hang_up()
        assert not two.calls.in_call

    simulated(use)


@pytest.mark.parametrize("user", ["nobody", "u999", ""])
def test_a_request_for_nobody_is_answered_404(user: str) -> None:
    async def use(simulation: Simulation) -> None:
        at = simulation.clients["alice-ue"].endpoint.address("TCP")
        sender = simulation.nodes["primary.server"]
        who = f"{user}@" if user else ""
        request = build_request(
            "OPTIONS",
            f"sip:{who}{at.host}:{at.port}",
            from_="<sip:server@primary.example>;tag=a",
            to=f"<sip:{who}{at.host}>",
            call_id="x",
            cseq=1,
        )
        from mcsip.sip.stack import Target

        answer = await sender.endpoint.request(request, Target("TCP", at.host, at.port))
        assert answer.status == 404

    simulated(use)


def test_a_client_that_has_left_gets_nothing_and_the_others_go_on() -> None:
    async def use(simulation: Simulation) -> None:
        one, two = simulation.clients["alice-ue-1"], simulation.clients["alice-ue-2"]
        assert await migrate(one) == "success"
        await one.stop()
        assert not one.running
        assert two.running
        assert await migrate(two) == "success"

    simulated(use)


def test_clients_are_shared_out_evenly() -> None:
    async def use(simulation: Simulation) -> None:
        guests = [c for c in simulation.clients.values() if c.is_guest]
        counts = [sum(g.endpoint is end for g in guests) for end in {g.endpoint for g in guests}]
        assert max(counts) - min(counts) <= 1
        assert len(counts) == 3

    simulated(use, hosts=3)


def test_who_has_another_certificate_has_another_endpoint() -> None:
    """An endpoint speaks TLS with the certificate that the topology names for its clients."""
    one, two = (TlsSpec(Path(f"{name}.pem"), Path("k"), Path("ca")) for name in "ab")
    specs = [
        ClientSpec(f"c{n}", "primary", f"sip:c{n}@x", tls=(one, two, None)[n % 3]) for n in range(9)
    ]

    async def use(simulation: Simulation) -> None:
        hosts = make_hosts(specs, simulation.env, 2)
        assert [hosts[spec.name].spec.tls for spec in specs] == [spec.tls for spec in specs]
        assert len({host.name for host in hosts.values()}) == 6

    simulated(use)
