"""Dialogs: the lasting relation of two user agents (RFC 3261 12) [read].

A dialog is made by a response to INVITE: a 101 to 199 with a To tag makes an *early* one, a 2xx a
*confirmed* one. It is a value: who sends or receives a message in it gets a new one back.

::

    uac_dialog / uas_dialog ──> early ──confirm──> confirmed ──terminate──> terminated

The two sides keep the same dialog seen from their own end: what is local here is remote there. From
and To go out as they were first written, octet for octet, with their tags (12.2.1.1).

Deliberately absent: which messages end a dialog (the session's business, RFC 3261 15: ``call``),
and dialogs of other methods than INVITE.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from mcsip.sip.address import parse_address
from mcsip.sip.build import build_request, build_response
from mcsip.sip.cseq import MAX_CSEQ
from mcsip.sip.errors import ParseError
from mcsip.sip.message import Message, Request, Response
from mcsip.sip.params import without_param
from mcsip.sip.uri import SipUri, parse_uri

#: Requests that change the remote target: re-INVITE (RFC 3261 12.2) [read], UPDATE (RFC 3311 5.1)
#: [gen].
TARGET_REFRESH = frozenset({"INVITE", "UPDATE"})
#: The first sequence number of a direction, RFC 3261 8.1.1.5: any below 2**31 [ours].
FIRST_CSEQ = 1


class DialogState(StrEnum):
    """How far a dialog has come (RFC 3261 12)."""

    EARLY = "early"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class DialogId(NamedTuple):
    """What identifies a dialog at one of its ends (RFC 3261 12).

    Attributes:
        call_id: the Call-ID.
        local_tag: our tag; None with a peer of RFC 2543 (12.1.1: "null").
        remote_tag: the other end's tag, or None.
    """

    call_id: str
    local_tag: str | None
    remote_tag: str | None


class Body(NamedTuple):
    """A message body.

    Attributes:
        content_type: the value of Content-Type.
        data: its octets.
    """

    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Dialog:
    """One dialog, seen from one end.

    Attributes:
        state: how far it has come.
        id: Call-ID and tags.
        local: our From or To value with our tag, as written.
        remote: the other end's From or To value with its tag, as written.
        remote_target: the URI of the other end's Contact.
        routes: the route set, each a name-addr as it was written in Record-Route.
        local_cseq: the number of our last request in it, or None.
        remote_cseq: the number of the other end's last request in it, or None.
        secure: whether only SIPS will do (12.1.1).
        owner: whether we made the Call-ID (14.1).
    """

    state: DialogState
    id: DialogId
    local: str
    remote: str
    remote_target: str
    routes: tuple[str, ...]
    local_cseq: int | None
    remote_cseq: int | None
    secure: bool = False
    owner: bool = False

    # --- where requests go

    @property
    def is_strict(self) -> bool:
        """Whether the first of the route set is a strict router (12.2.1.1: no ``lr``)."""
        if not self.routes:
            return False
        uri = parse_address(self.routes[0]).uri
        return isinstance(uri, SipUri) and not uri.is_loose

    @property
    def next_hop(self) -> str:
        """The URI whose address a request in the dialog is sent to (8.1.2).

        The first of the route set, loose or strict, else the remote target.
        """
        return str(parse_address(self.routes[0]).uri) if self.routes else self.remote_target

    # --- requests of ours (12.2.1.1)

    def build(
        self, method: str, *, fields: Iterable[tuple[str, str]] = (), body: Body | None = None
    ) -> "tuple[Dialog, Request]":
        """Return the dialog after, and the request to be sent (12.2.1.1).

        Args:
            method: any but ACK and CANCEL, whose numbers are those of their INVITE.
            fields: further fields; in a target refresh Contact is among them.
            body: its body.
        """
        number = FIRST_CSEQ if self.local_cseq is None else self.local_cseq + 1
        assert number < MAX_CSEQ, "8.1.1.5: a dialog has fewer requests than that"
        return replace(self, local_cseq=number), self._request(method, number, fields, body)

    def build_ack(
        self, invite_cseq: int, *, fields: Iterable[tuple[str, str]] = (), body: Body | None = None
    ) -> Request:
        """Return the ACK to a 2xx (13.2.2.4): a request of the dialog with its INVITE's number."""
        return self._request("ACK", invite_cseq, fields, body)

    def _request(
        self, method: str, number: int, fields: Iterable[tuple[str, str]], body: Body | None
    ) -> Request:
        uri, routes = self._uri_and_routes()
        return build_request(
            method,
            uri,
            from_=self.local,
            to=self.remote,
            call_id=self.id.call_id,
            cseq=number,
            fields=[*(("Route", route) for route in routes), *fields],
            content_type=None if body is None else body.content_type,
            body=b"" if body is None else body.data,
        )

    def _uri_and_routes(self) -> tuple[str, tuple[str, ...]]:
        """Return Request-URI and Route values (12.2.1.1)."""
        if not self.is_strict:
            return self.remote_target, self.routes
        first = parse_address(self.routes[0]).uri
        return request_uri(str(first)), (*self.routes[1:], f"<{self.remote_target}>")

    # --- requests of the other end (12.2.2)

    def accepts(self, request: Request) -> bool:
        """Tell whether a request is in order; if not, it is answered 500 (12.2.2).

        ACK and CANCEL have their INVITE's number and are not asked about. The number of a request
        that was received already is out of order too: every number is used once (12.2.1.1) [ours].

        Raises:
            ParseError: CSeq cannot be read.
        """
        return self.remote_cseq is None or request.cseq.number > self.remote_cseq

    def received(self, request: Request) -> "Dialog":
        """Return the dialog after a request that is in order; gaps are no fault (12.2.2)."""
        return replace(self, remote_cseq=request.cseq.number)

    def refreshed(self, message: Message) -> "Dialog":
        """Return the dialog after a target refresh request or the 2xx to ours (12.2.1.2, 12.2.2).

        Only the remote target changes, never the route set (12.2); without Contact nothing does.

        Raises:
            ParseError: Contact cannot be read.
        """
        if message.cseq.method not in TARGET_REFRESH:
            return self
        target = contact_uri(message)
        return self if target is None else replace(self, remote_target=target)

    # --- its life

    def confirm(self, response: Response) -> "Dialog":
        """Return the early dialog confirmed by a 2xx at the UAC (13.2.2.4).

        The route set is computed anew; sequence numbers are not. INVITE being a target refresh, its
        2xx also replaces the remote target (12.2.1.2).

        Raises:
            ParseError: Record-Route or Contact cannot be read.
        """
        dialog = replace(self, state=DialogState.CONFIRMED, routes=_reversed_routes(response))
        return dialog.refreshed(response)

    def accepted(self) -> "Dialog":
        """Return the early dialog confirmed by our own 2xx at the UAS (12)."""
        return replace(self, state=DialogState.CONFIRMED)

    def terminate(self) -> "Dialog":
        """Return the dialog when it is over (12.3)."""
        return replace(self, state=DialogState.TERMINATED)


