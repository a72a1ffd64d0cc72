"""From octets to messages: one datagram, or a stream cut by Content-Length.

Reading is lenient (RFC 3261 7.3.1): folding, compact forms, white space, any order of the fields,
bare line feeds. What cannot be read well enough to be routed becomes ``Malformed``, never an
exception: it says why, with which status a server answers it, and holds the message as far as it
could be read, so that the answer can be addressed.

Sizes are checked before memory is taken: a stream is cut off at a head or a Content-Length above
the limits.
"""

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from mcsip.sip.field import Field
from mcsip.sip.headers import canonical, key_in_usual_spelling
from mcsip.sip.memo import LONGEST, remembering
from mcsip.sip.message import SIP_VERSION, Message, Request, Response

#: Largest start line and header fields, in octets [ours]: 16 times RFC 4475's longest.
MAX_HEAD_OCTETS = 64 * 1024
#: Largest body that is read, in octets [ours]: an MC info body is about 1 KB.
MAX_BODY_OCTETS = 1024 * 1024
#: Largest number of header fields that are read [ours].
MAX_FIELDS = 512

_CRLF2 = b"\r\n\r\n"
#: The end of a line and the empty line after it, where bare line feeds count too [ours].
_empty_line = re.compile(rb"\r?\n\r?\n").search
#: token of RFC 3261 25.1.
_is_token = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+").fullmatch
_new_tuple = tuple.__new__
_WHITE = (" ", "\t")
#: Instead of a fault: lines must be split at bare line feeds as well.
_BARE = "carriage return or line feed within a line"

#: Fields that differ from message to message: their lines are not remembered.
_PASSING = frozenset({"call-id", "contact", "from", "in-reply-to", "to", "via"})
#: How many lines are remembered [ours]: at most 4 MB.
MAX_REMEMBERED_LINES = 4096
# Services, feature tags, media types, lengths, hops: most lines of a message stood in an earlier
# one. Looking such a line up takes a tenth of reading it; a MESSAGE is read in 7 instead of 10 µs.
_remembered: dict[str, Field] = {}


@dataclass(frozen=True, slots=True)
class Malformed:
    """Octets that are no message, or none that can be routed.

    Attributes:
        reason: what is wrong, for people; fit to be a reason phrase.
        data: the octets.
        status: the status code with which a server answers a request like this.
        message: the message as far as it could be read, or None.
    """

    reason: str
    data: bytes
    status: int = 400
    message: Request | Response | None = None


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """A double CRLF between messages of a stream, answered with a single one (RFC 5626 4.4.1)."""


def parse_datagram(data: bytes) -> Request | Response | Malformed:
    """Read the one message of a datagram.

    Content-Length decides what of the rest is body: a shorter one cuts the excess off, a longer one
    makes the message malformed (RFC 3261 18.3). Without it the body is all the rest. Line ends
    before the start line are ignored.
    """
    if data[:1] in b"\r\n":
        data = data.lstrip(b"\r\n")
    head, separator, body = data.partition(_CRLF2)
    message = _read_head(head, data) if separator else None
    if message is None:
        head, separator, body = _partition_loosely(data)
        message = _read_loose_head(head, data)
    if isinstance(message, Malformed):
        return message
    if not separator:
        return Malformed("the header section does not end", data, 400, message)
    length = _content_length(message)
    if isinstance(length, str):
        return Malformed(length, data, 400, message)
    if length is None or length == len(body):
        message.body = body
        message._octets = data  # noqa: SLF001  # the reader completes what it has just made
    elif length < len(body):
        message.body = body[:length]
        message._octets = data[: len(data) - len(body) + length]  # noqa: SLF001  # as above
    else:
        message.body = body
        reason = f"Content-Length is {length} but the body has {len(body)} octets"
        return Malformed(reason, data, 400, message)
    if len(message.body) > MAX_BODY_OCTETS:
        return Malformed("body too large", data, 413, message)
    return message


