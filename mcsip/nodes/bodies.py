"""The info body of a request, alone or inside multipart/mixed (TS 24.379 pattern) [read]."""

from mcsip.mc import short_data
from mcsip.mc.multipart import parse_multipart
from mcsip.mc.services import SERVICES, Service, service_of_content_type
from mcsip.mc.xml import BodyError
from mcsip.sip.address import parse_address
from mcsip.sip.errors import ParseError
from mcsip.sip.headers import split_list
from mcsip.sip.memo import remembering
from mcsip.sip.message import Request

MULTIPART = "multipart/mixed"
#: The media types of bodies that MC service clients understand, whatever their service.
INFO_CONTENT_TYPES = frozenset(s.content_type for s in SERVICES.values()) | {MULTIPART}


def content_types(service: Service, *others: str) -> frozenset[str]:
    """Return the media types of bodies that a server of an MC service understands.

    Args:
        service: the service.
        others: what it understands beside the info body.
    """
    return frozenset({service.content_type, MULTIPART, *others})


def info_part(request: Request) -> tuple[Service, bytes] | None:
    """Return the service and the octets of the info body, or None when there is none.

    Raises:
        BodyError: a multipart body is malformed.
    """
    media_type = request.content_type
    if media_type is None:
        return None
    service = service_of_content_type(media_type)
    if service is not None:
        return service, request.body
    if media_type == MULTIPART:
        for part in parse_multipart(request.first("content-type") or "", request.body):
            service = service_of_content_type(part.media_type)
            if service is not None:
                return service, part.body
    return None


def info_service(request: Request) -> Service | None:
    """Return the service of the info body, or None when there is none that can be read."""
    try:
        part = info_part(request)
    except BodyError:
        return None
    return None if part is None else part[0]


def is_short_data(request: Request) -> bool:
    """Tell whether a request is short data (TS 24.282 9.2.2 [2nd]).

    Raises:
        BodyError: a multipart body is malformed.
    """
    return request.method == "MESSAGE" and short_data.is_short_data(
        request.first("content-type") or "", request.body
    )


def asserted_identity(request: Request, *names: str) -> str | None:
    """Return the URI of who sends, as P-Asserted-Identity has it (RFC 3325 9.1 [gen]), or None.

    Args:
        request: the request.
        names: further fields that are believed when that one is not there, in lower case.

    Raises:
        BodyError: the field is malformed.
    """
    for name in ("p-asserted-identity", *names):
        value = request.first(name)
        if value:
            try:
                return _first_uri(value)
            except ParseError as fault:
                raise BodyError(f"{name} is malformed: {fault.message}") from None
    return None


@remembering(4096)
def _first_uri(value: str) -> str:
    """Return the URI of the first of the addresses that a field holds; raises ParseError."""
    items = split_list(value)
    return str(parse_address(items[0] if items else "").uri)