# --- which dialog a message belongs to (12)


def id_at_uac(message: Message) -> DialogId:
    """Return the dialog ID of a message at the end that sends the request: From is local."""
    return DialogId(message.call_id, message.from_.tag, message.to.tag)


def id_at_uas(message: Message) -> DialogId:
    """Return the dialog ID of a message at the end that gets the request: To is local."""
    return DialogId(message.call_id, message.to.tag, message.from_.tag)


# --- how a dialog is made: 12.1


def makes_dialog(response: Response) -> bool:
    """Tell whether a response to INVITE establishes a dialog (12.1, 12.1.2).

    A 1xx must have a To tag; a 2xx of an RFC 2543 peer may have none.

    Raises:
        ParseError: To or CSeq cannot be read.
    """
    if response.cseq.method != "INVITE" or not 100 < response.status < 300:
        return False
    return response.status >= 200 or response.to.tag is not None


def uac_dialog(request: Request, response: Response, *, over_tls: bool = False) -> Dialog:
    """Return the dialog that a response to our INVITE establishes (12.1.2).

    A response without Contact, which 12.1.1 forbids, leaves us the INVITE's own target [ours].

    Args:
        request: the INVITE as we sent it.
        response: a response for which ``makes_dialog`` is true.
        over_tls: whether the INVITE was sent over TLS.

    Raises:
        ParseError: a field that is needed cannot be read.
    """
    return Dialog(
        state=DialogState.CONFIRMED if response.status >= 200 else DialogState.EARLY,
        id=id_at_uac(response)._replace(local_tag=request.from_.tag, call_id=request.call_id),
        local=_value(request, "from"),
        remote=_value(response, "to"),
        remote_target=contact_uri(response) or request.uri,
        routes=_reversed_routes(response),
        local_cseq=request.cseq.number,
        remote_cseq=None,
        secure=over_tls and request.target.scheme == "sips",
        owner=True,
    )


