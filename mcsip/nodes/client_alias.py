"""Functional aliases at a client: activated and deactivated by PUBLISH (TS 24.379 9A [2nd])."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcsip.mc.functional_alias import EVENT, PIDF_TYPE, AliasPublication, build_publication
from mcsip.mc.request import Identities, build_mc_request
from mcsip.sip.message import Response

if TYPE_CHECKING:
    from mcsip.nodes.client import Client

#: How long an activation is asked for, in seconds [ours].
EXPIRES_S = 3600


@dataclass(frozen=True, slots=True)
class AliasOutcome:
    """How a publication ended.

    Attributes:
        result: "success", "refused" or "failed".
        status: its final status code, or None.
        reason: key of the reason, or None.
        text: the reason for people.
    """

    result: str
    status: int | None = None
    reason: str | None = None
    text: str = ""


async def publish_alias(client: "Client", alias: str, *, active: bool = True) -> AliasOutcome:
    """Activate or deactivate a functional alias in the system where the client is now.

    Args:
        client: the client.
        alias: the functional alias, a SIP URI.
        active: whether it is to be active.
    """
    system = client.env.topology.systems[client.place]
    own_id = client.id_in(system)
    psi, target, route = client.way_to_server(system, own_id)
    request = build_mc_request(
        "PUBLISH",
        client.env.service,
        build_publication(AliasPublication(own_id, client.client_id, (alias,))),
        client.env.ids,
        uri=psi,
        to=psi,
        sender=Identities(own_id, own_id, asserted=False),
        route=route,
        fields=[("Event", EVENT), ("Expires", str(EXPIRES_S if active else 0))],
        content_type=PIDF_TYPE,
    )
    answer = await client.send(request, target)
    if isinstance(answer, Response) and answer.status < 300:
        return AliasOutcome("success", answer.status)
    said = client.not_accepted(answer)
    return AliasOutcome(said.result, said.status, said.reason, said.text)
