"""What goes into a call and what comes out of it, as data.

In: an ``Invitation`` of the caller, a ``Reply`` of the callee. Out: events, which the user agent
gathers until its user takes them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from mcsip.sip.build import MAX_FORWARDS
from mcsip.sip.dialog import Body
from mcsip.sip.locate import Locator
from mcsip.sip.message import Message, Request, Response
from mcsip.sip.stack import Target
from mcsip.sip.timers import Timers
from mcsip.sip.uas import Capabilities
from mcsip.sip.uri import SipUri

if TYPE_CHECKING:
    from mcsip.sip.call import Call

#: What a user agent for calls can do unless told otherwise (RFC 3261 13.1).
CALL_METHODS = frozenset({"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"})

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a caller wants.

    Attributes:
        uri: whom to call: the Request-URI.
        from_: the From value, without tag.
        to: the To value; None: the Request-URI.
        routes: Route values of the INVITE, such as an outbound proxy (RFC 3261 8.1.2).
        target: where the INVITE goes; None: where its first Route or its Request-URI points to.
        fields: further fields.
        body: its body; without an offer the 2xx has to bring it (13.2.1).
        expires_s: how long the invitation is good, in seconds, or None for as long as it rings.
        follow: whether redirections are followed without asking (8.1.3.4).
        max_forwards: how many hops the INVITE may make (8.1.1.6).
    """

    uri: str
    from_: str
    to: str | None = None
    routes: tuple[str, ...] = ()
    target: Target | None = None
    fields: Fields = ()
    body: Body | None = None
    expires_s: float | None = None
    follow: bool = True
    max_forwards: int = MAX_FORWARDS


@dataclass(frozen=True, slots=True)
class Reply:
    """What a callee answers.

    Attributes:
        status: the status code.
        reason: the reason phrase; None: the usual one.
        fields: further fields; of a redirection the Contact.
        body: its body.
    """

    status: int
    reason: str | None = None
    fields: Fields = ()
    body: Body | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A final response that is no 2xx, or what counts as one.

    Attributes:
        status: its status; 408 for a timeout and 503 for a transport error (RFC 3261 8.1.3.1).
        response: the response, or None when there was none.
    """

    status: int
    response: Response | None = None


@dataclass(frozen=True, slots=True)
class UaSettings:
    """What a user agent is.

    Attributes:
        contact: the URI of its Contact.
        capabilities: what it can do.
        locate: where a URI is reached; None: it is not.
        timers: T1 and T2 of the 2xx that it repeats (RFC 3261 13.3.1.4).
        max_calls: how many calls at a time; further ones are answered 486 [ours].
    """

    contact: str
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(CALL_METHODS, frozenset({"application/sdp"}))
    )
    locate: Callable[[SipUri], Target | None] = field(default_factory=Locator)
    timers: Timers = field(default_factory=Timers)
    max_calls: int = 10_000

    @property
    def fields(self) -> Fields:
        """Allow, and Supported where there is something (13.2.1, 13.3.1.4)."""
        made = [("Allow", ", ".join(sorted(self.capabilities.methods)))]
        if self.capabilities.extensions:
            made.append(("Supported", ", ".join(sorted(self.capabilities.extensions))))
        return tuple(made)


class Why(StrEnum):
    """Why a call ended: what came first counts."""

    HUNG_UP = "we hung up"
    PEER_HUNG_UP = "the other party hung up"
    REFUSED = "the other party refused"
    WE_REFUSED = "we refused"
    CANCELLED = "the caller gave up"
    EXPIRED = "the invitation expired"
    UNREACHED = "no answer, or nobody could be reached"
    NO_ACK = "no ACK came"
    LOST = "the other party lost the dialog"


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something that the user of a call learns.

    Attributes:
        call: which one.
    """

    call: "Call"


@dataclass(frozen=True, slots=True)
class Invited(CallEvent):
    """Somebody calls: ring, accept or refuse."""

    request: Request


@dataclass(frozen=True, slots=True)
class Ringing(CallEvent):
    """A provisional response other than 100 came."""

    response: Response


@dataclass(frozen=True, slots=True)
class Redirected(CallEvent):
    """The callee is elsewhere: ``targets`` are the URIs that have not been tried, best first."""

    response: Response
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offered(CallEvent):
    """The 2xx carries the offer: answer it."""

    response: Response


@dataclass(frozen=True, slots=True)
class Established(CallEvent):
    """The session stands: the caller has the 2xx, the callee the ACK (None: it never came)."""

    message: Message | None


@dataclass(frozen=True, slots=True)
class Reoffered(CallEvent):
    """A re-INVITE came: accept or refuse it."""

    request: Request


@dataclass(frozen=True, slots=True)
class Modified(CallEvent):
    """A re-INVITE succeeded: the 2xx to ours, the ACK to theirs (None: it never came)."""

    message: Message | None


@dataclass(frozen=True, slots=True)
class Unchanged(CallEvent):
    """A re-INVITE failed; the session is as it was (RFC 3261 14.1)."""

    status: int


@dataclass(frozen=True, slots=True)
class Ended(CallEvent):
    """The call is over.

    Attributes:
        why: what began its end.
        status: the final status of its INVITE when that was no 2xx, or None.
        message: that response, or the BYE; None when there was none.
    """

    why: Why
    status: int | None
    message: Message | None


def carries_offer(message: Message) -> bool:
    """Tell whether a message has a session description (RFC 3261 13.2.1, disposition "session").

    In a multipart body its name is looked for among the parts' fields [ours].
    """
    kind = message.content_type or ""
    if kind == "application/sdp":
        return bool(message.body)
    return kind.startswith("multipart/") and b"application/sdp" in message.body.lower()
