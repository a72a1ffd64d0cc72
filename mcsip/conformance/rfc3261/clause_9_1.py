"""RFC 3261 9.1, CANCEL: client behaviour."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import items, shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.mc.roles import Role
from mcsip.sip.headers import long_name


@BOOK.on_message("9.1", "one-via", "A CANCEL has one Via, that of the request it cancels", "CANCEL")
def one_via(seen: MessageSeen) -> Faults:
    """Count the Via values.

    A stateless proxy forwards a CANCEL and adds one, so SIP cores and strangers are not judged.
    """
    message = seen.message
    if message is None or seen.sender.role in (None, Role.SIP_CORE):
        return None
    vias = items(message, "via")
    if len(vias) < 2:
        return ()
    return [Fault("one Via", f"{len(vias)}: {shown(' | '.join(vias))}", field="via")]


@BOOK.on_message("9.1", "no-require", "A CANCEL has no Require and no Proxy-Require", "CANCEL")
def no_require(seen: MessageSeen) -> Faults:
    """Look for either."""
    message = seen.message
    if message is None:
        return None
    return [
        Fault(f"no {long_name(key)}", shown(value), field=key)
        for key in ("require", "proxy-require")
        if (value := message.first(key)) is not None
    ]