def uas_dialog(request: Request, response: Response, *, over_tls: bool = False) -> Dialog:
    """Return the dialog that our response to an INVITE establishes (12.1.1).

    Args:
        request: the INVITE.
        response: our response, its To with our tag.
        over_tls: whether the INVITE came over TLS.

    Raises:
        ParseError: Contact is missing, or a field that is needed cannot be read: answer 400.
    """
    target = contact_uri(request)
    if target is None:
        raise ParseError("Contact is missing")  # 8.1.1.8
    return Dialog(
        state=DialogState.CONFIRMED if response.status >= 200 else DialogState.EARLY,
        id=id_at_uas(response),
        local=_value(response, "to"),
        remote=_value(request, "from"),
        remote_target=target,
        routes=_checked_routes(request),
        local_cseq=None,
        remote_cseq=request.cseq.number,
        secure=over_tls and request.target.scheme == "sips",
    )


def build_dialog_response(
    request: Request,
    status: int,
    *,
    to_tag: str,
    contact: str,
    reason: str | None = None,
    fields: Iterable[tuple[str, str]] = (),
    body: Body | None = None,
) -> Response:
    """Return a response that establishes or refreshes a dialog (12.1.1).

    It has all of the request's Record-Route lines in their order, and a Contact.

    Args:
        request: the request, usually an INVITE.
        status: 101 to 299.
        to_tag: our tag; left out when To has one.
        contact: our Contact value.
        reason: the reason phrase; None: the usual one.
        fields: further fields.
        body: its body.
    """
    recorded = [("Record-Route", value) for value in request.values("record-route")]
    return build_response(
        request,
        status,
        reason,
        to_tag=to_tag,
        fields=[*recorded, ("Contact", contact), *fields],
        content_type=None if body is None else body.content_type,
        body=b"" if body is None else body.data,
    )


def wants_sips_at_uas(request: Request) -> bool:
    """Tell whether the Contact of our response to a request must be a SIPS URI (12.1.1).

    The Request-URI, the first Record-Route, or without one the Contact is a SIPS URI.
    """
    shown = request.record_routes or request.contacts
    return request.target.scheme == "sips" or bool(shown and shown[0].uri.scheme == "sips")


def wants_sips_at_uac(uri: str, routes: Sequence[str]) -> bool:
    """Tell whether the Contact of our request must be a SIPS URI (12.1.2).

    Args:
        uri: its Request-URI.
        routes: its Route values.
    """
    shown = [parse_uri(uri), *(parse_address(route).uri for route in routes[:1])]
    return any(item.scheme == "sips" for item in shown)


# --- pieces


def contact_uri(message: Message) -> str | None:
    """Return the URI of a message's Contact, or None when it has none.

    Raises:
        ParseError: it is malformed, or no SIP or SIPS URI (12.1.1).
    """
    contacts = message.contacts
    if not contacts:
        return None
    uri = contacts[0].uri
    if not isinstance(uri, SipUri):
        raise ParseError(f"Contact is no SIP URI: {str(uri)[:60]!r}")
    return str(uri)


def request_uri(text: str) -> str:
    """Return a URI without what a Request-URI must not have: method and header parts (19.1.1).

    Raises:
        ParseError: it is no URI.
    """
    uri = parse_uri(text)
    if not isinstance(uri, SipUri):
        return text
    return str(replace(uri, params=without_param(uri.params, "method"), headers=()))


def _checked_routes(message: Message) -> tuple[str, ...]:
    """Return the Record-Route values as written; ParseError when one of them cannot be read."""
    for address in message.record_routes:
        if not isinstance(address.uri, SipUri):
            raise ParseError(f"Record-Route is no SIP URI: {str(address.uri)[:60]!r}")
    return tuple(message.items("record-route"))


def _reversed_routes(response: Response) -> tuple[str, ...]:
    return _checked_routes(response)[::-1]


def _value(message: Message, key: str) -> str:
    value = message.first(key)
    if value is None:
        raise ParseError(f"{key.capitalize()} is missing")
    return value
