"""What a trace says of a message that could not be sent (RFC 3261 18.4): written and read here.

A node notes it as an inner step, in words for people. One of them means something to a rule: that
a peer takes no TCP, for then the request goes over UDP however large it is (18.1.1).
"""

import re
from typing import NamedTuple

from mcsip.trace import Peer, TraceNote

CLAUSE = "RFC 3261 18.4"

REFUSALS = frozenset({"connection refused", "connection reset by peer", "protocol not available"})
"""What is said, in lower case, of a connection that a TCP reset or ICMP Protocol Unreachable ended
while it was opened (RFC 3261 18.1.1); the words are those of the operating system."""

_refused = re.compile(
    r"(?P<method>\S+) was not delivered: TCP to (?P<host>\S+):(?P<port>\d{1,5}): "
    r"(?P<reason>[^;]+); branch (?P<branch>\S+)"
).fullmatch


class Refused(NamedTuple):
    """A request for which no TCP connection was to be had.

    Attributes:
        node: whose request it is.
        peer: who refused the connection.
        method: of the request.
        branch: of its topmost Via.
    """

    node: str
    peer: Peer
    method: str
    branch: str


def describe_undelivered(what: str, reason: str, branch: str | None) -> str:
    """Return the text of the note.

    Args:
        what: the method of a request, or "a response".
        reason: transport, address and what happened, as the transport says it.
        branch: of a request: that of its Via.
    """
    text = f"{what} was not delivered: {reason}"
    return text if branch is None else f"{text}; branch {branch}"


def read_refused(note: TraceNote) -> Refused | None:
    """Return of which request a note says that a TCP connection for it was refused, or None."""
    found = _refused(note.text) if note.clause == CLAUSE else None
    if found is None or found["reason"].lower() not in REFUSALS:
        return None
    peer = Peer(found["host"], int(found["port"]))
    return Refused(note.node, peer, found["method"], found["branch"])
