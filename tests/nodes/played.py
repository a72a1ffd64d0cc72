"""A partner whose server the test plays: it asks the primary as step 3 does, and takes answers."""

import asyncio
from typing import Any

from .world import BarePeer, World, mc_message, request_info

VISITOR = "sip:visitor-x@partner.example"
SERVER = "sip:server@primary.example"
#: No gateways, and a partner whose server the test plays.
BARE: dict[str, Any] = {
    "systems": {
        "primary": {"nodes": {"gateway": None}},
        "partner": {"nodes": {"gateway": None, "core": None}},
    }
}


async def played_partner(world: World) -> BarePeer:
    """Return a peer in the place of the partner's server."""
    await world.sim.stop_node("partner.server")
    return await world.peer("partner.server", ("TCP", "UDP"))


async def asked(world: World, peer: BarePeer, call_id: str = "attempt-one", **changes: Any) -> int:
    """Send the partner's request (step 3) to the primary's server; return the status."""
    data = mc_message(
        request_info(world, partner_id=VISITOR, **changes), SERVER, call_id=call_id,
        via=f"SIP/2.0/TCP 192.0.2.9:5060;branch=z9hG4bK{call_id};rport",
    )  # fmt: skip
    peer.send(data, world.target("primary.server"))
    return (await asyncio.wait_for(peer.responses.get(), 5)).status
