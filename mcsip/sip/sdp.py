"""Session descriptions: SDP as far as one audio stream needs it (RFC 4566, RFC 8866) [2nd].

A description is its lines, octet for octet: a head, and one section for each ``m=`` line. What is
asked of it (address, port, direction …) is read from the lines; what is changed replaces single
lines, so that whatever nobody understands goes out as it came in.

``parse_sdp`` refuses only what cannot be used. ``check_sdp`` says what else is wrong by RFC 8866.
Offers and answers are in ``offer_answer``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import ip_address

from mcsip.sip.errors import ParseError
from mcsip.sip.host import MAX_PORT

#: The media type of a session description, RFC 8866 8.1 [2nd].
MEDIA_TYPE = "application/sdp"
#: Largest description that is read, and its most lines and streams [ours].
MAX_SDP_OCTETS = 16_384
MAX_LINES = 512
MAX_STREAMS = 32

_EOL = "\r\n"
# RFC 8866 5: the types in the order in which they must stand.
_HEAD_ORDER = "vosiuepcbtrzka"
_MEDIA_ORDER = "micbka"


class Direction(StrEnum):
    """Who sends on a stream (RFC 8866 6.7; the default is both)."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"


_DIRECTIONS = {str(direction): direction for direction in Direction}


class SdpError(ParseError):
    """A session description cannot be used; a server answers 400, or 488 for its content."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The ``o=`` line (RFC 8866 5.2).

    Attributes:
        user: user name, ``-`` without one.
        session_id: numeric session ID, as written.
        version: version of the description.
        address_type: ``"IP4"`` or ``"IP6"``.
        address: who made the session.
    """

    user: str
    session_id: str
    version: int
    address_type: str
    address: str

    def __str__(self) -> str:
        return f"{self.user} {self.session_id} {self.version} IN {self.address_type} {self.address}"


@dataclass(frozen=True, slots=True)
class Section:
    """The head of a description, or one stream.

    Attributes:
        lines: its lines with their line ends; a stream's first is its ``m=`` line.
    """

    lines: tuple[str, ...]

    def values(self, kind: str) -> list[str]:
        """Return the values of all lines of a type (``"a"``)."""
        return [line[2:].rstrip(_EOL) for line in self.lines if line[:2] == f"{kind}="]

    def first(self, kind: str) -> str | None:
        """Return the value of the first line of a type, or None."""
        return next(iter(self.values(kind)), None)

    def attribute(self, name: str) -> str | None:
        """Return the value of the first attribute of a name, ``""`` without value, or None."""
        for value in self.values("a"):
            found, _, text = value.partition(":")
            if found == name:
                return text
        return None

    def attributes(self, name: str) -> list[str]:
        """Return the values of all attributes of a name."""
        pairs = (value.partition(":") for value in self.values("a"))
        return [text for found, _, text in pairs if found == name]

    @property
    def direction(self) -> Direction | None:
        """What a direction attribute here says, or None."""
        for value in self.values("a"):
            if value in _DIRECTIONS:
                return _DIRECTIONS[value]
        return None

    @property
    def address(self) -> str | None:
        """The address of the ``c=`` line, without TTL, or None."""
        value = self.first("c")
        return None if value is None else _connection(value)[1]

    # --- one stream

    @property
    def media(self) -> tuple[str, int, str, tuple[str, ...]]:
        """The ``m=`` line: media type, port, protocol, formats (RFC 8866 5.14)."""
        kind, port, protocol, *formats = self.lines[0][2:].split()
        return kind, int(port.partition("/")[0]), protocol, tuple(formats)

    @property
    def kind(self) -> str:
        """The media type: ``"audio"``."""
        return self.media[0]

    @property
    def port(self) -> int:
        """The port; 0: the stream is not wanted (RFC 3264 6)."""
        return self.media[1]

    # --- changes

    def changed(self, change: Callable[[str], str | None]) -> "Section":
        """Return the section with each line (without its end) changed; None takes a line away."""
        lines = []
        for line in self.lines:
            bare = line.rstrip(_EOL)
            new = change(bare)
            if new is not None:
                lines.append(line if new == bare else new + (line[len(bare) :] or _EOL))
        return Section(tuple(lines))

    def inserted(self, kind: str, value: str) -> "Section":
        """Return the section with one more line, where RFC 8866 5 wants its type to stand."""
        order = _MEDIA_ORDER if self.lines[0][:1] == "m" else _HEAD_ORDER
        later = order[order.index(kind) + 1 :]
        place = next((i for i, line in enumerate(self.lines) if line[0] in later), len(self.lines))
        lines = list(self.lines)
        if place == len(lines) and not lines[-1].endswith("\n"):
            lines[-1] += _EOL
        lines.insert(place, f"{kind}={value}{_EOL}")
        return Section(tuple(lines))


