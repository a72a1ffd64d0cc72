"""Bodies of several parts: ``multipart/mixed`` of RFC 2046 5.1, byte-exact both ways.

A MESSAGE or INVITE with more than one body, an info body beside others, carries them so (TS 24.379)
[read].
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_letters, digits

from mcsip.errors import UsageError
from mcsip.mc.xml import BodyError

MEDIA_TYPE = "multipart/mixed"
MAX_PARTS = 16
"""Most parts that are read; a 3GPP body has at most 5 or so [ours]."""
MAX_PART_HEAD_OCTETS = 4096
"""Longest head of a part, with all its fields [ours]."""
MAX_BOUNDARY = 70
"""RFC 2046 5.1.1 [read]."""
_BOUNDARY_CHARACTERS = frozenset(ascii_letters + digits + "'()+_,-./:=? ")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a body.

    Attributes:
        content_type: value of its Content-Type field, with parameters, as written.
        body: its octets.
        fields: its other header fields, in order, as name and value.
    """

    content_type: str
    body: bytes
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def media_type(self) -> str:
        """Return the media type in lower case, without parameters."""
        return self.content_type.partition(";")[0].strip().lower()


def build_multipart(parts: Sequence[Part], boundary: str | None = None) -> tuple[str, bytes]:
    """Return the Content-Type value and the octets of a body of several parts.

    Args:
        parts: at least one.
        boundary: the delimiter; by default the first of ``mcsip-1``, ``mcsip-2``, … that stands in
            no part, so that equal parts give equal octets.

    Raises:
        UsageError: there is no part, the boundary is malformed or stands in a part, or a header
            field would break its line.
    """
    if not parts:
        raise UsageError("a multipart body has at least one part")
    chosen = _free_boundary(parts) if boundary is None else boundary
    if not is_boundary(chosen):
        raise UsageError(f"no boundary: {chosen!r}")
    delimiter = b"--" + chosen.encode("ascii")
    if any(delimiter in part.body for part in parts):
        raise UsageError(f"the boundary {chosen!r} stands in a part")
    lines = [delimiter + b"\r\n" + _head(part) + b"\r\n" + part.body + b"\r\n" for part in parts]
    body = b"".join(lines) + delimiter + b"--\r\n"
    return f'{MEDIA_TYPE};boundary="{chosen}"', body


def parse_multipart(content_type: str, body: bytes) -> tuple[Part, ...]:
    """Return the parts of a multipart body; preamble and epilogue are dropped.

    Args:
        content_type: value of the Content-Type field, which names the boundary.
        body: the octets.

    Raises:
        BodyError: 400: no boundary is named, no part stands there, the closing delimiter is
            missing, a part's head is malformed, or there are more than ``MAX_PARTS``.
    """
    boundary = boundary_of(content_type)
    if boundary is None:
        raise BodyError("the multipart body names no boundary in its Content-Type")
    sections = _split(body, b"--" + boundary.encode("ascii"))
    return tuple(_parse_part(section) for section in sections)


def boundary_of(content_type: str) -> str | None:
    """Return the boundary that a Content-Type value names, or None when it names no such."""
    for name, value in _parameters(content_type.partition(";")[2]):
        if name == "boundary":
            return value if is_boundary(value) else None
    return None


def is_boundary(text: str) -> bool:
    """Return whether a text may be a boundary (RFC 2046 5.1.1)."""
    return (
        0 < len(text) <= MAX_BOUNDARY
        and _BOUNDARY_CHARACTERS.issuperset(text)
        and not text.endswith(" ")
    )


def _free_boundary(parts: Sequence[Part]) -> str:
    """Return the first boundary of ours that stands in no part."""
    number = 1
    while any(b"--mcsip-%d" % number in part.body for part in parts):
        number += 1
    return f"mcsip-{number}"


def _head(part: Part) -> bytes:
    """Return the header fields of a part, each line with its end."""
    fields = (("Content-Type", part.content_type), *part.fields)
    for name, value in fields:
        if not (name + value).isprintable() or ":" in name or not name.isascii():
            raise UsageError(f"no header field of a part: {name!r}")
    return "".join(f"{name}: {value}\r\n" for name, value in fields).encode()


def _split(body: bytes, delimiter: bytes) -> list[bytes]:
    """Return the octets between the delimiter lines."""
    sections: list[bytes] = []
    start: int | None = None
    at = 0
    while True:
        found = body.find(delimiter, at)
        if found < 0:
            raise BodyError("the multipart body has no closing delimiter")
        at = found + len(delimiter)
        if found and body[found - 2 : found] != b"\r\n":
            continue
        closing = body[at : at + 2] == b"--"
        end = _line_end(body, at + 2 if closing else at, closing=closing)
        if end is None:
            continue
        if start is not None:
            sections.append(body[start : found - 2] if found - 2 >= start else b"")
        if closing:
            break
        if len(sections) >= MAX_PARTS:
            raise BodyError(f"the multipart body has more than {MAX_PARTS} parts")
        start = at = end
    if not sections:
        raise BodyError("the multipart body has no part")
    return sections


def _line_end(body: bytes, at: int, *, closing: bool) -> int | None:
    """Return where the line after a delimiter line starts; None when it is no delimiter line.

    White space may pad a delimiter, and the closing one may be the end of the body.
    """
    end = at
    while end < len(body) and body[end] in b" \t":
        end += 1
    if body[end : end + 2] == b"\r\n":
        return end + 2
    return end if closing and end == len(body) else None


def _parse_part(section: bytes) -> Part:
    """Return one part from its octets."""
    if section.startswith(b"\r\n"):
        head, body = b"", section[2:]
    else:
        head, blank, body = section.partition(b"\r\n\r\n")
        if not blank:
            raise BodyError("a part of the multipart body has no empty line after its head")
    if len(head) > MAX_PART_HEAD_OCTETS:
        raise BodyError("a part of the multipart body has too long a head")
    content_type = "text/plain"  # RFC 2046 5.1: the default
    fields: list[tuple[str, str]] = []
    for name, value in _parse_fields(head):
        if name.lower() == "content-type":
            content_type = value
        else:
            fields.append((name, value))
    return Part(content_type, body, tuple(fields))


def _parse_fields(head: bytes) -> Iterable[tuple[str, str]]:
    """Yield the header fields of a part, unfolded."""
    text = head.decode("utf-8", "replace").replace("\r\n ", " ").replace("\r\n\t", " ")
    for line in text.split("\r\n"):
        if not line:
            continue
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise BodyError("a part of the multipart body has a malformed header field")
        yield name.strip(), value.strip()


def _parameters(text: str) -> Iterable[tuple[str, str]]:
    """Yield the parameters of a Content-Type value, names in lower case, values without quotes."""
    rest = text
    while rest:
        name, _, rest = rest.partition("=")
        rest = rest.lstrip()
        if rest.startswith('"'):
            value, _, rest = rest[1:].partition('"')
            rest = rest.partition(";")[2]
        else:
            value, _, rest = rest.partition(";")
        yield name.strip().lower(), value.strip()
