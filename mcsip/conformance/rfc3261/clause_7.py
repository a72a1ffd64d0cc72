"""RFC 3261 7, SIP messages: what is a message at all, and how its lines end."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.sip.parse import Malformed, parse_datagram

#: The magic cookie of STUN at octets 4 to 7, RFC 5389 6 [gen].
_STUN_COOKIE = b"\x21\x12\xa4\x42"
#: A fault of Content-Length is told by 20.14, not here.
LENGTH_FAULT = "Content-Length "


def is_keep_alive(data: bytes) -> bool:
    """Tell whether octets at a SIP address only keep a binding open (RFC 5626 3.5, 4.4) [gen].

    That is line ends and zeros, which SIP lets pass before a start line, or a STUN request.
    """
    return data[4:8] == _STUN_COOKIE or not data.strip(b"\r\n\0")


@BOOK.on_message("7", "message", "What goes to a SIP address is a request or a response")
def is_message(seen: MessageSeen) -> Faults:
    """Look at what could not be read as a message."""
    if seen.message is not None:
        return ()
    data = seen.entry.data
    if is_keep_alive(data):
        return None
    read = seen.malformed or parse_datagram(data)
    if not isinstance(read, Malformed) or read.reason.startswith(LENGTH_FAULT):
        return None
    return [Fault("a SIP request or response", shown(read.reason), text=_wrong_line(read))]


def _wrong_line(read: Malformed) -> bytes:
    """Return the octets that make it malformed: the start line, or a line without a colon."""
    head = read.data.lstrip(b"\r\n").partition(b"\r\n\r\n")[0]
    lines = head.split(b"\r\n")
    if read.message is not None:
        for line in lines[1:]:
            if b":" not in line and line[:1] not in (b" ", b"\t"):
                return line
    return lines[0][:200]


@BOOK.on_message("7", "line-ends", "Every line before the body ends with CRLF")
def line_ends(seen: MessageSeen) -> Faults:
    """Look for bare line feeds in the head."""
    if seen.message is None:
        return None
    data = seen.entry.data
    start = 0 if data[:1] not in b"\r\n" else len(data) - len(data.lstrip(b"\r\n"))
    end = data.find(b"\r\n\r\n", start)
    if end < 0:
        end = len(data)
    if data.count(b"\n", start, end) == data.count(b"\r\n", start, end):
        return ()
    for line in data[start:end].split(b"\n"):
        if not line.endswith(b"\r"):
            return [Fault("CRLF at the end of each line", "a bare line feed", text=line[:200])]
    return ()
