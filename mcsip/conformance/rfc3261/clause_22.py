"""RFC 3261 22, usage of HTTP authentication: challenges (RFC 2617 3.2.1, RFC 7616 3.3) [gen]."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.clause_8_2 import lacks
from mcsip.conformance.rfc3261.reading import shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.mc.source import Grade

_SCHEMES = ("www-authenticate", "proxy-authenticate", "authorization", "proxy-authorization")


@BOOK.on_message("22", "no-basic", "Nobody uses the Basic scheme", fields=_SCHEMES)
def no_basic(seen: MessageSeen) -> Faults:
    """Look at challenges and credentials; what they hold is not repeated."""
    message = seen.message
    if message is None:
        return None
    faults = []
    judged = False
    for key in _SCHEMES:
        value = message.first(key)
        if value is None:
            continue
        judged = True
        scheme = value.partition(" ")[0]
        if scheme.lower() == "basic":
            text = scheme.encode("utf-8", "surrogateescape")
            faults.append(Fault("Digest", shown(scheme), field=key, text=text))
    return faults if judged else None


@BOOK.on_message(
    "22.1", "www-authenticate", "A 401 has a challenge", "response", grade=Grade.GENERAL
)
def unauthorized(seen: MessageSeen) -> Faults:
    """Look for WWW-Authenticate; a proxy may have added challenges of its own (16.7 item 7)."""
    return lacks(seen, 401, "www-authenticate")


@BOOK.on_message(
    "22.3", "proxy-authenticate", "A 407 has a challenge", "response", grade=Grade.GENERAL
)
def proxy_unauthorized(seen: MessageSeen) -> Faults:
    """Look for Proxy-Authenticate."""
    return lacks(seen, 407, "proxy-authenticate")
