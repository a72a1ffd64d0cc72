"""Media through the primary: a server puts itself into the session descriptions of a call.

Clause: TS 23.280 5.2.9.1, "media of the MC service user's calls may need to be routed to the MC
service user's primary MC system, e.g. for logging purposes" [seed]. Offer and answer leave the
server with its own address and the ports of a relay in the place of the party's, in both
directions, so that each party sends to the relay, and the relay to the other (RFC 3264 [2nd]).
"""

from mcsip.net.rtp import RelaySide, RelayTable
from mcsip.sip.sdp import parse_sdp
from mcsip.trace import Peer

#: Where a party that is on hold receives (RFC 3264 8.4): nowhere.
NOWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, never bound


class MediaAnchor:
    """The relays of one call.

    Args:
        relays: those of the server.
        name: names the call.
        host: IP address of the server, towards both parties.
    """

    def __init__(self, relays: RelayTable, name: str, host: str) -> None:
        self._relays = relays
        self._name = name
        self._host = host
        self._streams = 0

    def carry(self, sdp: bytes, side: RelaySide) -> bytes:
        """Return a session description as the other party gets it.

        Args:
            sdp: octets of the description.
            side: the side of the party that made it: A called, B was called.

        Raises:
            SdpError: it cannot be read.
            NetworkError: no ports are free.
        """
        described = parse_sdp(sdp)
        changed = described.with_origin_address(self._host)
        for index, stream in enumerate(described.streams):
            if not stream.port:
                continue  # RFC 3264 6: turned down
            relay = self._relays.open(self._stream(index), self._host, self._host)
            self._streams = max(self._streams, index + 1)
            host, port = described.address_of(index)
            relay.announce(side, None if host in NOWHERE else Peer(host, port))
            changed = changed.with_address(index, self._host, relay.address(side.other).port)
        return changed.octets()

    def close(self) -> None:
        """Let go of the relays; more than once is harmless."""
        for index in range(self._streams):
            self._relays.close(self._stream(index))

    def _stream(self, index: int) -> str:
        return f"{self._name} {index}"
