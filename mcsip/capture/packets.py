"""Packets out of a capture file, whatever its format."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from mcsip.capture.limits import MAX_PACKET_OCTETS
from mcsip.capture.remarks import Place, Remarks


class Packet(NamedTuple):
    """One captured packet.

    Attributes:
        number: from 1, as Wireshark counts.
        octet: where it begins in the file.
        at_ns: nanoseconds since the epoch.
        link: link type, as the registry of libpcap numbers them (``LINKTYPE_…``).
        data: the octets that were captured.
        cut: whether fewer octets were captured than there were.
    """

    number: int
    octet: int
    at_ns: int
    link: int
    data: bytes
    cut: bool


Packets = Iterator[Packet]


def read_whole(file: BinaryIO, octets: int) -> bytes | None:
    """Return the next octets of a file, or None when it ends before."""
    data = file.read(octets)
    return data if len(data) == octets else None


def tell_cut(remarks: Remarks, number: int, octet: int) -> None:
    """Say that the file ends in the middle of a packet."""
    remarks.add(
        "the file ends in the middle of this packet: it was copied while still being written, or "
        "cut; what stands before was read",
        Place(number, octet),
    )


def tell_damaged(remarks: Remarks, number: int, octet: int, octets: int) -> None:
    """Say that a packet claims a size that none has, so that the next one cannot be found."""
    remarks.add(
        f"damaged: this packet claims {octets} octets, more than {MAX_PACKET_OCTETS}; nothing "
        "after it can be read, what stands before was read",
        Place(number, octet),
    )
