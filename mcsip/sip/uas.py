"""What every server asks of a request before it acts on it (RFC 3261 8.2) [read].

``check_request`` goes through RFC 3261 8.2 in its order and returns the answer that ends the
matter, or None. Before it stand the two things without which a request has no meaning: its version
(505) and its mandatory header fields (400, with a reason phrase that names the fault).

Deliberately absent: authentication (8.2 leaves it to policy), the question whether the
Request-URI is one's own (404 needs the users), and ACK, which is never answered (17).
Merged requests (482, 8.2.2.2) are known by the ongoing transactions: ``Stack.is_merged``.
"""

from dataclasses import dataclass

from mcsip.sip.build import build_response
from mcsip.sip.errors import ParseError
from mcsip.sip.headers import long_name
from mcsip.sip.message import SIP_VERSION, Request, Response
from mcsip.sip.params import get_param, parse_params
from mcsip.sip.uri import SipUri
from mcsip.sip.via import check_via

#: Methods that are recognised, so that one of them that is not supported gets 405 and any other
#: 501 (RFC 3261 8.2.1, 21.5.2): RFC 3261, 3262, 3311, 3428, 3515, 3903, 6086, 6665 [read].
KNOWN_METHODS = frozenset(
    {"ACK", "BYE", "CANCEL", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS"}
    | {"PRACK", "PUBLISH", "REFER", "REGISTER", "SUBSCRIBE", "UPDATE"}
)

#: Header fields that stand once (RFC 3261 7.3.1, 20); the list fields may be repeated.
SINGLE_FIELDS = frozenset(
    {"call-id", "content-type", "cseq", "date", "event", "expires", "from"}
    | {"max-forwards", "min-expires", "to"}
)

#: Methods of calls, wherever they stand (RFC 3261 9, 13, 15).
_CALL_METHODS = frozenset({"INVITE", "BYE", "CANCEL", "ACK"})

#: In these, Require is ignored (RFC 3261 8.2.2.3).
_REQUIRE_IGNORED = ("ACK", "CANCEL")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a user agent server can do; each set in the spelling of the wire.

    Attributes:
        methods: supported methods.
        content_types: media types of bodies that are understood, in lower case.
        schemes: URI schemes that are understood in a Request-URI.
        extensions: option tags that are supported.
        languages: languages of bodies that are understood; empty: all.
        encodings: content encodings that are understood besides ``identity``.
    """

    methods: frozenset[str]
    content_types: frozenset[str] = frozenset()
    schemes: frozenset[str] = frozenset({"sip", "sips"})
    extensions: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    encodings: frozenset[str] = frozenset()


def is_of_call(request: Request) -> bool:
    """Tell whether a request is about calls, or in a dialog (RFC 3261 12.2): a user agent's."""
    return request.method in _CALL_METHODS or request.to.tag is not None


def request_fault(request: Request) -> str | None:
    """Return what is wrong with a request's mandatory header fields, or None (RFC 3261 8.1.1).

    Max-Forwards and the tag of From may be absent, as in RFC 2543 (RFC 4475 3.4.1). The text is
    fit to be a reason phrase. Read are also the Request-URI and Contact.
    """
    singles = [field[0] for field in request.fields if field[0] in SINGLE_FIELDS]
    if len(singles) != len(set(singles)):
        twice = next(key for at, key in enumerate(singles) if key in singles[:at])
        return f"{long_name(twice)} stands more than once"
    try:
        _ = request.via, request.from_, request.to, request.max_forwards
        for via in request.items("via")[1:]:
            check_via(via)
        if not request.call_id:
            return "Call-ID is empty"
        if request.cseq.method != request.method:
            return f"CSeq is of another method: {request.cseq.method[:40]}"
        target = request.target
        if request.first("contact") is not None:
            _ = request.contacts
    except ParseError as error:
        return error.message
    if isinstance(target, SipUri) and target.headers:
        return "Request-URI with header fields"  # RFC 3261 19.1.1; RFC 4475 3.1.2.11
    if request.body and request.first("content-type") is None:
        return "Content-Type is missing"  # RFC 3261 20.15
    return None


def check_request(
    request: Request, capabilities: Capabilities, to_tag: str | None = None
) -> Response | None:
    """Return the response that refuses a request, or None when it may be acted on (RFC 3261 8.2).

    Args:
        request: the request; an ACK always gives None, for it is not answered.
        capabilities: what the server can do.
        to_tag: the tag for the To of the response, when the request has none (8.2.6.2).
    """
    method = request.method
    if method == "ACK":
        return None
    if request.version != SIP_VERSION:  # 7.1; 21.5.6
        return build_response(request, 505, to_tag=to_tag)
    if method not in capabilities.methods and method not in KNOWN_METHODS:  # 21.5.2
        return build_response(request, 501, to_tag=to_tag, fields=(_allow(capabilities),))
    fault = request_fault(request)
    if fault is not None:  # 21.4.1
        return build_response(request, 400, fault, to_tag=to_tag)
    if method not in capabilities.methods:  # 8.2.1 Method Inspection
        return build_response(request, 405, to_tag=to_tag, fields=(_allow(capabilities),))
    if request.target.scheme not in capabilities.schemes:  # 8.2.2.1 To and Request-URI
        return build_response(request, 416, to_tag=to_tag)
    if request.first("require") is not None and method not in _REQUIRE_IGNORED:  # 8.2.2.3 Require
        unknown = [tag for tag in request.items("require") if tag not in capabilities.extensions]
        if unknown:
            fields = (("Unsupported", ", ".join(unknown)),)
            return build_response(request, 420, to_tag=to_tag, fields=fields)
    if request.body:
        return _check_content(request, capabilities, to_tag)
    return None


def _allow(capabilities: Capabilities) -> tuple[str, str]:
    return "Allow", ", ".join(sorted(capabilities.methods))


def _check_content(
    request: Request, capabilities: Capabilities, to_tag: str | None
) -> Response | None:
    """Return 415 for a body that is not understood and not optional (8.2.3 Content Processing)."""
    fields: list[tuple[str, str]] = []
    if request.content_type not in capabilities.content_types:
        fields.append(("Accept", ", ".join(sorted(capabilities.content_types))))
    if request.first("content-encoding") is not None:
        known = {"identity", *capabilities.encodings}
        if any(item.lower() not in known for item in request.items("content-encoding")):
            fields.append(("Accept-Encoding", ", ".join(sorted(known))))
    if capabilities.languages and request.first("content-language") is not None:
        items = request.items("content-language")
        if not any(_speaks(capabilities.languages, item.lower()) for item in items):
            fields.append(("Accept-Language", ", ".join(sorted(capabilities.languages))))
    if not fields or _is_optional(request):
        return None
    return build_response(request, 415, to_tag=to_tag, fields=fields)


def _speaks(languages: frozenset[str], language: str) -> bool:
    """Tell whether a language, or the one that it is a kind of, is spoken (``en-gb``: ``en``)."""
    spoken = {known.lower() for known in languages}
    return language in spoken or language.partition("-")[0] in spoken


def _is_optional(request: Request) -> bool:
    """Tell whether the body may be ignored: ``handling=optional`` (RFC 3261 20.11)."""
    disposition = request.first("content-disposition")
    if disposition is None:
        return False
    try:
        params = parse_params(disposition.partition(";")[2])
    except ParseError:
        return False
    return (get_param(params, "handling") or "").lower() == "optional"


def accepts(request: Request, content_type: str) -> bool:
    """Tell whether the sender reads a response body of this media type (RFC 3261 20.1).

    Without Accept it reads ``application/sdp``; an empty Accept reads nothing. Where this is false
    and a body is needed, the answer is 406 (21.4.7).

    Args:
        request: the request.
        content_type: a media type in lower case, without parameters.
    """
    if request.first("accept") is None:
        return content_type == "application/sdp"
    main = content_type.partition("/")[0]
    for item in request.items("accept"):
        media_range, _, rest = item.partition(";")
        if media_range.strip(" \t").lower() in (content_type, f"{main}/*", "*/*"):
            try:
                return get_param(parse_params(rest), "q") not in ("0", "0.", "0.0", "0.00", "0.000")
            except ParseError:
                return False
    return False
