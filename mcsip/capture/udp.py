"""UDP: one SIP message, or something else, in each datagram."""

import struct
from collections import OrderedDict

from mcsip.capture.ip import Datagram
from mcsip.capture.recognise import begins_message, is_keep_alive
from mcsip.capture.remarks import Place, Remarks
from mcsip.capture.sip_addresses import SipAddresses
from mcsip.capture.tcp import CUT, Heard

_HEADER = struct.Struct("!HHH")
_HEADER_OCTETS = 8
TWICE_WITHIN_NS = 50_000_000
"""Equal datagrams of one IPv4 identification so close together are one [ours]: RFC 3261 17.1.2.2
repeats after half a second, with another identification."""
_MAX_REMEMBERED = 1024
_TWICE = (
    "datagrams that were captured twice, on several interfaces, are taken once: capture on one "
    "interface to be sure"
)


class Datagrams:
    """Looks at the datagrams of a capture.

    Args:
        remarks: is told what is damaged.
        addresses: knows, and is told, who speaks SIP.
    """

    def __init__(self, remarks: Remarks, addresses: SipAddresses) -> None:
        self._remarks = remarks
        self._addresses = addresses
        self._recent: OrderedDict[tuple[bytes, bytes, int, int], tuple[int, bytes]] = OrderedDict()

    def add(self, datagram: Datagram, place: Place, at_ns: int) -> list[Heard]:
        """Return the message of a datagram, or what came in the place of one."""
        payload = datagram.payload
        if len(payload) < _HEADER_OCTETS:
            self._remarks.add("a packet that ends within its UDP header", place)
            return []
        source_port, target_port, length = _HEADER.unpack_from(payload)
        # Zero: a jumbogram (RFC 2675 4), or a length that the network adapter was to fill in.
        data = payload[_HEADER_OCTETS : length or None]
        source, target = (datagram.source, source_port), (datagram.target, target_port)
        is_sip = begins_message(data)
        if not is_sip and not self._addresses.expects(source, target, udp=True):
            return []
        if datagram.cut or length > len(payload):
            self._remarks.add(CUT, place)
            return []
        if not is_sip and is_keep_alive(data):
            return []
        if datagram.identification and self._is_twice(datagram, source_port, at_ns):
            self._remarks.add(_TWICE, place, lost=False)
            return []
        if is_sip:
            self._addresses.add(source, target, udp=True)
        return [Heard("UDP", source, target, data, first=True)]

    def _is_twice(self, datagram: Datagram, port: int, at_ns: int) -> bool:
        """Return whether this very datagram was captured a moment ago."""
        key = (datagram.source, datagram.target, datagram.identification, port)
        before = self._recent.get(key)
        if (
            before is not None
            and before[1] == datagram.payload
            and 0 <= at_ns - before[0] <= TWICE_WITHIN_NS
        ):
            return True
        if len(self._recent) >= _MAX_REMEMBERED:
            self._recent.popitem(last=False)
        self._recent[key] = at_ns, datagram.payload
        return False
