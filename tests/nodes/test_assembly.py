"""Making nodes that fit together, in one process or in several."""

import random
from pathlib import Path

import pytest

from mcsip.net.memory import MemoryNetwork
from mcsip.net.virtual import run_virtual
from mcsip.nodes.assembly import Assembly
from mcsip.nodes.mc_gateway import McGateway
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.simulation import Simulation
from mcsip.topology import Topology

from .world import make_topology


def assembly_of(topology: Topology, data_dir: Path | None = None) -> Assembly:
    simulation = Simulation(topology, network=MemoryNetwork(random.Random(1)), seed=1)
    return Assembly(simulation.env, "secret", data_dir)


def test_every_node_and_client_can_be_made() -> None:
    async def main() -> None:
        topology = make_topology()
        assembly = assembly_of(topology)
        for name, spec in topology.nodes.items():
            node = assembly.node(name)
            assert (node.name, node.role) == (name, spec.role)
        assert assembly.client("alice-ue").name == "alice-ue"

    run_virtual(main())


def test_databases_are_named_by_their_node(tmp_path: Path) -> None:
    async def main() -> None:
        server = assembly_of(make_topology(), tmp_path).node("partner.server")
        assert isinstance(server, McServer)
        server.store.next_due()
        server.close_store()

    run_virtual(main())
    assert (tmp_path / "partner.server.sqlite").exists()


def exists(path: Path) -> bool:
    return path.exists()


@pytest.mark.parametrize("same", [True, False])
def test_keys_agree_when_the_secret_does(same: bool) -> None:
    async def main() -> None:
        topology = make_topology()
        env = Simulation(topology, network=MemoryNetwork(random.Random(1)), seed=1).env
        one = Assembly(env, "secret", None).node("partner.gateway")
        other = Assembly(env, "secret" if same else "another", None).node("partner.gateway")
        assert isinstance(one, McGateway)
        assert isinstance(other, McGateway)
        assert (one._secret == other._secret) is same

    run_virtual(main())


def test_who_speaks_tls_and_has_no_certificate_gets_one_for_the_run() -> None:
    async def main() -> None:
        topology = make_topology(transport="tls")
        assembly = assembly_of(topology)
        wanting = assembly.take_certificates(topology.nodes.values())
        assert len(wanting) == len(topology.nodes)
        assembly.issue_certificates(wanting)
        config = assembly.env.tls["partner.server"]
        assert config.certificate is not None
        made.append(Path(config.certificate))
        assert exists(made[0])
        assembly.close()
        assembly.close()

    made: list[Path] = []
    run_virtual(main())
    assert not exists(made[0])
