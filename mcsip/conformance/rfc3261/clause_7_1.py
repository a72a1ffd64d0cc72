"""RFC 3261 7.1, requests: the request line. The version is that of responses too."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.errors import PeerError
from mcsip.sip.message import SIP_VERSION, Request

_VERSION = SIP_VERSION.encode()


def _start_line(data: bytes) -> bytes:
    """Return the start line as it was sent."""
    data = data.lstrip(b"\r\n")
    return data[: data.find(b"\n")].rstrip(b"\r")


@BOOK.on_message("7.1", "request-line", "One space stands between the parts of the line", "request")
def request_line(seen: MessageSeen) -> Faults:
    """Look for further white space in the request line."""
    request = seen.message
    if not isinstance(request, Request):
        return None
    line = _start_line(seen.entry.data)
    parts = line.split(b" ")
    if len(parts) == 3 and b"\t" not in line:
        return ()
    expected = f"{request.method} {request.uri} {request.version}"
    return [Fault(shown(expected), shown(line.decode("utf-8", "replace")), text=line)]


@BOOK.on_message("7.1", "request-uri", "The Request-URI is a URI, not in angle brackets", "request")
def request_uri(seen: MessageSeen) -> Faults:
    """Look whether the Request-URI can be read."""
    request = seen.message
    if not isinstance(request, Request):
        return None
    if " " in request.uri:
        return None  # told by request-line
    try:
        _ = request.target
    except PeerError as error:
        text = request.uri.encode("utf-8", "surrogateescape")
        return [Fault("a URI", shown(error.message), text=text)]
    return ()


@BOOK.on_message("7.1", "version", "The version is SIP/2.0, in upper case")
def version(seen: MessageSeen) -> Faults:
    """Look at the version as it was sent."""
    message = seen.message
    if message is None:
        return None
    data = seen.entry.data
    if isinstance(message, Request):
        end = data.find(b"\r\n")
        if data[end - 8 : end] == b" SIP/2.0":
            return ()
    elif data[:8] == b"SIP/2.0 ":
        return ()
    line = _start_line(data)
    if isinstance(message, Request):
        sent = line.rstrip(b" ").rpartition(b" ")[2]
    else:
        sent = line.partition(b" ")[0]
    if sent == _VERSION:
        return ()
    return [Fault(SIP_VERSION, shown(sent.decode("utf-8", "replace")), text=sent)]
