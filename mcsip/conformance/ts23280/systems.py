"""Which MC system a message must go to, and which ID a system issues."""

from mcsip.conformance.rule import Fault
from mcsip.conformance.views import MessageSeen
from mcsip.errors import PeerError
from mcsip.mc.identity import domain_of
from mcsip.mc.info import Info


def domain(mc_id: str | None) -> str | None:
    """Return the domain of an MC service ID, or None: there is none, or it cannot be read."""
    if mc_id is None:
        return None
    try:
        return domain_of(mc_id)
    except PeerError:
        return None


def partner_domain(info: Info) -> str | None:
    """Return the domain of the partner system that a body names, or None."""
    named = info.partner_system
    return domain(info.partner_id) or (named.lower() if named else None)


def wrong_system(
    seen: MessageSeen, wanted: str | None, shown: str | None, *messages: str
) -> list[Fault] | None:
    """Return a fault when a message between systems goes to another one than it is for.

    Args:
        seen: the message.
        wanted: the domain of the system that it is for.
        shown: what says so in the body.
        messages: the names of the messages that are looked at.
    """
    if seen.info is None or seen.info.message not in messages:
        return None
    there = seen.receiver.domain.lower()
    if not there or wanted is None:
        return None
    if there == wanted:
        return []
    return [
        Fault(
            f"it goes to {wanted}",
            f"it goes to {there}, at {seen.receiver.name}",
            text=(shown or "").encode(),
        )
    ]
