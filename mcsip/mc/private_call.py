"""The body of the INVITE of a private call: an info body, and a session description beside it.

Clause: TS 24.379 11.1.1 (the INVITE carries mcptt-info and SDP in ``multipart/mixed``) [2nd]. Each
MC service server on the way writes an info body of its own; the session description goes on as it
is, or as a server that anchors the media has written it.
"""

from dataclasses import dataclass, replace

from mcsip.mc.communication import PRIVATE, Communication, build_communication, parse_communication
from mcsip.mc.multipart import MEDIA_TYPE, Part, build_multipart, parse_multipart
from mcsip.mc.services import MCPTT, MCVIDEO, Service
from mcsip.mc.xml import BodyError

SDP_TYPE = "application/sdp"
"""Media type of a session description, RFC 8866 8.1 [read]."""
CALL_SERVICES = (MCPTT, MCVIDEO)
"""The services that have private calls; MCData has sessions of its own [2nd]."""


@dataclass(frozen=True, slots=True)
class CallBody:
    """What the INVITE of a private call carries.

    Attributes:
        about: the info body.
        sdp: octets of the session description, or None: the callee offers (RFC 3261 13.2.1).
    """

    about: Communication
    sdp: bytes | None = None


def build_call_body(call: CallBody) -> tuple[str, bytes]:
    """Return the Content-Type value and the octets of the body of an INVITE.

    Raises:
        UsageError: a text holds a character that XML cannot carry.
    """
    info = Part(call.about.service.content_type, build_communication(call.about))
    if call.sdp is None:
        return info.content_type, info.body
    return build_multipart([info, Part(SDP_TYPE, call.sdp)])


def parse_call_body(content_type: str, body: bytes, service: Service) -> CallBody:
    """Return what the body of an INVITE says; without an info body it asks for a private call.

    Args:
        content_type: value of the Content-Type field; "" when there is none.
        body: the octets.
        service: the MC service of the run.

    Raises:
        BodyError: the info body cannot be read, or stands there twice; 403 when it asks for
            another kind of session.
    """
    parts = _parts(content_type, body)
    infos = [part for part in parts if part.media_type == service.content_type]
    sdps = [part.body for part in parts if part.media_type == SDP_TYPE]
    if len(infos) > 1 or len(sdps) > 1:
        raise BodyError("a part of the INVITE stands there twice")
    if infos:
        about = parse_communication(infos[0].body, service)
    else:
        about = Communication(service, session_type=PRIVATE)
    if about.session_type != PRIVATE:
        raise BodyError("the session type is not that of a private call", status=403)
    return CallBody(about, sdps[0] if sdps else None)


def sdp_of(content_type: str, body: bytes) -> bytes | None:
    """Return the session description of any message, alone or among parts, or None.

    Raises:
        BodyError: a multipart body is malformed.
    """
    return next((p.body for p in _parts(content_type, body) if p.media_type == SDP_TYPE), None)


def with_sdp(content_type: str, body: bytes, sdp: bytes) -> tuple[str, bytes]:
    """Return a body with another session description in the place of its own.

    Raises:
        BodyError: a multipart body is malformed.
    """
    if content_type.partition(";")[0].strip().lower() == SDP_TYPE:
        return content_type, sdp
    parts = [
        replace(part, body=sdp) if part.media_type == SDP_TYPE else part
        for part in _parts(content_type, body)
    ]
    return build_multipart(parts)


def _parts(content_type: str, body: bytes) -> tuple[Part, ...]:
    if not body or not content_type:
        return ()
    part = Part(content_type, body)
    return parse_multipart(content_type, body) if part.media_type == MEDIA_TYPE else (part,)
