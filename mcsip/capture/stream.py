"""The octets of one direction of a connection, in order, cut into SIP messages.

Whether they are SIP at all is told by content. After a fault, or a gap in the capture, the way is
found again at the next start line. What stands between is kept after a fault, since somebody sent
it to a SIP address, and dropped after a gap, since it is the rest of a message that is told lost.
"""

from enum import Enum, auto

from mcsip.capture.limits import MAX_STRANGE_ENTRIES
from mcsip.capture.plain import end_of_plain_message
from mcsip.capture.recognise import (
    begins_message,
    begins_tls,
    find_start_line,
    half_start_line,
    may_begin_message,
)
from mcsip.capture.remarks import Place, Remarks
from mcsip.sip.parse import KeepAlive, Malformed, StreamFramer

_PIECE_OCTETS = 16 * 1024
"""How much is read at a time: what follows each of many faults is copied, but not much [ours]."""


class Speech(Enum):
    """What a stream carries."""

    UNKNOWN = auto()
    SIP = auto()
    LOST = auto()
    """SIP, but the next start line is still to be found."""
    TLS = auto()
    OTHER = auto()


class SipStream:
    """Takes the octets of one direction in order; gives messages, each as its octets.

    Args:
        remarks: is told what is lost.
    """

    __slots__ = ("_framer", "_held", "_keep", "_remarks", "_skip", "_strange", "speech")

    def __init__(self, remarks: Remarks) -> None:
        self.speech = Speech.UNKNOWN
        self._remarks = remarks
        self._framer: StreamFramer | None = None
        self._held = b""
        self._keep = True
        self._strange = 0
        self._skip = 0

    def feed(self, data: bytes, place: Place, *, expected: bool) -> list[bytes]:
        """Take the next octets; return the messages that they complete, and strange octets.

        Args:
            data: the octets.
            place: where they were found.
            expected: whether SIP is to be expected at one of the addresses.
        """
        match self.speech:
            case Speech.SIP if self._is_one_message(data):
                return [data]
            case Speech.SIP | Speech.LOST:
                return self._read(data, place)
            case Speech.UNKNOWN | Speech.OTHER:
                return self._recognise(data, place, expected=expected)
            case Speech.TLS:
                return []

    def _is_one_message(self, data: bytes) -> bool:
        """Tell whether octets are a whole message and nothing else, as most segments are."""
        return (
            self._framer is None
            and data[:1] not in b"\r\n"
            and end_of_plain_message(data, 0) == len(data)
        )

    def lose(self) -> None:
        """Be told that octets are missing here."""
        if self.speech in {Speech.SIP, Speech.LOST}:
            self.speech, self._keep, self._skip = Speech.LOST, False, 0
            self._held, self._framer = b"", None
        elif self.speech is Speech.UNKNOWN:
            self._keep, self._held = False, b""

    def finish(self, place: Place | None) -> None:
        """Be told that nothing follows."""
        if self._framer is not None and self._framer.incomplete:
            self._remarks.add("a connection ends in the middle of a message; left out", place)
        self._framer, self._held, self._keep = None, b"", True
        self.speech = Speech.UNKNOWN

    def _recognise(self, data: bytes, place: Place, *, expected: bool) -> list[bytes]:
        """Find out what the first octets are."""
        data = self._held + data
        self._held = b""
        if begins_message(data):
            self.speech = Speech.SIP
            return self._read(data, place)
        if begins_tls(data):
            self.speech = Speech.TLS
        elif self.speech is Speech.UNKNOWN:
            text = data.lstrip(b"\r\n")
            if not text or may_begin_message(text):
                self._held = text
            elif expected:
                self.speech, self._strange, self._skip = Speech.LOST, 0, 0
                return self._read(data, place)
            else:
                self.speech = Speech.OTHER
        return []

    def _read(self, data: bytes, place: Place) -> list[bytes]:
        """Read octets, piece by piece: what follows a fault is looked at again."""
        done: list[bytes] = []
        for start in range(0, len(data), _PIECE_OCTETS):
            piece = data[start : start + _PIECE_OCTETS]
            while piece:
                if self.speech is Speech.SIP:
                    piece = self._frame(piece, done)
                else:
                    piece = self._find(piece, place, done)
        return done

    def _frame(self, data: bytes, done: list[bytes]) -> bytes:
        """Cut octets into messages, up to a fault; return what is left from there on."""
        if self._framer is None:
            start, data = 0, data.lstrip(b"\r\n")
            while start < len(data) and (end := end_of_plain_message(data, start)) >= 0:
                done.append(data[start:end])
                start = end
                while data[start : start + 2] == b"\r\n":
                    start += 2  # RFC 3261 7.5, RFC 5626 4.4.1
            if start == len(data):
                return b""
            data = data[start:]
            self._framer = StreamFramer()
        framer = self._framer
        for item in framer.feed(data):
            if isinstance(item, Malformed):
                whole = item.data + framer.rest
                self.speech, self._framer = Speech.LOST, None
                self._keep, self._strange = True, 0
                self._skip = whole.find(b"\n") + 1 if begins_message(whole) else 1
                return whole
            if not isinstance(item, KeepAlive):
                done.append(item.octets())
        if not framer.incomplete:
            self._framer = None
        return b""

    def _find(self, data: bytes, place: Place, done: list[bytes]) -> bytes:
        """Look for the next start line; return what is left from there on."""
        data = self._held + data
        start = find_start_line(data, self._skip)
        self._skip = 0
        if start < 0:
            end = half_start_line(data)
            self._held = data[end:]
            done += self._strangers(data[:end], place)
            return b""
        self._held = b""
        self.speech = Speech.SIP
        done += self._strangers(data[:start], place)
        return data[start:]

    def _strangers(self, data: bytes, place: Place) -> list[bytes]:
        """Return octets that are no message as an entry, where they are kept."""
        if not data.strip(b"\r\n") or not self._keep:
            return []
        self._strange += 1
        if self._strange > MAX_STRANGE_ENTRIES:
            self._remarks.add("a connection carries many octets that are no SIP; left out", place)
            return []
        return [data]
