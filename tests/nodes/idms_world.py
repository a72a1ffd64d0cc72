"""Two systems without interconnection, each with an identity management server, for tests."""

from collections.abc import Coroutine, Mapping
from typing import Any

from mcsip.mc.identity import canonical_id
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.identities import Identities, OAuthClient
from mcsip.topology import Topology

from .world import ALICE, World, make_topology, merged, running

GUEST = "sip:guest@partner.example"
SCOPE = "openid 3gpp:mc:ptt_service"
PRIMARY_IDMS = "https://idms.primary.example"
PARTNER_IDMS = "https://idms.partner.example"

ALONE: dict[str, Any] = {
    "systems": {
        "partner": {
            "trusted_certificates": ["primary"],
            "provisioned": [{"user": ALICE, "mc_id": GUEST, "profiles": {1: {"name": "guest"}}}],
        }
    },
    "agreements": [
        {"between": ["primary", "partner"], "migration": "both_ways", "interconnection": False}
    ],
}
WITH_IDMS: dict[str, Any] = merged(
    ALONE,
    {
        "systems": {
            "primary": {"nodes": {"idms": {"role": "idms"}}},
            "partner": {"nodes": {"idms": {"role": "idms"}}},
        }
    },
)


def alone(changes: Mapping[str, Any] | None = None, *, idms: bool = True) -> Topology:
    """Return the two systems, with changes."""
    return make_topology(merged(WITH_IDMS if idms else ALONE, changes or {}))


def on_sockets(test: Coroutine[object, object, None]) -> None:
    """Run a test in real time."""
    run_real(test)


def real_world(topology: Topology | None = None) -> Any:
    """Run the nodes of a topology on loopback sockets."""
    return running(topology or alone(), network=SocketNetwork())


def base_of(world: World, system: str = "primary") -> str:
    """Return where the endpoint of an identity management server is."""
    address = world.sim.env.directory.addresses(f"{system}.idms")["TLS"]
    return f"https://{address.host}:{address.port}"


def authorities_of(world: World, system: str = "primary") -> str:
    """Return the file of the authorities that the server's certificate is trusted by."""
    return str(world.sim.env.tls[f"{system}.idms"].authorities)


def client_of(identities: Identities, topology: Topology, name: str = "alice-ue") -> OAuthClient:
    """Return how a client is registered."""
    return identities.oauth_client(topology.clients[name])


def password_of(identities: Identities, user: str = ALICE) -> str:
    """Return a user's password."""
    return identities.password(canonical_id(user))