@dataclass(frozen=True, slots=True)
class Sdp:
    """One session description.

    Attributes:
        head: the lines before the first ``m=``.
        streams: one section for each ``m=`` line.
    """

    head: Section
    streams: tuple[Section, ...]

    def octets(self) -> bytes:
        """Return the description: as it was read where nothing was changed."""
        sections = (self.head, *self.streams)
        text = "".join(line for section in sections for line in section.lines)
        return text.encode("utf-8", "surrogateescape")

    @property
    def origin(self) -> Origin:
        """The ``o=`` line."""
        return _origin(self.head.first("o") or "")

    def address_of(self, index: int) -> tuple[str, int]:
        """Return address and port of a stream (RFC 8866 5.7: its own ``c=`` line wins)."""
        stream = self.streams[index]
        return stream.address or self.head.address or "", stream.port

    def direction_of(self, index: int) -> Direction:
        """Return the direction of a stream: its own, that of the session, or both ways."""
        return self.streams[index].direction or self.head.direction or Direction.SENDRECV

    @property
    def audio(self) -> int | None:
        """The index of the first audio stream that is wanted, or None."""
        for index, stream in enumerate(self.streams):
            if stream.kind == "audio" and stream.port:
                return index
        return None

    # --- changes

    def with_version(self, version: int) -> "Sdp":
        """Return the description as another version of itself (RFC 3264 8)."""
        return self._with_origin(replace(self.origin, version=version))

    def with_address(self, index: int, address: str, port: int) -> "Sdp":
        """Return the description with the address and port of one stream changed.

        An anchor's change: media comes to it instead. ``a=rtcp`` (RFC 3605) follows, to the next
        port; ICE candidates, which would lead past the anchor, go (RFC 8839 4.2 [2nd]).

        Args:
            index: which stream.
            address: an IPv4 or IPv6 address.
            port: the port; the count of ports after it stays.

        Raises:
            ValueError: no such address or port.
        """
        if not 0 <= port <= MAX_PORT:
            raise ValueError(f"not a port: {port}")
        value = connection_value(address)
        stream = self.streams[index]
        if stream.first("c") is None:
            stream = stream.inserted("c", value)

        def change(line: str) -> str | None:
            if line[:2] == "m=":
                kind, old, rest = line.split(maxsplit=2)
                count = old.partition("/")[1:]
                return f"{kind} {port}{''.join(count)} {rest}"
            if line[:2] == "c=":
                return f"c={value}"
            if line == "a=rtcp" or line.startswith("a=rtcp:"):
                return f"a=rtcp:{port + 1} {value}"
            if line.startswith(_ICE):
                return None
            return line

        streams = list(self.streams)
        streams[index] = stream.changed(change)
        return replace(self, streams=tuple(streams))

    def with_origin_address(self, address: str) -> "Sdp":
        """Return the description as made at another address: ``o=`` and the head's ``c=``.

        What an anchor shows must not name the one behind it; streams keep their address.
        """
        kind = address_type(address)
        described = self
        if (shared := self.head.first("c")) is not None:
            own = (s if s.first("c") is not None else s.inserted("c", shared) for s in self.streams)
            described = replace(self, streams=tuple(own))
        described = described._with_origin(  # noqa: SLF001  # our own kind
            replace(self.origin, address_type=kind, address=address)
        )
        value = f"c={connection_value(address)}"
        head = described.head.changed(lambda line: value if line[:2] == "c=" else line)
        return replace(described, head=head)

    def _with_origin(self, origin: Origin) -> "Sdp":
        text = f"o={origin}"
        head = self.head.changed(lambda line: text if line[:2] == "o=" else line)
        return replace(self, head=head)


_ICE = ("a=candidate:", "a=remote-candidates:", "a=ice-", "a=end-of-candidates")


def parse_sdp(data: bytes) -> Sdp:
    """Read a description. Bare line feeds are read too (RFC 8866 5); unknown lines are kept.

    Raises:
        SdpError: it is too large, has a line that is none, does not begin with ``v=0`` and a
            well-formed ``o=``, or has a ``c=`` or ``m=`` line or a stream's address that cannot be
            used.
    """
    if len(data) > MAX_SDP_OCTETS:
        raise SdpError(f"session description of {len(data)} octets")
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    whole = [f"{line}\n" for line in lines[:-1]] + lines[-1:]
    if whole[-1] == "":
        whole.pop()
    if len(whole) > MAX_LINES:
        raise SdpError(f"session description of {len(whole)} lines")
    sections: list[list[str]] = [[]]
    for line in whole:
        _check_line(line)
        if line[0] == "m":
            sections.append([])
        sections[-1].append(line)
    head, *streams = sections
    if len(streams) > MAX_STREAMS:
        raise SdpError(f"session description of {len(streams)} streams")
    if [line[:2] for line in head[:2]] != ["v=", "o="] or head[0].rstrip(_EOL) != "v=0":
        raise SdpError("session description that does not begin with v=0 and o=")
    sdp = Sdp(Section(tuple(head)), tuple(Section(tuple(lines)) for lines in streams))
    _origin(sdp.head.first("o") or "")
    _check_usable(sdp)
    return sdp


