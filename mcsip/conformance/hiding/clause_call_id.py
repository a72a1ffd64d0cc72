"""Topology hiding: the Call-ID, which the inner node made."""

from mcsip.conformance.hiding.book import BOOK
from mcsip.conformance.hiding.inside import is_inner
from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.views import Passage
from mcsip.errors import PeerError
from mcsip.mc.roles import Role
from mcsip.mc.source import Grade


@BOOK.on_passage(
    "call-id",
    "own",
    "An MC gateway server gives a request that leaves the system another Call-ID than the inner "
    "node gave it",
    level=Level.SHOULD,
    grade=Grade.OURS,
)
def own(seen: Passage) -> Faults:
    """Compare the Call-ID outside with the one inside.

    Within a dialog nothing is said: a dialog that came from outside keeps its Call-ID.
    """
    if seen.node.role is not Role.MC_GATEWAY:
        return None
    if not is_inner(seen.incoming.sender, seen.node.system):
        return None
    came = seen.incoming.request
    try:
        if came.to.tag is not None:
            return None
    except PeerError:
        return None
    crossing = [each for each in seen.outgoing if each.receiver.system != seen.node.system]
    if not crossing:
        return None
    inner = came.first("call-id")
    return [
        Fault(
            "a Call-ID that is not known within the system",
            f"the Call-ID that {seen.incoming.sender.name} gave it",
            number=each.hop.number,
            field="call-id",
        )
        for each in crossing
        if each.request.first("call-id") == inner
    ]
