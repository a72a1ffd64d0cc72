"""What whoever runs a system under test is told."""

import random
from typing import Any

from mcsip.net.memory import MemoryNetwork
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real, run_virtual
from mcsip.nodes.briefing import briefing
from mcsip.nodes.simulation import Simulation

from .world import make_topology

SUT = {"mode": "sut", "address": "udp:192.0.2.1:5070"}


def told(changes: dict[str, Any], seed: int = 7) -> list[str]:
    """Return the lines for a simulation on sockets."""

    async def main() -> list[str]:
        sim = Simulation(make_topology(changes), network=SocketNetwork(), seed=seed)
        await sim.start()
        try:
            return briefing(sim, seed)
        finally:
            await sim.stop()

    return run_real(main())


def test_nothing_where_all_nodes_are_ours() -> None:
    async def main() -> list[str]:
        network = MemoryNetwork(random.Random(1))
        sim = Simulation(make_topology(), network=network, seed=1)
        await sim.start()
        lines = briefing(sim, 1)
        await sim.stop()
        return lines

    assert run_virtual(main()) == []


def test_a_gateway_hears_where_its_neighbours_are() -> None:
    partner = {"nodes": {"gateway": SUT, "server": {"address": "127.0.0.1:0"}}}
    first, second = told({"systems": {"partner": partner}})
    assert first == (
        "partner.gateway is under test at udp:192.0.2.1:5070; its identity is "
        "sip:gateway@partner.example"
    )
    assert second.startswith("  its neighbours: partner.core=udp:127.0.0.1:")
    assert "primary.gateway=udp:127.0.0.1:" in second
    assert second.count("(this run only: give it an 'address')") == 3


def test_a_server_hears_whose_tokens_it_must_believe() -> None:
    lines = told({"systems": {"partner": {"nodes": {"server": {**SUT, "mode": "observed"}}}}})
    assert lines[0].startswith("partner.server is observed at udp:192.0.2.1:5070")
    assert lines[2] == (
        "  it must believe access tokens of https://idms.partner.example, signed with a key made "
        "from the seed 7 (mcsip serve --seed 7)"
    )


def test_a_server_with_an_identity_management_server_gets_its_keys_there() -> None:
    nodes = {"server": SUT, "idms": {"role": "idms"}}
    lines = told({"systems": {"partner": {"nodes": nodes}}})
    assert "; its JWKS at https://127.0.0.1:" in lines[2]
    assert lines[2].endswith("/jwks")


def test_a_client_hears_who_its_user_is() -> None:
    (line,) = told({"clients": {"alice-ue": SUT}})
    assert (
        line
        == "alice-ue is under test at udp:192.0.2.1:5070; its user is sip:alice@primary.example"
    )
