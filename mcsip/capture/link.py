"""Link layers: where the IP packet begins within a frame.

Link types are numbered by the registry of libpcap (``LINKTYPE_…``), which also describes them.
"""

from enum import IntEnum

from mcsip.capture.limits import MAX_VLAN_TAGS


class Link(IntEnum):
    """The link types that are read."""

    NULL = 0
    """Loopback of BSD: four octets of address family in the order of the host."""
    ETHERNET = 1
    RAW_BSD = 12
    RAW_OPENBSD = 14
    RAW = 101
    """An IP packet, of the version that it says."""
    LOOP = 108
    """Loopback of OpenBSD: likewise, in network order."""
    LINUX_SLL = 113
    """Linux "cooked": 16 octets, of which the last two are the protocol."""
    IPV4 = 228
    IPV6 = 229
    LINUX_SLL2 = 276
    """Linux "cooked", version 2: 20 octets, of which the first two are the protocol."""


_IPV4, _IPV6 = b"\x08\x00", b"\x86\xdd"
_VLAN = frozenset({b"\x81\x00", b"\x88\xa8", b"\x91\x00"})
"""Customer tag, service tag (IEEE 802.1Q), and the older service tag."""

_FIXED = {
    Link.NULL: 4,
    Link.LOOP: 4,
    Link.RAW: 0,
    Link.RAW_BSD: 0,
    Link.RAW_OPENBSD: 0,
    Link.IPV4: 0,
    Link.IPV6: 0,
}
_TYPED = {Link.ETHERNET: (12, 14), Link.LINUX_SLL: (14, 16), Link.LINUX_SLL2: (0, 20)}
"""Where the protocol stands, and where what it names begins."""
_FIXED_BY_NUMBER = {int(link): start for link, start in _FIXED.items()}
_TYPED_BY_NUMBER = {int(link): places for link, places in _TYPED.items()}


def is_known(link: int) -> bool:
    """Return whether frames of a link type can be read."""
    return link in _FIXED_BY_NUMBER or link in _TYPED_BY_NUMBER


def ip_start(link: int, frame: bytes) -> int:
    """Return where the IP packet begins in a frame, or -1 where it carries none."""
    places = _TYPED_BY_NUMBER.get(link)
    if places is None:
        start = _FIXED_BY_NUMBER.get(link, -1)
        return start if 0 <= start < len(frame) and frame[start] >> 4 in {4, 6} else -1
    at, start = places
    protocol = frame[at : at + 2]
    for _ in range(MAX_VLAN_TAGS):
        if protocol not in _VLAN:
            break
        # IEEE 802.1Q: two octets of tag control, then the type of what follows.
        protocol = frame[start + 2 : start + 4]
        start += 4
    return start if protocol in {_IPV4, _IPV6} and start < len(frame) else -1
