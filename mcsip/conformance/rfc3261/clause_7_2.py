"""RFC 3261 7.2, responses: the status line."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.sip.message import Response


@BOOK.on_message(
    "7.2", "status-line", "One space stands between version, code and reason", "response"
)
def status_line(seen: MessageSeen) -> Faults:
    """Look at the first octets: version, space, three digits, space; the reason may be empty."""
    response = seen.message
    if not isinstance(response, Response):
        return None
    data = seen.entry.data.lstrip(b"\r\n")
    if data[:12].upper() == f"SIP/2.0 {response.status} ".encode() and data[12:13] != b" ":
        return ()
    line = data[: data.find(b"\n")].rstrip(b"\r")
    expected = f"SIP/2.0 {response.status} {response.reason}".rstrip()
    actual = shown(line.decode("utf-8", "replace"))
    return [Fault(f"{shown(expected)!r}, single spaces", repr(actual), text=line)]