def check_sdp(sdp: Sdp) -> list[str]:
    """Return what is wrong with a description by RFC 8866 5, each fault in one sentence."""
    found = []
    if [line[0] for line in sdp.head.lines[2:3]] != ["s"]:
        found.append("s= does not follow o=")
    if sdp.head.first("t") is None:
        found.append("t= is missing")
    found += _misplaced(sdp.head, _HEAD_ORDER, "the session")
    for number, stream in enumerate(sdp.streams, 1):
        found += _misplaced(stream, _MEDIA_ORDER, f"stream {number}")
        _, _, protocol, formats = stream.media
        if protocol.startswith("RTP/") and not all(_is_payload_type(text) for text in formats):
            found.append(f"stream {number}: a format of RTP is a number below 128")
    if any(not line.endswith("\r\n") for s in (sdp.head, *sdp.streams) for line in s.lines):
        found.append("a line does not end with CR LF")
    return found


def address_type(address: str) -> str:
    """Return ``"IP4"`` or ``"IP6"``; ValueError when it is neither's address."""
    return f"IP{ip_address(address).version}"


def connection_value(address: str) -> str:
    """Return the value of a ``c=`` line (RFC 8866 5.7); ValueError when it is no IP address."""
    return f"IN {address_type(address)} {address}"


def _check_line(line: str) -> None:
    bare = line.rstrip(_EOL)
    if len(bare) < 2 or bare[1] != "=" or not (bare[0].isascii() and bare[0].isalpha()):
        raise SdpError(f"not a line of a session description: {bare[:40]!r}")
    if "\0" in bare or "\r" in bare:
        raise SdpError(f"control character in a session description: {bare[:40]!r}")


def _check_usable(sdp: Sdp) -> None:
    if (value := sdp.head.first("c")) is not None:
        _connection(value)
    for stream in sdp.streams:
        parts = stream.lines[0][2:].split()
        if len(parts) < 4:
            raise SdpError(f"malformed m= line: {stream.lines[0].rstrip()[:60]!r}")
        _check_port(parts[1])
        if (value := stream.first("c")) is not None:
            _connection(value)
        elif sdp.head.first("c") is None:  # RFC 8866 5.7
            raise SdpError("neither the session nor the stream has a c= line")


def _check_port(text: str) -> None:
    port, slash, count = text.partition("/")
    if not _is_number(port, 5) or int(port) > MAX_PORT or (slash and not _is_number(count, 5)):
        raise SdpError(f"not a port: {text[:20]!r}")


def _connection(value: str) -> tuple[str, str]:
    """Return address type and address of a ``c=`` value, without TTL and count."""
    parts = value.split()
    if len(parts) != 3 or parts[0] != "IN" or parts[1] not in {"IP4", "IP6"}:
        raise SdpError(f"malformed c= line: {value[:60]!r}")
    return parts[1], parts[2].partition("/")[0]


def _origin(value: str) -> Origin:
    parts = value.split(" ")
    if len(parts) != 6 or not all(parts) or parts[3] != "IN":
        raise SdpError(f"malformed o= line: {value[:60]!r}")
    user, session_id, version, _, kind, address = parts
    if not _is_number(session_id, 40) or not _is_number(version, 20):
        raise SdpError(f"malformed o= line: {value[:60]!r}")
    return Origin(user, session_id, int(version), kind, address)


def _is_number(text: str, digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= digits


def _is_payload_type(text: str) -> bool:
    return _is_number(text, 3) and int(text) < 128


def _misplaced(section: Section, order: str, where: str) -> list[str]:
    found: list[str] = []
    reached = 0
    for line in section.lines:
        kind = line[0]
        if kind not in order:
            found.append(f"{where}: unknown type {kind}=")
        elif kind in "tr" and order is _HEAD_ORDER and reached <= order.index("r"):
            reached = order.index("t")  # 5.9, 5.10: t= and its r= lines come in groups
        elif order.index(kind) < reached:
            found.append(f"{where}: {kind}= stands too late")
        else:
            reached = order.index(kind)
    return found
