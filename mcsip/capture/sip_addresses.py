"""Which addresses speak SIP: those of the default ports, and those that were seen to."""

from mcsip.capture.limits import MAX_SIP_ADDRESSES
from mcsip.capture.recognise import SIP_PORTS

Address = tuple[bytes, int]
"""An IP address of four or sixteen octets, and a port."""


class SipAddresses:
    """Remembers which addresses speak SIP, over UDP and over TCP."""

    def __init__(self) -> None:
        self._known: set[tuple[bool, bytes, int]] = set()

    def add(self, source: Address, target: Address, *, udp: bool) -> None:
        """Remember both ends of a message."""
        if len(self._known) < MAX_SIP_ADDRESSES:
            self._known.add((udp, *source))
            self._known.add((udp, *target))

    def expects(self, source: Address, target: Address, *, udp: bool) -> bool:
        """Return whether what goes from one to the other ought to be SIP."""
        return (
            target[1] in SIP_PORTS
            or source[1] in SIP_PORTS
            or (udp, *target) in self._known
            or (udp, *source) in self._known
        )
