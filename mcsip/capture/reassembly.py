"""The octets of one direction of a TCP connection in order of their sequence numbers (RFC 9293)."""

from mcsip.capture.limits import MAX_PENDING_OCTETS, MAX_PENDING_SEGMENTS

_MODULUS = 1 << 32
_HALF = 1 << 31
MAX_JUMP_OCTETS = 64 * 1024 * 1024
"""A sequence number further away than this is that of another connection [ours]."""


def distance(later: int, earlier: int) -> int:
    """Return how far one sequence number is after another; negative when it is before."""
    return (later - earlier + _HALF) % _MODULUS - _HALF


class Reassembly:
    """Puts segments into order.

    Attributes:
        next: sequence number of the octet to come; None before the first.
        waiting_octets: how many octets wait for others before them.
    """

    __slots__ = ("_waiting", "next", "waiting_octets")

    def __init__(self, first: int | None = None) -> None:
        self.next = first
        self.waiting_octets = 0
        self._waiting: dict[int, bytes] = {}

    @property
    def waiting(self) -> bool:
        """Whether octets wait for others before them."""
        return bool(self._waiting)

    @property
    def overfull(self) -> bool:
        """Whether so much waits that what is missing will not come any more."""
        return self.waiting_octets > MAX_PENDING_OCTETS or len(self._waiting) > MAX_PENDING_SEGMENTS

    def is_elsewhere(self, sequence: int) -> bool:
        """Return whether a segment cannot be of this connection."""
        return self.next is not None and abs(distance(sequence, self.next)) > MAX_JUMP_OCTETS

    def add(self, sequence: int, data: bytes) -> bytes:
        """Take a segment; return the octets that now stand in order.

        Of octets that came twice the first are taken: those the receiver had.
        """
        if self.next is None:
            self.next = sequence
        ahead = distance(sequence, self.next)
        if ahead > 0:
            known = self._waiting.get(sequence, b"")
            if len(known) < len(data):
                self._waiting[sequence] = data
                self.waiting_octets += len(data) - len(known)
            return b""
        if ahead < 0:
            data = data[-ahead:]
        self.next = (self.next + len(data)) % _MODULUS
        return data + self._follow() if self._waiting else data

    def skip(self) -> tuple[int, bytes]:
        """Give up what is missing; return how many octets, and those that follow it."""
        assert self.next is not None
        at = self.next
        nearest = min(self._waiting, key=lambda sequence: distance(sequence, at))
        missing = distance(nearest, at)
        self.next = nearest
        return missing, self._follow()

    def acknowledged_beyond(self, acknowledgement: int) -> bool:
        """Return whether the receiver has acknowledged octets that are missing here."""
        return (
            bool(self._waiting)
            and self.next is not None
            and distance(acknowledgement, self.next) > 0
            and any(distance(acknowledgement, sequence) > 0 for sequence in self._waiting)
        )

    def _follow(self) -> bytes:
        """Return the waiting octets that now stand in order."""
        assert self.next is not None
        at = self.next
        done = bytearray()
        for sequence in sorted(self._waiting, key=lambda sequence: distance(sequence, at)):
            overlap = distance(self.next, sequence)
            if overlap < 0:
                break
            data = self._waiting.pop(sequence)
            self.waiting_octets -= len(data)
            done += data[overlap:]
            self.next = (self.next + max(len(data) - overlap, 0)) % _MODULUS
        return bytes(done)
