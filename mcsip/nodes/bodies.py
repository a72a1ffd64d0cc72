"""The info body of a request, alone or inside multipart/mixed (TS 24.379 pattern) [read]."""

from mcsip.mc.multipart import parse_multipart
from mcsip.mc.services import SERVICES, Service, service_of_content_type
from mcsip.sip.message import Request

MULTIPART = "multipart/mixed"
#: The media types of bodies that MC service servers and clients understand.
INFO_CONTENT_TYPES = frozenset(s.content_type for s in SERVICES.values()) | {MULTIPART}


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
