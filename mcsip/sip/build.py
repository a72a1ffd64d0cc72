"""Messages of our own making: requests (RFC 3261 8.1.1) and responses (8.2.6)."""

from collections.abc import Iterable

from mcsip.sip.errors import ParseError
from mcsip.sip.field import Field, make_field
from mcsip.sip.message import Request, Response
from mcsip.sip.status import reason_phrase

#: Initial Max-Forwards, RFC 3261 8.1.1.6 [read].
MAX_FORWARDS = 70

_COPIED = frozenset({"via", "from", "to", "call-id", "cseq"})


def build_request(
    method: str,
    uri: str,
    *,
    from_: str,
    to: str,
    call_id: str,
    cseq: int,
    max_forwards: int = MAX_FORWARDS,
    fields: Iterable[tuple[str, str]] = (),
    content_type: str | None = None,
    body: bytes = b"",
) -> Request:
    """Return a request without Via, which the stack adds when it is sent (RFC 3261 8.1.1.7).

    Args:
        method: the method.
        uri: the Request-URI.
        from_: the From value, with its tag.
        to: the To value.
        call_id: the Call-ID.
        cseq: the sequence number, below 2**31.
        max_forwards: hops that are allowed.
        fields: further fields as (usual spelling, value).
        content_type: the media type of the body; None only without body.
        body: the octets of the body.

    Raises:
        ValueError: a value holds a line end.
    """
    made = [
        make_field("Max-Forwards", str(max_forwards)),
        make_field("From", from_),
        make_field("To", to),
        make_field("Call-ID", call_id),
        make_field("CSeq", f"{cseq} {method}"),
    ]
    made += [make_field(name, value) for name, value in fields]
    _add_body_fields(made, content_type, body)
    return Request(method, uri, tuple(made), body)


def build_response(
    request: Request,
    status: int,
    reason: str | None = None,
    *,
    to_tag: str | None = None,
    fields: Iterable[tuple[str, str]] = (),
    content_type: str | None = None,
    body: bytes = b"",
) -> Response:
    """Return a response; Via, From, To, Call-ID and CSeq are the request's own octets (8.2.6.2).

    Args:
        request: the request that is answered.
        status: the status code.
        reason: the reason phrase; None: the usual one.
        to_tag: tag to add to To when it has none; left out in a 100 (8.2.6.2).
        fields: further fields as (usual spelling, value).
        content_type: the media type of the body; None only without body.
        body: the octets of the body.

    Raises:
        ValueError: a value holds a line end.
    """
    if reason is None:
        reason = reason_phrase(status)
    elif "\n" in reason or "\r" in reason:
        raise ValueError(f"the reason phrase holds a line end: {reason!r}")
    made: list[Field] = []
    for field in request.fields:
        if field[0] in _COPIED:
            if field[0] == "to" and to_tag is not None and _lacks_tag(request):
                made.append(make_field("To", f"{field[1]};tag={to_tag}"))
            else:
                made.append(field)
    made += [make_field(name, value) for name, value in fields]
    _add_body_fields(made, content_type, body)
    return Response(status, reason, tuple(made), body)


def _lacks_tag(request: Request) -> bool:
    """Tell whether a request's To has no tag; one that cannot be read is copied as it is."""
    try:
        return request.to.tag is None
    except ParseError:
        return False


def _add_body_fields(fields: list[Field], content_type: str | None, body: bytes) -> None:
    if content_type is not None:
        fields.append(make_field("Content-Type", content_type))
    fields.append(make_field("Content-Length", str(len(body))))