def _partition_loosely(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Split at the first empty line where lines may also end with a bare line feed.

    Returns head, separator, body; the separator is empty when there is no empty line.
    """
    found = _empty_line(data)
    if found is None:
        return data.rstrip(b"\r\n"), b"", b""
    return data[: found.start()], found[0], data[found.end() :]


def _read_head(head: bytes, data: bytes) -> Request | Response | Malformed | None:
    """Read start line and header fields, without the empty line; the body is still empty.

    Returns:
        None where a line holds a bare carriage return or line feed.
    """
    if len(head) > MAX_HEAD_OCTETS:
        return Malformed("header section too large", data, 513)
    return _read_lines(head.decode("utf-8", "surrogateescape").split("\r\n"), data)


def _read_loose_head(head: bytes, data: bytes) -> Request | Response | Malformed:
    """Read a head whose lines may also end with bare line feeds."""
    if len(head) > MAX_HEAD_OCTETS:
        return Malformed("header section too large", data, 513)
    text = head.decode("utf-8", "surrogateescape")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    message = _read_lines(lines, data) if all(lines[1:]) else None
    # Written out again, a line with a carriage return would become several.
    reason = "carriage return or empty line within the header section"
    return Malformed(reason, data) if message is None else message


def _read_lines(lines: list[str], data: bytes) -> Request | Response | Malformed | None:
    """Read the lines of a head; None where one holds a bare carriage return or line feed."""
    too_many = len(lines) > MAX_FIELDS
    if too_many:
        del lines[MAX_FIELDS:]
    start = _read_start_line(lines.pop(0))
    fields, fault = _read_fields(lines)
    if fault is _BARE or start is _BARE:
        return None
    message: Request | Response
    if isinstance(start, RequestLine):
        message = Request(start[0], start[1], fields, version=start[2])
    elif isinstance(start, StatusLine):
        message = Response(start[0], start[1], fields)
    else:
        return Malformed(start, data)
    if too_many:
        return Malformed("too many header fields", data, 513, message)
    return message if fault is None else Malformed(fault, data, 400, message)


def _read_fields(lines: list[str]) -> tuple[tuple[Field, ...], str | None]:
    """Return the fields of some lines, and what is wrong with the first line that is none."""
    known = _remembered.get
    try:
        return tuple([known(line) or _read_field(line) for line in lines]), None
    except _NoFieldError:
        return _read_folded(lines)


class _NoFieldError(Exception):
    """A line continues another one, or is no header field."""


def _read_field(line: str) -> Field:
    """Return the field of a line; raises _NoFieldError where there is no whole one in it."""
    name, colon, value = line.partition(":")
    key = key_in_usual_spelling(name)
    if key is None:
        key = canonical(name)
        if not colon or not key or " " in key or line[:1] in _WHITE:
            raise _NoFieldError
    if "\n" in line or "\r" in line:
        raise _NoFieldError
    field = _new_tuple(Field, (key, value.strip(" \t"), line))
    if key not in _PASSING and len(line) <= LONGEST:
        if len(_remembered) >= MAX_REMEMBERED_LINES:
            _remembered.clear()
        _remembered[line] = field
    return field


def _read_folded(lines: list[str]) -> tuple[tuple[Field, ...], str | None]:
    """Return the fields of lines of which some are folded, or none (RFC 3261 7.3.1)."""
    fields: list[Field] = []
    fault: str | None = None
    for line in lines:
        if "\n" in line or "\r" in line:
            return (), _BARE
        if line[:1] in _WHITE and fields:
            last = fields[-1]
            value = (last.value + " " + line.strip(" \t")).strip(" \t")
            fields[-1] = Field(last.key, value, f"{last.raw}\r\n{line}")
            continue
        try:
            fields.append(_read_field(line.lstrip(" \t")))
        except _NoFieldError:
            fault = fault or f"header line without a name and a colon: {line[:40]!r}"
    return tuple(fields), fault


class RequestLine(NamedTuple):
    """What a request line says (RFC 3261 7.1)."""

    method: str
    uri: str
    version: str


class StatusLine(NamedTuple):
    """What a status line says (RFC 3261 7.2)."""

    status: int
    reason: str


@remembering(1024)
def _read_start_line(line: str) -> RequestLine | StatusLine | str:
    """Return what a start line says, or what is wrong with it.

    Additional spaces between and after the elements are ignored (RFC 4475 3.1.2.9, 3.1.2.10).
    """
    if "\n" in line or "\r" in line:
        return _BARE
    first, _, rest = line.partition(" ")
    if first[:4].upper() == "SIP/":
        return _read_status_line(first, rest.lstrip(" "))
    uri, _, version = rest.strip(" ").rpartition(" ")
    uri = uri.rstrip(" ")
    if not uri or version[:4].upper() != "SIP/" or not _is_token(first):
        return f"start line is neither a request line nor a status line: {line[:40]!r}"
    return RequestLine(first, uri, SIP_VERSION if version.upper() == SIP_VERSION else version)


def _read_status_line(version: str, rest: str) -> StatusLine | str:
    """Return what a status line says, or what is wrong with it."""
    if version.upper() != SIP_VERSION:
        return f"response of another version: {version[:20]!r}"
    code, _, reason = rest.partition(" ")
    if len(code) != 3 or not (code.isascii() and code.isdigit()) or not "1" <= code[0] <= "6":
        return f"status code is not a number from 100 to 699: {code[:20]!r}"
    return StatusLine(int(code), reason)


def _content_length(message: Message) -> int | str | None:
    """Return Content-Length, None when absent, or what is wrong with it."""
    value = message.first("content-length")
    if value is None:
        return None
    if not (value.isascii() and value.isdigit()) or len(value) > 10:
        return f"Content-Length is not a number: {value[:20]!r}"
    if any(field[1] != value for field in message.fields if field[0] == "content-length"):
        return "Content-Length stands twice and differs"
    return int(value)


class StreamFramer:
    """Cuts the octets of one stream connection into messages (RFC 3261 18.3).

    Feed it what arrives; it gives the complete messages in order. After a fault that loses the
    framing ``broken`` is true, and the connection is of no further use; ``rest`` are the octets
    that had arrived after those of the fault.
    """

    __slots__ = (
        "_buffer",
        "_head_octets",
        "_pending",
        "_scanned",
        "_total_octets",
        "broken",
        "rest",
    )

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._pending: Request | Response | None = None
        self._scanned = 0
        self._head_octets = 0
        self._total_octets = 0
        self.broken = False
        self.rest = b""

    @property
    def incomplete(self) -> bool:
        """Whether part of a message has arrived and its rest has not."""
        return bool(self._buffer.strip(b"\r\n"))

    def feed(self, data: bytes) -> list[Request | Response | Malformed | KeepAlive]:
        """Take octets as they arrived; return what they complete."""
        done: list[Request | Response | Malformed | KeepAlive] = []
        if self.broken:
            return done
        self._buffer += data
        while not self.broken:
            item: Request | Response | Malformed | KeepAlive | None = None
            if self._pending is None:
                item = self._begin()
            if item is None and self._pending is not None:
                item = self._complete(self._pending)
            if item is None:
                break
            done.append(item)
        return done

    def _begin(self) -> Malformed | KeepAlive | None:
        """Read a head, if it is all there, into ``_pending``; return what is not a message."""
        buffer = self._buffer
        while buffer[:2] == b"\r\n":
            if buffer[:4] == _CRLF2:
                del buffer[:4]
                return KeepAlive()
            if len(buffer) < 4:
                return None
            del buffer[:2]  # RFC 3261 7.5: line ends before the start line are ignored
        end = buffer.find(_CRLF2, max(0, self._scanned - 3))
        if end > MAX_HEAD_OCTETS or (end < 0 and len(buffer) >= MAX_HEAD_OCTETS + len(_CRLF2)):
            return self._lose("header section too large", 513)
        if end < 0:
            self._scanned = len(buffer)
            return None
        self._scanned = 0
        head = bytes(buffer[:end])
        message = _read_head(head, head)
        if message is None:
            message = _read_loose_head(head, head)
        if isinstance(message, Malformed):
            self.broken = True
            self.rest = bytes(buffer[end + 4 :])
            buffer.clear()
            return replace(message, data=head + _CRLF2)
        length = _content_length(message)
        if length is None:
            return self._lose("Content-Length is missing on a stream", 400, message)
        if isinstance(length, str):
            return self._lose(length, 400, message)
        if length > MAX_BODY_OCTETS:
            return self._lose("body too large", 413, message)
        self._pending = message
        self._head_octets = end + 4
        self._total_octets = end + 4 + length
        return None

    def _complete(self, message: Request | Response) -> Request | Response | None:
        """Return the pending message with its body, if that is all there."""
        buffer = self._buffer
        if len(buffer) < self._total_octets:
            return None
        octets = bytes(buffer[: self._total_octets])
        del buffer[: self._total_octets]
        self._pending = None
        message.body = octets[self._head_octets :]
        message._octets = octets  # noqa: SLF001  # the reader completes what it has just made
        return message

    def _lose(
        self, reason: str, status: int, message: Request | Response | None = None
    ) -> Malformed:
        """Give up the framing; the octets that are kept for the report are bounded."""
        self.broken = True
        data = bytes(self._buffer[:MAX_HEAD_OCTETS])
        self.rest = bytes(self._buffer[MAX_HEAD_OCTETS:])
        self._buffer.clear()
        return Malformed(reason, data, status, message)
