"""What the readers of this package raise."""

from mcsip.errors import PeerError


class ParseError(PeerError):
    """A text from a peer is malformed; a server answers it with 400 (RFC 3261 8.2, 21.4.1)."""
