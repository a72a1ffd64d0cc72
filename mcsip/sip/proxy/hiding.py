"""Topology hiding: what leaves a system through its gateway names nothing of its inside.

A policy on top of the proxy of RFC 3261 16, for the gateway servers of TS 24.379 5.5; what is
hidden is our own choice [ours], after the list that the field agrees on [gen]:

=====================  ==========================================================================
Via                    those below ours are taken off and put back on the response
Route                  inner ones are removed
Record-Route, Path,    the inner ones become ONE of ours, with a token that holds them
Service-Route
Contact                ours, with a token that holds the inner URI
Call-ID                a token
From, To               an inner identity becomes the gateway's; a token where there is a dialog
other identities       likewise, for good (``cover``)
Warning                the agent is the gateway
Server, User-Agent     removed, or the gateway's
every other field      removed when it still holds an inner name, address or port; counted
=====================  ==========================================================================

Nothing is remembered between messages, except the request of an open transaction: tokens are
deterministic and reversible (``codec``). Which system made the Call-ID of a dialog stands in our
own Record-Route towards the inner system: with the user ``FOREIGN`` it came from outside and is
kept.

The body is not touched: what an inner node writes there is its own to hide. Since no Via of ours
passes another gateway that hides, loops between systems end by Max-Forwards, not by RFC 3261 16.3
item 4. Call-IDs in Replaces, Join and Target-Dialog are not mapped.
"""

from mcsip.sip.field import Field, make_field
from mcsip.sip.headers import long_name, split_list
from mcsip.sip.message import Request, Response
from mcsip.sip.proxy.restore import (
    RESTORED,
    restored_head,
    route_position,
    tagged,
)
from mcsip.sip.proxy.tokens import FieldHiding, Held
from mcsip.sip.status import reason_phrase
from mcsip.sip.uri import SipUri

#: User part of our Record-Route towards the inner system in dialogs that came from outside.
FOREIGN = "foreign"

# Requests that make no dialog and have no Contact (RFC 3428 4, RFC 3903, RFC 3261 10 and 11).
_LONE_METHODS = frozenset({"MESSAGE", "PUBLISH", "OPTIONS", "REGISTER"})
# Numbers, and what a message cannot be without: never swept.
_KEPT = frozenset({"content-length", "content-type", "cseq", "expires", "max-forwards"})
_PARTIES = frozenset({"from", "to"})
_CONTACTS = frozenset({"contact", "refer-to"})
_LISTS = frozenset({"path", "record-route"})
_REWRITTEN = _PARTIES | _CONTACTS | _LISTS | {"call-id", "service-route", "via"}


def is_lone(request: Request) -> bool:
    """Tell whether a request neither makes a dialog nor stands in one."""
    return request.method in _LONE_METHODS and tagged(request.first("to") or "") is None


