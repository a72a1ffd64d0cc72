"""What a client of another make needs to log in: an access token of each system, and its ID there.

A run issues tokens with keys that it makes from its seed, where the topology names none; whoever
knows the seed can make the same keys. That is meant for tests, as the seed is. Where a system has
an identity management node the client asks that instead (docs/identity-management.md).
"""

from dataclasses import dataclass, field

from mcsip.errors import UsageError
from mcsip.net.ids import SystemIds
from mcsip.nodes.identities import Identities, TokenKind, client_urn
from mcsip.topology import Topology


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client has for one MC system.

    Attributes:
        mc_id: its MC service ID there.
        token: its access token for the MC service servers there (TS 33.180 B.8).
    """

    mc_id: str
    token: str = field(repr=False)


def issue_credentials(
    topology: Topology, client: str, system: str, *, seed: int, wall: float, mc_id: str | None
) -> Credentials:
    """Return credentials of a client for a system.

    Args:
        topology: the topology.
        client: the client's name.
        system: the system's name.
        seed: of the run or servers that the client is for.
        wall: now, in seconds since the epoch.
        mc_id: the MC service ID that the system issues to a visitor; None: one of its list in the
            topology, or one made up.

    Raises:
        UsageError: there is no such client or system.
    """
    from mcsip.document import hint_for

    spec, issuer = topology.clients.get(client), topology.systems.get(system)
    if spec is None:
        hint = hint_for(client, topology.clients, "clients")
        raise UsageError(f"there is no client {client!r} in {topology.file}; {hint}")
    if issuer is None:
        hint = hint_for(system, topology.systems, "systems")
        raise UsageError(f"there is no system {system!r} in {topology.file}; {hint}")
    identities = Identities(topology, str(seed), SystemIds())
    at_home = spec.system == system
    own_id = spec.mc_id if at_home else mc_id or identities.visitor_id(issuer, spec.mc_id)
    token = identities.token(
        issuer,
        own_id,
        topology.service,
        client_urn(spec),
        audience=issuer.domain,
        kind=TokenKind.VALID,
        wall=wall,
    )
    assert token is not None, "a valid one was asked for"
    return Credentials(own_id, token)
