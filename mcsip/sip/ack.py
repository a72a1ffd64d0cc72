"""The two requests that a client transaction makes from its INVITE: ACK and CANCEL."""

from mcsip.sip.build import MAX_FORWARDS
from mcsip.sip.field import Field, make_field
from mcsip.sip.message import Request, Response

_COPIED_TO_ACK = frozenset({"from", "call-id", "route"})
_COPIED_TO_CANCEL = frozenset({"from", "to", "call-id", "route"})


def build_ack(invite: Request, response: Response) -> Request:
    """Return the ACK to a final response that is not a 2xx (RFC 3261 17.1.1.3).

    Request-URI, topmost Via, From, Call-ID and Route are the INVITE's, To is the response's, CSeq
    has the INVITE's number.

    Args:
        invite: the INVITE as it was sent, our Via on top.
        response: the final response.
    """
    to = next((field for field in response.fields if field[0] == "to"), None)
    kept = [] if to is None else [to]
    return _build("ACK", invite, _COPIED_TO_ACK, kept)


def build_cancel(invite: Request) -> Request:
    """Return the CANCEL of an INVITE (RFC 3261 9.1): no other fields, and only the topmost Via.

    Args:
        invite: the INVITE as it was sent, our Via on top.
    """
    return _build("CANCEL", invite, _COPIED_TO_CANCEL, [])


def _build(method: str, invite: Request, copied: frozenset[str], more: list[Field]) -> Request:
    fields = [
        invite.fields[0],
        *(field for field in invite.fields if field[0] in copied),
        *more,
        make_field("CSeq", f"{invite.cseq.number} {method}"),
        make_field("Max-Forwards", str(MAX_FORWARDS)),
        make_field("Content-Length", "0"),
    ]
    return Request(method, invite.uri, tuple(fields))
