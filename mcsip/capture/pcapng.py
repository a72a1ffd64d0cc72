"""The pcapng format (draft-ietf-opsawg-pcapng): blocks, in sections of their own octet order.

Each block begins with type and length and ends with the length again. A section begins with its
header block; interfaces are described before their first packet and numbered within the section,
each with its own link type and unit of time.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO

from mcsip.capture.limits import MAX_BLOCK_OCTETS, MAX_INTERFACES, MAX_PACKET_OCTETS
from mcsip.capture.packets import Packet, Packets, tell_cut
from mcsip.capture.remarks import Place, Remarks


class BlockType(IntEnum):
    """The types of blocks that are read; all others are skipped."""

    INTERFACE = 1
    PACKET = 2
    """Obsolete."""
    SIMPLE = 3
    ENHANCED = 6
    SECTION = 0x0A0D0D0A


_ORDER_MAGIC = 0x1A2B3C4D
_END_OF_OPTIONS, _TIME_RESOLUTION, _TIME_OFFSET = 0, 9, 14
_SMALLEST_BLOCK = 12


@dataclass(frozen=True, slots=True)
class _Interface:
    """What packets of an interface need: units per second, offset in seconds, octets kept."""

    link: int
    snap_octets: int
    per_second: int = 1_000_000
    offset_s: int = 0

    def at_ns(self, units: int) -> int:
        """Return the time of a packet in nanoseconds since the epoch."""
        return units * 1_000_000_000 // self.per_second + self.offset_s * 1_000_000_000


def read_pcapng(file: BinaryIO, remarks: Remarks) -> Packets:
    """Yield the packets of a file; what is wrong with it is told in ``remarks``."""
    reader = _Reader(remarks)
    while head := file.read(8):
        octet = reader.octet
        if len(head) < 8:
            break
        kind, octets = struct.unpack(reader.order + "II", head)
        if kind == BlockType.SECTION:
            start = file.read(4)
            if not reader.begin_section(start):
                return
            octets = struct.unpack(reader.order + "I", head[4:])[0]
            head += start
        if not reader.is_sound(octets):
            return
        data = file.read(octets - len(head))
        if len(data) < octets - len(head):
            break
        reader.octet += octets
        if struct.unpack(reader.order + "I", data[-4:])[0] != octets:
            remarks.add("damaged: a block whose two lengths differ", reader.place(octet))
        packet = reader.take(kind, data[:-4], octet)
        if packet is not None:
            yield packet
    else:
        return
    tell_cut(remarks, reader.packets + 1, reader.octet)


class _Reader:
    """What holds while the blocks of a file are read."""

    def __init__(self, remarks: Remarks) -> None:
        self.order = "<"
        self.octet = 0
        self.packets = 0
        self._remarks = remarks
        self._interfaces: list[_Interface] = []
        self._last_ns = 0
        self._use_order()

    def place(self, octet: int) -> Place:
        """Return the place of a block: the packet that follows, and where it stands."""
        return Place(self.packets + 1, octet)

    def begin_section(self, start: bytes) -> bool:
        """Take the octet order of a new section; false when there is none."""
        for order in "<>":
            if len(start) == 4 and struct.unpack(order + "I", start)[0] == _ORDER_MAGIC:
                self.order = order
                self._use_order()
                self._interfaces = []
                return True
        self._remarks.add(
            "damaged: a section without its octet order; nothing after it can be read",
            self.place(self.octet),
        )
        return False

    def _use_order(self) -> None:
        self._enhanced = struct.Struct(self.order + "IIIII")
        self._old = struct.Struct(self.order + "HHIIII")

    def is_sound(self, octets: int) -> bool:
        """Return whether the length of a block can be right."""
        if _SMALLEST_BLOCK <= octets <= MAX_BLOCK_OCTETS and octets % 4 == 0:
            return True
        self._remarks.add(
            f"damaged: a block claims {octets} octets; nothing after it can be read, what stands "
            "before was read",
            self.place(self.octet),
        )
        return False

    def take(self, kind: int, body: bytes, octet: int) -> Packet | None:
        """Take a block; return the packet that it holds, if any."""
        try:
            match kind:
                case BlockType.ENHANCED:
                    which, high, low, octets, full = self._enhanced.unpack_from(body)
                    return self._packet(octet, which, high << 32 | low, body, 20, octets, full)
                case BlockType.SIMPLE:
                    return self._simple(octet, body)
                case BlockType.PACKET:
                    which, _, high, low, octets, full = self._old.unpack_from(body)
                    return self._packet(octet, which, high << 32 | low, body, 20, octets, full)
                case BlockType.INTERFACE:
                    self._add_interface(body)
        except struct.error:
            self._remarks.add("damaged: a block too short for its kind", self.place(octet))
        return None

    def _packet(
        self, octet: int, which: int, units: int, body: bytes, start: int, octets: int, full: int
    ) -> Packet | None:
        self.packets += 1
        if which >= len(self._interfaces) or octets > min(len(body) - start, MAX_PACKET_OCTETS):
            self._remarks.add(
                "damaged: a packet of no interface, or longer than its block; left out",
                Place(self.packets, octet),
            )
            return None
        interface = self._interfaces[which]
        self._last_ns = at_ns = interface.at_ns(units)
        data = body[start : start + octets]
        return Packet(self.packets, octet, at_ns, interface.link, data, octets < full)

    def _simple(self, octet: int, body: bytes) -> Packet | None:
        """Return the packet of a block without time: it has that of the one before."""
        full = struct.unpack_from(self.order + "I", body)[0]
        self._remarks.add("packets without a time: they have that of the one before", lost=False)
        if not self._interfaces:
            return self._packet(octet, 0, 0, body, 4, 0, full)
        first = self._interfaces[0]
        octets = min(full, first.snap_octets or full)
        units = (self._last_ns - first.offset_s * 1_000_000_000) * first.per_second // 1_000_000_000
        return self._packet(octet, 0, max(units, 0), body, 4, octets, full)

    def _add_interface(self, body: bytes) -> None:
        """Remember an interface with its options."""
        link, _, snap_octets = struct.unpack_from(self.order + "HHI", body)
        per_second, offset_s = 1_000_000, 0
        position = 8
        while position + 4 <= len(body):
            code, octets = struct.unpack_from(self.order + "HH", body, position)
            value = body[position + 4 : position + 4 + octets]
            if code == _END_OF_OPTIONS:
                break
            if code == _TIME_RESOLUTION and len(value) == 1:
                per_second = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** value[0]
            elif code == _TIME_OFFSET and len(value) == 8:
                offset_s = struct.unpack(self.order + "q", value)[0]
            position += 4 + octets + -octets % 4
        if len(self._interfaces) < MAX_INTERFACES:
            self._interfaces.append(_Interface(link, snap_octets, per_second, offset_s))