class TopologyHiding(FieldHiding):
    """Hides one inner system.

    Args:
        names: what must not be seen.
        face: what is shown.
        codec: makes the tokens.
    """

    __slots__ = ()

    @property
    def removed(self) -> dict[str, int]:
        """How many fields of each name were removed because they named inner things."""
        return dict(self._cover.removed)

    # --- requests

    def outgoing_fields(
        self, forwarded: list[Field], arrived: Request, *, record: bool
    ) -> list[Field]:
        """Return the fields of a request as another system may see them.

        Args:
            forwarded: those that are about to be forwarded, without a Record-Route of ours.
            arrived: the request as it was received.
            record: whether we stay in the path of the dialog.

        Raises:
            ParseError: a Route of a dialog is malformed.
        """
        lone = is_lone(arrived)
        foreign = not lone and self._is_foreign(arrived)
        cover = self._cover.field
        shown = self._cover.shown.get
        fields: list[Field] = []
        put = fields.append
        lists = {"record-route"} if record else set()
        for field in forwarded:
            key = field[0]
            if key in _KEPT:
                put(field)
            elif key not in _REWRITTEN:
                seen = shown(field[2]) or cover(field)
                if seen is not None:
                    put(seen)
            elif key in _PARTIES:
                put(self._party(field, lone=lone))
            elif key == "call-id":
                put(field if foreign else self._call_id(field))
            elif key in _CONTACTS:
                put(self._contact(field, always=not lone and key == "contact"))
            elif key != "via":
                lists.add(key)
        for key in sorted(lists):
            items = arrived.items(key)
            inner = self._last_inner(items)
            fields.insert(0, self._routes(key, items[:inner], items[inner:]))
        return fields

    def incoming_fields(self, forwarded: list[Field], arrived: Request) -> list[Field]:
        """Return the fields of another system's request as the inner one knows what they name.

        Args:
            forwarded: those that are about to be forwarded.
            arrived: the request as it was received.
        """
        in_dialog = tagged(arrived.first("to") or "") is not None
        if not in_dialog and arrived.first("in-reply-to") is None:
            return forwarded
        return [self._inner_field(field, in_dialog=in_dialog) for field in forwarded]

    def _inner_field(self, field: Field, *, in_dialog: bool) -> Field:
        key, value, _ = field
        if key == "in-reply-to":  # RFC 3261 20.21: it names Call-IDs of requests that we hid
            items = [self._read(Held.CALL_ID, item) or item for item in split_list(value)]
            return make_field("In-Reply-To", ", ".join(items))
        if not in_dialog:
            return field
        if key == "call-id":
            text = self._read(Held.CALL_ID, value)
            return field if text is None else make_field("Call-ID", text)
        if key == "to":
            return self._inner_party(field)
        return field

    def _is_foreign(self, arrived: Request) -> bool:
        """Tell whether the dialog of an inner request was made in another system."""
        uris = [arrived.target, *(route.uri for route in arrived.routes[:1])]
        return any(isinstance(uri, SipUri) and uri.user == FOREIGN for uri in uris)

    # --- responses

    def outgoing_response(self, response: Response, arrived: Request, sent: Request) -> Response:
        """Return the response of an inner node as another system may see it.

        Args:
            response: the response.
            arrived: the request as the other system sent it.
            sent: the request as we forwarded it.
        """
        fields = restored_head(arrived, response, self._public_tag)
        redirect = 300 <= response.status < 400
        lists = set()
        for field in response.fields:
            key = field[0]
            if key in RESTORED:
                continue
            if key in _KEPT:
                fields.append(field)
            elif key not in _REWRITTEN:
                seen = self._cover.shown.get(field[2]) or self._cover.field(field)
                if seen is not None:
                    fields.append(seen)
            elif key in _CONTACTS:
                always = not redirect and not is_lone(arrived)
                fields.append(self._contact(field, always=always))
            else:
                lists.add(key)
        for key in sorted(lists):
            fields += self._public_routes(key, response, arrived, sent)
        reason = response.reason
        if self._cover.shows(reason):
            reason = reason_phrase(response.status)
        return Response(response.status, reason, tuple(fields), response.body)

    def incoming_response(
        self, response: Response, arrived: Request, sent: Request, route_uri: str
    ) -> Response:
        """Return the response of another system as the inner one knows its request.

        Args:
            response: the response.
            arrived: the request as the inner system sent it.
            sent: the request as we forwarded it.
            route_uri: our own Record-Route URI towards the inner system.
        """
        fields = restored_head(arrived, response)
        lists = set()
        for field in response.fields:
            key = field[0]
            if key in _LISTS:
                lists.add(key)
            elif key not in RESTORED:
                fields.append(self._inner_contact(field) if key == "contact" else field)
        for key in sorted(lists):
            items = response.items(key)
            above = items[: route_position(items, sent.items(key))]
            if key == "record-route":
                above.append(f"<{route_uri}>")
            fields += [make_field(long_name(key), item) for item in above]
            fields += [field for field in arrived.fields if field[0] == key]
        return Response(response.status, response.reason, tuple(fields), response.body)

    # --- our own URIs, when they come back

    def routes_of(self, user: str) -> list[str] | None:
        """Return the inner Route values that the user part of one of our routes holds, or None."""
        text = self._read(Held.ROUTES, user)
        return None if text is None else split_list(text)

    def uri_of(self, user: str) -> str | None:
        """Return the inner URI that the user part of one of our Contacts holds, or None."""
        return self._read(Held.URI, user)

    def inner_route(self, route_uri: str, request: Request) -> str:
        """Return our Record-Route URI towards the inner system for a request from outside.

        Args:
            route_uri: the plain one, without user part.
            request: the request as it was received.
        """
        if self._read(Held.CALL_ID, request.call_id) is not None:
            return route_uri
        scheme, _, rest = route_uri.partition(":")
        return f"{scheme}:{FOREIGN}@{rest}"

    def _public_routes(
        self, key: str, response: Response, arrived: Request, sent: Request
    ) -> list[Field]:
        """Return Record-Route, Path or Service-Route of an inner response for outside.

        A caller follows Record-Route from the bottom to the top (RFC 3261 12.1.2), so the inner
        ones above ours stand in the token in that order.
        """
        items = response.items(key)
        if key == "service-route":
            return [self._routes(key, items, [])]
        above = items[: route_position(items, sent.items(key))]
        below = [field for field in arrived.fields if field[0] == key]
        return [self._routes(key, above[::-1], []), *below]
