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

    __slots__ = ("_framer", "_held", "_keep", "_remarks", "_strange", "speech")

    def __init__(self, remarks: Remarks) -> None:
        self.speech = Speech.UNKNOWN
        self._remarks = remarks
        self._framer: StreamFramer | None = None
        self._held = b""
        self._keep = True
        self._strange = 0

    def feed(self, data: bytes, place: Place, *, expected: bool) -> list[bytes]:
        """Take the next octets; return the messages that they complete, and strange octets.

        Args:
            data: the octets.
            place: where they were found.
            expected: whether SIP is to be expected at one of the addresses.
        """
        match self.speech:
            case Speech.SIP:
                return self._frame(data, place)
            case Speech.LOST:
                return self._find(data, place)
            case Speech.UNKNOWN | Speech.OTHER:
                return self._recognise(data, place, expected=expected)
            case Speech.TLS:
                return []

    def lose(self) -> None:
        """Be told that octets are missing here."""
        if self.speech in {Speech.SIP, Speech.LOST}:
            self.speech, self._keep, self._held, self._framer = Speech.LOST, False, b"", None
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
            return self._frame(data, place)
        if begins_tls(data):
            self.speech = Speech.TLS
        elif self.speech is Speech.UNKNOWN:
            text = data.lstrip(b"\r\n")
            if not text or may_begin_message(text):
                self._held = text
            elif expected:
                self.speech, self._strange = Speech.LOST, 0
                return self._find(data, place)
            else:
                self.speech = Speech.OTHER
        return []

    def _frame(self, data: bytes, place: Place) -> list[bytes]:
        """Cut octets into messages, up to a fault."""
        done: list[bytes] = []
        if self._framer is None:
            start, data = 0, data.lstrip(b"\r\n")
            while (end := end_of_plain_message(data, start)) >= 0:
                done.append(data[start:end])
                start = end
                while data[start : start + 2] == b"\r\n":
                    start += 2  # RFC 3261 7.5, RFC 5626 4.4.1
            if start == len(data):
                return done
            data = data[start:]
            self._framer = StreamFramer()
        framer = self._framer
        for item in framer.feed(data):
            if isinstance(item, Malformed):
                self.speech, self._framer = Speech.LOST, None
                self._keep, self._strange = True, 0
                return done + self._find(item.data + framer.rest, place, skip=1)
            if not isinstance(item, KeepAlive):
                done.append(item.octets())
        if not framer.incomplete:
            self._framer = None
        return done

    def _find(self, data: bytes, place: Place, *, skip: int = 0) -> list[bytes]:
        """Look for the next start line."""
        data = self._held + data
        start = find_start_line(data, skip)
        if start < 0:
            end = half_start_line(data)
            self._held = data[end:]
            return self._strangers(data[:end], place)
        self._held = b""
        self.speech = Speech.SIP
        return [*self._strangers(data[:start], place), *self._frame(data[start:], place)]

    def _strangers(self, data: bytes, place: Place) -> list[bytes]:
        """Return octets that are no message as an entry, where they are kept."""
        if not data.strip(b"\r\n") or not self._keep:
            return []
        self._strange += 1
        if self._strange > MAX_STRANGE_ENTRIES:
            self._remarks.add("a connection carries many octets that are no SIP; left out", place)
            return []
        return [data]
