"""Fragments of IP packets, until they make a whole (RFC 791 3.2, RFC 8200 4.5)."""

from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from mcsip.capture.limits import (
    FRAGMENTS_WAIT_NS,
    MAX_DATAGRAM_OCTETS,
    MAX_DATAGRAMS,
    MAX_FRAGMENT_OCTETS,
)
from mcsip.capture.remarks import Remarks

Key = tuple[bytes, bytes, int, int]
"""Source, target, identification and protocol: what the fragments of one datagram share."""


class Part(NamedTuple):
    """One fragment: where its octets belong, the octets, and whether none follow."""

    offset: int
    data: bytes
    last: bool


@dataclass(slots=True)
class _Waiting:
    """The fragments of one datagram."""

    since_ns: int
    parts: dict[int, bytes] = field(default_factory=dict)
    total: int | None = None
    octets: int = 0


class Fragments:
    """Where fragments wait, the oldest datagram first.

    Args:
        remarks: is told what was given up.
    """

    def __init__(self, remarks: Remarks) -> None:
        self._remarks = remarks
        self._waiting: OrderedDict[Key, _Waiting] = OrderedDict()
        self._octets = 0

    def add(self, key: Key, part: Part, at_ns: int) -> bytes | None:
        """Take a fragment; return the datagram that it completes, or None."""
        self._expire(at_ns)
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = _Waiting(at_ns)
        end = part.offset + len(part.data)
        if end > MAX_DATAGRAM_OCTETS:
            self._give_up(key, "fragments that make more than a datagram may have; left out")
            return None
        if len(waiting.parts.get(part.offset, b"")) < len(part.data):
            grown = len(part.data) - len(waiting.parts.get(part.offset, b""))
            waiting.parts[part.offset] = part.data
            waiting.octets += grown
            self._octets += grown
        if part.last:
            waiting.total = end
        whole = None if waiting.total is None else _join(waiting.parts, waiting.total)
        if whole is not None:
            self._drop(key)
            return whole
        while len(self._waiting) > MAX_DATAGRAMS or self._octets > MAX_FRAGMENT_OCTETS:
            oldest = next(iter(self._waiting))
            self._give_up(oldest, "too many fragments wait for others: the oldest are left out")
        return None

    def finish(self) -> None:
        """Tell what still waits."""
        for key in list(self._waiting):
            self._give_up_incomplete(key)

    def _expire(self, at_ns: int) -> None:
        for key, waiting in list(islice(self._waiting.items(), 2)):
            if at_ns - waiting.since_ns > FRAGMENTS_WAIT_NS:
                self._give_up_incomplete(key)

    def _give_up_incomplete(self, key: Key) -> None:
        self._give_up(key, "a datagram of which a fragment was not captured; left out")

    def _give_up(self, key: Key, why: str) -> None:
        self._drop(key)
        self._remarks.add(why)

    def _drop(self, key: Key) -> None:
        self._octets -= self._waiting.pop(key).octets


def _join(parts: dict[int, bytes], total: int) -> bytes | None:
    """Return the octets from 0 to ``total``, or None where some are missing."""
    whole = bytearray()
    for offset, data in sorted(parts.items()):
        if offset > len(whole):
            return None
        whole += data[len(whole) - offset :]
    return bytes(whole[:total]) if len(whole) >= total else None
