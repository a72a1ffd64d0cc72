"""What octets are, by their content: a SIP message, TLS, a keep-alive; never by the port alone."""

import re
from string import ascii_letters, digits

from mcsip.capture.limits import MAX_START_LINE_OCTETS

SIP_PORTS = frozenset({5060, 5061})
"""Where SIP is expected before any was seen: the default ports (RFC 3261 19.1.2) [read]."""

#: token of RFC 3261 25.1: what a method may begin with.
_TOKEN = frozenset((ascii_letters + digits + "-.!%*_+`'~").encode())
#: A start line wherever it stands: to find the way again after octets that are none of a message.
_start_line = re.compile(
    rb"SIP/2\.0 [1-6][0-9][0-9] |[A-Z]{3,12} [A-Za-z][A-Za-z0-9+.\-]*:[^\s]{1,2000} SIP/2\.0\r?\n"
).search
#: What may be the first half of a start line, at the end of a segment.
_half_a_start_line = re.compile(
    rb"[A-Z]{1,12}|SIP/[0-9.]*(?: [0-9]{0,3})?|[A-Z]{3,12} [^\s<>\"]*(?: [SIP/2.0]{0,7}\r?)?"
).fullmatch

_TLS_TYPES, _TLS_MAJOR = frozenset({20, 21, 22, 23}), 3
_MAX_RECORD_OCTETS = 16_384 + 2048
_STUN_COOKIE = bytes.fromhex("2112a442")


def begins_message(data: bytes) -> bool:
    """Return whether the first line is a start line (RFC 3261 7.1, 7.2)."""
    if data[:8].upper() == b"SIP/2.0 ":
        return True
    if not data or data[0] not in _TOKEN:
        return data[:1] in b"\r\n" and data[:1] != b"" and _after_line_ends(data)
    end = data.find(b"\n", 0, MAX_START_LINE_OCTETS)
    if end < 0:
        return False
    line = data[:end].rstrip(b" \r")
    return line[-7:].upper() == b"SIP/2.0" and b" " in line


def _after_line_ends(data: bytes) -> bool:
    """Return whether a message begins after some line ends (RFC 3261 7.5)."""
    rest = data.lstrip(b"\r\n")
    return bool(rest) and begins_message(rest)


def may_begin_message(data: bytes) -> bool:
    """Return whether a start line may be there of which more is to come."""
    return len(data) < MAX_START_LINE_OCTETS and _half_a_start_line(data) is not None


def find_start_line(data: bytes, start: int) -> int:
    """Return where the next start line begins, from ``start`` on; -1 where there is none."""
    found = _start_line(data, start)
    return -1 if found is None else found.start()


def half_start_line(data: bytes) -> int:
    """Return where the half of a start line begins with which octets end; their length if none."""
    begin = data.rfind(b"\n") + 1
    return begin if data[begin:] and may_begin_message(data[begin:]) else len(data)


def begins_tls(data: bytes) -> bool:
    """Return whether octets begin with a record of TLS (RFC 8446 5.1)."""
    return (
        len(data) >= 5
        and data[0] in _TLS_TYPES
        and data[1] == _TLS_MAJOR
        and data[2] <= 4
        and int.from_bytes(data[3:5], "big") <= _MAX_RECORD_OCTETS
    )


def is_keep_alive(data: bytes) -> bool:
    """Return whether a datagram only keeps a path open.

    Line ends, up to four zero octets, as many phones send, or STUN (RFC 5626 3.5) [read].
    """
    return not data.strip(b"\r\n") or data in _ZEROS or data[4:8] == _STUN_COOKIE


_ZEROS = frozenset(bytes(octets) for octets in range(1, 5))
