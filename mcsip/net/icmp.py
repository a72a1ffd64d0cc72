"""What ICMP says about datagrams that were sent: the error queue of a UDP socket (Linux).

A socket that is not connected hears nothing of an ICMP message unless it asks for it by IP_RECVERR,
IPV6_RECVERR. Each message then waits in the error queue of the socket, with the beginning of the
datagram that it is about and the address that this was sent to. The rest is RFC 3261 18.4: what is
unreachable, or has a bad parameter, is a transport error; the others are ignored.

Numbers are those of <linux/in.h>, <linux/in6.h>, <linux/errqueue.h> and of the ICMP RFCs [gen].
"""

import os
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

from mcsip.trace import Peer

_IP_RECVERR = 11
_IPV6_RECVERR = 25
_IPPROTO_IPV6 = 41
_EXTENDED_ERROR = struct.Struct("=IBBBBII")
"""struct sock_extended_err: errno, origin, type, code, padding, info, data."""
_ORIGIN_ICMP = 2
_ORIGIN_ICMP6 = 3
_ANCILLARY_OCTETS = 512
_PAYLOAD_OCTETS = 2048
"""More than an ICMP message gives back of a datagram (RFC 1812 4.3.2.3, RFC 4443 2.4)."""

_UNREACHABLE, _PARAMETER_PROBLEM = 3, 12  # RFC 792
_FRAGMENTATION_NEEDED = 4  # RFC 1191: the system takes care of it
_UNREACHABLE_6, _PARAMETER_PROBLEM_6 = 1, 4  # RFC 4443 3.1, 3.4


class Unreachable(NamedTuple):
    """A datagram that did not arrive.

    Attributes:
        target: where it was sent to.
        beginning: its first octets, as many as came back.
        reason: what happened, for people.
    """

    target: Peer
    beginning: bytes
    reason: str


def ask_for_errors(sock: socket.socket) -> bool:
    """Ask the system to keep ICMP errors for a UDP socket; tell whether it does."""
    if not hasattr(socket, "MSG_ERRQUEUE"):
        return False
    try:
        if sock.family == socket.AF_INET6:
            sock.setsockopt(_IPPROTO_IPV6, _IPV6_RECVERR, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
    except OSError:
        return False
    return True


def take_errors(sock: socket.socket) -> Iterator[Unreachable]:
    """Yield what waits in the error queue and is a transport error (RFC 3261 18.4); empty it."""
    while True:
        try:
            beginning, ancillary, _, target = sock.recvmsg(
                _PAYLOAD_OCTETS, _ANCILLARY_OCTETS, socket.MSG_ERRQUEUE
            )
        except OSError:  # also: nothing is left
            return
        for level, kind, data in ancillary:
            if (level, kind) not in {
                (socket.IPPROTO_IP, _IP_RECVERR),
                (_IPPROTO_IPV6, _IPV6_RECVERR),
            } or len(data) < _EXTENDED_ERROR.size:
                continue
            number, origin, icmp_type, code, *_ = _EXTENDED_ERROR.unpack_from(data)
            if target and is_transport_error(origin, icmp_type, code):
                peer = Peer(target[0].partition("%")[0], target[1])
                yield Unreachable(peer, beginning, os.strerror(number))


def is_transport_error(origin: int, icmp_type: int, code: int) -> bool:
    """Tell whether an error is one that the transaction user hears of (RFC 3261 18.4).

    Args:
        origin: who reported it, as in struct sock_extended_err.
        icmp_type: type of the ICMP message.
        code: its code.
    """
    if origin == _ORIGIN_ICMP:
        return icmp_type == _PARAMETER_PROBLEM or (
            icmp_type == _UNREACHABLE and code != _FRAGMENTATION_NEEDED
        )
    if origin == _ORIGIN_ICMP6:
        return icmp_type in {_UNREACHABLE_6, _PARAMETER_PROBLEM_6}
    return False
