"""The pcap format, as libpcap's pcap-savefile(5) describes it.

A header of 24 octets, then packets, each after a header of 16 octets (24 in the variant of
Kuznetzov). Octet order and the unit of time are told by the first four octets.
"""

import struct
from typing import BinaryIO

from mcsip.capture.limits import MAX_PACKET_OCTETS
from mcsip.capture.packets import Packet, Packets, read_whole, tell_cut, tell_damaged
from mcsip.capture.remarks import Remarks

_MICROSECONDS, _NANOSECONDS, _KUZNETZOV = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34
_HEADER_OCTETS = 24
_LINK_TYPE_MASK = 0x03FFFFFF
"""The other bits of the last word say whether frames end with a check sequence."""


def read_pcap(file: BinaryIO, remarks: Remarks) -> Packets:
    """Yield the packets of a file; what is wrong with it is told in ``remarks``."""
    header = read_whole(file, _HEADER_OCTETS)
    if header is None:
        remarks.add("the file ends within its header: nothing was captured")
        return
    order = "<" if struct.unpack("<I", header[:4])[0] in _MAGICS else ">"
    magic, *_, network = struct.unpack(order + "IHHiIII", header)
    link = network & _LINK_TYPE_MASK
    unit_ns = 1 if magic == _NANOSECONDS else 1000
    packet_header = struct.Struct(order + ("IIII8x" if magic == _KUZNETZOV else "IIII"))
    size = packet_header.size
    unpack = packet_header.unpack
    read = file.read
    number = 0
    octet = _HEADER_OCTETS
    while head := read(size):
        number += 1
        if len(head) < size:
            tell_cut(remarks, number, octet)
            return
        seconds, fraction, octets, on_the_wire = unpack(head)
        if octets > MAX_PACKET_OCTETS:
            tell_damaged(remarks, number, octet, octets)
            return
        data = read(octets)
        if len(data) < octets:
            tell_cut(remarks, number, octet)
            return
        at_ns = seconds * 1_000_000_000 + fraction * unit_ns
        yield Packet(number, octet, at_ns, link, data, octets < on_the_wire)
        octet += size + octets


_MAGICS = frozenset({_MICROSECONDS, _NANOSECONDS, _KUZNETZOV})
