"""Refusing without reading: the 503 to a datagram of which only a few lines are looked at.

A node that is asked for ten times what it can do spends its time on refusals, and whatever it
cannot refuse in time its clients repeat. So a plain request (long names, no folded line, one
address in the topmost Via) is refused from its octets, in a third of the time that reading takes.
Whatever is not plain is left to the parser; its refusal would be the same, octet for octet.
"""

import hashlib
import re
from typing import NamedTuple

from mcsip.sip.matching import ServerKey
from mcsip.sip.transport_rules import DEFAULT_PORT, Source, Target

#: Method and topmost Via (sent-by host, its port, parameters) of a plain request.
_TOP = re.compile(
    rb"(?!ACK |CANCEL )([A-Z]+) [^ \r\n]+ SIP/2\.0\r\n"
    rb"(Via: SIP/2\.0/UDP ([0-9.]+)(?::([1-9][0-9]{0,4}))?(;[!-+\--~]*))\r\n"
)
_BRANCH = re.compile(rb";branch=(z9hG4bK[^;]+)")
_RPORT = re.compile(rb";rport(?=;|$)")
#: What has no place in a Via that is plain.
_ODD = re.compile(rb";(?:maddr|received|rport=)|;branch.*;branch|;rport.*;rport|\"", re.IGNORECASE)
_ONCE = (b"From", b"To", b"Call-ID", b"CSeq")
_COPIED = frozenset({b"Via", *_ONCE})
_OTHER_SPELLINGS = frozenset(name.lower() for name in _COPIED)
#: Shorter names are compact forms (RFC 3261 7.3.3).
_SHORTEST = 2
#: Hexadecimal digits to letters: no port number is ever contained in a tag [ours].
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


class Refusal(NamedTuple):
    """The refusal of a request that nobody has read.

    Attributes:
        key: the key of the server transaction that the request would begin, or belongs to.
        target: where the refusal goes.
        data: the refusal.
    """

    key: ServerKey
    target: Target
    data: bytes


def refusal_tag(first: bytes) -> str:
    """Return the To tag of a stateless answer: the same for each repetition (RFC 3261 8.2.7).

    Args:
        first: the first field of the request, with what was added to it on arrival.
    """
    return hashlib.blake2s(first, digest_size=8).hexdigest().translate(_LETTERS)


def build_refusal(data: bytes, source: Source, retry_after_s: int) -> Refusal | None:
    """Return the 503 to a plain request over UDP; None where it is left to the parser.

    It is left also where it belongs to a dialog, or is an ACK or CANCEL.

    Args:
        data: a datagram.
        source: where it came from.
        retry_after_s: when the client may try again, in seconds (RFC 3261 20.33).
    """
    top = _TOP.match(data)
    if top is None:
        return None
    end = data.find(b"\r\n\r\n", top.end() - 2)
    method, via, host, port, params = top.groups()
    branch = _BRANCH.search(params)
    if branch is None or _ODD.search(params):
        return None
    number = int(port) if port else None
    sent_by, came_from = host.decode(), source.host
    reply_port = DEFAULT_PORT if number is None else number
    if b";rport" in params:
        reply_port = source.port  # RFC 3581 4
        via = _RPORT.sub(b";rport=%d;received=%b" % (reply_port, came_from.encode()), via)
    elif sent_by != came_from:
        return None
    fields = _fields(data[top.end() : max(end, 0)].split(b"\r\n"), refusal_tag(via))
    if fields is None:
        return None
    return Refusal(
        (branch[1].decode(), sent_by, number, method.decode()),
        Target(source.transport, came_from, reply_port, source.flow),
        b"SIP/2.0 503 Service Unavailable\r\n%b\r\n%bRetry-After: %d\r\nContent-Length: 0\r\n\r\n"
        % (via, fields, retry_after_s),
    )


def _fields(lines: list[bytes], to_tag: str) -> bytes | None:
    """Return the further lines that a refusal copies, To with a tag; None where they are not plain.

    That is: a folded line, a compact form, another spelling, a field too many, a To with a tag,
    an octet that ends lines and ends none here.
    """
    copied, tag = b"", b";tag=%b\r\n" % to_tag.encode()
    once: list[bytes] = []
    for line in lines:
        name = line.partition(b":")[0]
        if name in _COPIED:
            if name != b"Via":
                once.append(name)
            if (name == b"To" and b"tag" in line.lower()) or b"\r" in line or b"\n" in line:
                return None
            copied += line + (tag if name == b"To" else b"\r\n")
        elif len(name) < _SHORTEST or name[0] in b" \t" or name.lower() in _OTHER_SPELLINGS:
            return None
    return copied if len(once) == len(_ONCE) == len(set(once)) else None
