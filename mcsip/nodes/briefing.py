"""What whoever runs a system under test must know, once the nodes round it are there.

Its neighbours' addresses may be fresh ones, and an MC service server must be able to check the
access tokens of its system, which the identity management of this run issues (TS 33.180 5.1.4).
"""

from mcsip.mc.certificates import issuer_of
from mcsip.mc.roles import Role
from mcsip.nodes.neighbours import neighbours
from mcsip.nodes.simulation import Simulation
from mcsip.sip.host import host_port_text
from mcsip.topology import System
from mcsip.topology.address import show_address
from mcsip.trace import Mode

_SAID = {Mode.SUT: "under test", Mode.OBSERVED: "observed"}


def briefing(simulation: Simulation, seed: int) -> list[str]:
    """Return what to know of the nodes that are not ours, one line each; none where all are ours.

    Args:
        simulation: the running nodes.
        seed: what the keys of the run are made from.
    """
    lines: list[str] = []
    for name in simulation.topology.foreign:
        lines += _party(simulation, name, seed)
    return lines


def _party(simulation: Simulation, name: str, seed: int) -> list[str]:
    topology, directory = simulation.topology, simulation.env.directory
    node = topology.nodes.get(name)
    target = directory.target(name)
    mode = _SAID[topology.mode(name)]
    line = f"{name} is {mode} at {show_address(*target[:3])}"
    if node is None:
        return [f"{line}; its user is {topology.clients[name].mc_id}"]
    lines = [f"{line}; its identity is {directory.psi(name)}"]
    known = [_place(simulation, other) for other in neighbours(topology, node)]
    lines.append(f"  its neighbours: {', '.join(known) or 'none'}")
    if node.role is Role.MC_SERVER:
        system = topology.systems[node.system]
        keys = _keys(simulation, system, seed)
        issuer = issuer_of(system.domain)
        lines.append(f"  it must believe access tokens of {issuer}, {keys}")
    return lines


def _place(simulation: Simulation, name: str) -> str:
    """Return where a neighbour is; a port that is new in every run is marked."""
    node = simulation.topology.nodes[name]
    addresses = simulation.env.directory.addresses(name)
    if not addresses:
        return f"{name} (no address)"
    fresh = "" if node.port else " (this run only: give it an 'address')"
    places = (show_address(via, *at) for via, at in sorted(addresses.items(), reverse=True))
    return f"{name}={','.join(places)}{fresh}"


def _keys(simulation: Simulation, system: System, seed: int) -> str:
    """Return how a server of a system gets the keys that its tokens are checked with."""
    ways: list[str] = []
    if system.signing is not None:
        ways.append("signed with the topology's 'signing' key")
    else:
        ways.append(f"signed with a key made from the seed {seed} (mcsip serve --seed {seed})")
    if system.idms is not None and (at := simulation.env.directory.addresses(system.idms.name)):
        host, port = at["TLS"]
        ways.append(f"its JWKS at https://{host_port_text(host, port)}/jwks")
    return "; ".join(ways)
