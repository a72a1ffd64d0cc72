"""SIP messages: what was read, octet for octet, with typed access on demand.

A message is a start line, a tuple of fields and a body. Each field keeps the line (or folded
lines) that it was read from, so that whatever nobody changes goes out octet for octet (RFC 3261
16.6 item 1, 7.3.1). Typed values (``via``, ``cseq`` …) are parsed when first asked for and then
remembered; asking for a malformed or missing one raises ``ParseError``.

A message handed to you is not yours to alter: ``edit`` gives a draft, a changeable copy, whose
``finish`` gives a new message. Text is UTF-8 with surrogate escapes, so any octets survive.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from mcsip.sip.address import Address, parse_address
from mcsip.sip.cseq import CSeq, parse_cseq
from mcsip.sip.errors import ParseError
from mcsip.sip.field import Field, make_field
from mcsip.sip.headers import canonical, long_name, split_list
from mcsip.sip.uri import OpaqueUri, SipUri, parse_uri
from mcsip.sip.via import Via, parse_via

T = TypeVar("T")

SIP_VERSION = "SIP/2.0"


class Message:
    """What requests and responses have in common; immutable by convention.

    Attributes:
        fields: the header fields in order.
        body: the octets of the body.
    """

    __slots__ = ("_firsts", "_memo", "_octets", "body", "fields")

    body: bytes
    fields: tuple[Field, ...]
    _octets: bytes | None
    _memo: dict[str, Any]
    _firsts: dict[str, str] | None

    @property
    def start_line(self) -> str:
        """The start line, without CRLF."""
        raise NotImplementedError

    def octets(self) -> bytes:
        """Return the whole message: as it was read, or as it will be sent."""
        octets = self._octets
        if octets is None:
            lines = [self.start_line]
            lines += [field[2] for field in self.fields]
            lines.append("\r\n")
            head = "\r\n".join(lines).encode("utf-8", "surrogateescape")
            octets = self._octets = head + self.body
        return octets

    def first(self, key: str) -> str | None:
        """Return the value of the first field with this key (long name, lower case), or None."""
        firsts = self._firsts
        if firsts is None:
            firsts = self._firsts = {field[0]: field[1] for field in reversed(self.fields)}
        return firsts.get(key)

    def values(self, key: str) -> list[str]:
        """Return the values of all fields with this key, one for each line, unsplit."""
        if self.first(key) is None:
            return []
        return [field[1] for field in self.fields if field[0] == key]

    def items(self, key: str) -> list[str]:
        """Return the values of a comma-list field over all its lines, in order (RFC 3261 7.3.1)."""
        values = self.values(key)
        if len(values) == 1:
            return split_list(values[0])
        return [item for value in values for item in split_list(value)]

    def _one(self, key: str, parser: Callable[[str], T]) -> T:
        """Return the parsed value of a mandatory single field, remembered."""
        memo = self._memo.get(key)
        if memo is None:
            value = self.first(key)
            if value is None:
                raise ParseError(f"{long_name(key)} is missing")
            memo = self._memo[key] = parser(value)
        return memo

    def _many(self, key: str, parser: Callable[[str], T]) -> list[T]:
        """Return the parsed values of a list field, remembered; empty when it is absent."""
        memo = self._memo.get(key)
        if memo is None:
            memo = self._memo[key] = [parser(item) for item in self.items(key)]
        return memo

    @property
    def via(self) -> Via:
        """The topmost Via value (RFC 3261 20.42)."""
        memo = self._memo.get("via")
        if memo is None:
            value = self.first("via")
            if value is None:
                raise ParseError("Via is missing")
            if "," in value or not value:
                items = split_list(value)
                if not items:
                    raise ParseError("Via is empty")
                value = items[0]
            memo = self._memo["via"] = parse_via(value)
        return memo

    @property
    def vias(self) -> list[Via]:
        """All Via values, topmost first."""
        memo = self._memo.get("vias")
        if memo is None:
            memo = self._memo["vias"] = [parse_via(item) for item in self.items("via")]
            if memo:
                self._memo["via"] = memo[0]
        return memo

    @property
    def from_(self) -> Address:
        """The From address (RFC 3261 20.20)."""
        return self._one("from", parse_address)

    @property
    def to(self) -> Address:
        """The To address (RFC 3261 20.39)."""
        return self._one("to", parse_address)

    @property
    def to_tag(self) -> str | None:
        """The tag of To (RFC 3261 19.3), or None; a To that holds none need not be well-formed."""
        value = self.first("to")
        if value is not None and "tag" not in value.lower():
            return None
        return self.to.tag

    @property
    def call_id(self) -> str:
        """The Call-ID (RFC 3261 20.8), compared octet by octet."""
        return self._one("call-id", str)

    @property
    def cseq(self) -> CSeq:
        """The CSeq (RFC 3261 20.16)."""
        return self._one("cseq", parse_cseq)

    @property
    def max_forwards(self) -> int | None:
        """Max-Forwards (RFC 3261 20.22), 0 to 255, or None when absent."""
        return self._number("max-forwards", 255)

    @property
    def expires(self) -> int | None:
        """Expires in seconds (RFC 3261 20.19), or None when absent."""
        return self._number("expires", 2**32 - 1)

    @property
    def content_length(self) -> int | None:
        """Content-Length in octets (RFC 3261 20.14), or None when absent."""
        return self._number("content-length", 2**32 - 1)

    @property
    def contacts(self) -> list[Address]:
        """The Contact values (RFC 3261 20.10); ``*`` is an Address with an opaque URI ``*``."""
        return self._many("contact", parse_address)

    @property
    def routes(self) -> list[Address]:
        """The Route values (RFC 3261 20.34)."""
        return self._many("route", parse_address)

    @property
    def record_routes(self) -> list[Address]:
        """The Record-Route values (RFC 3261 20.30)."""
        return self._many("record-route", parse_address)

    @property
    def content_type(self) -> str | None:
        """The media type of the body in lower case, without parameters, or None."""
        value = self.first("content-type")
        return None if value is None else value.partition(";")[0].strip(" \t").lower()

    def _number(self, key: str, largest: int) -> int | None:
        value = self.first(key)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit()) or len(value) > 10 or int(value) > largest:
            raise ParseError(
                f"{long_name(key)} is not a number from 0 to {largest}: {value[:40]!r}"
            )
        return int(value)

    def __repr__(self) -> str:
        return f"<{self.start_line}>"


class Request(Message):
    """A request (RFC 3261 7.1).

    Attributes:
        method: the method, case-sensitive.
        uri: the Request-URI as written.
        version: the SIP-Version as written.
    """

    __slots__ = ("method", "uri", "version")

    def __init__(
        self,
        method: str,
        uri: str,
        fields: tuple[Field, ...],
        body: bytes = b"",
        octets: bytes | None = None,
        version: str = SIP_VERSION,
    ) -> None:
        self.fields = fields
        self.body = body
        self._octets = octets
        self._memo = {}
        self._firsts = None
        self.method = method
        self.uri = uri
        self.version = version

    @property
    def start_line(self) -> str:
        """The request line, without CRLF."""
        return f"{self.method} {self.uri} {self.version}"

    @property
    def target(self) -> SipUri | OpaqueUri:
        """The Request-URI, parsed."""
        return parse_uri(self.uri)

    def with_field(self, place: int, field: Field) -> "Request":
        """Return the request with this field in the place of another one, the first of its name."""
        fields = (*self.fields[:place], field, *self.fields[place + 1 :])
        request = Request(self.method, self.uri, fields, self.body, None, self.version)
        if self._firsts is not None:
            request._firsts = {**self._firsts, field[0]: field[1]}
        return request

    def edit(self) -> "RequestDraft":
        """Return a changeable copy."""
        return RequestDraft(self)


class Response(Message):
    """A response (RFC 3261 7.2).

    Attributes:
        status: the status code, 100 to 699.
        reason: the reason phrase as written.
    """

    __slots__ = ("reason", "status", "version")

    def __init__(
        self,
        status: int,
        reason: str,
        fields: tuple[Field, ...],
        body: bytes = b"",
        octets: bytes | None = None,
        version: str = SIP_VERSION,
    ) -> None:
        self.fields = fields
        self.body = body
        self._octets = octets
        self._memo = {}
        self._firsts = None
        self.status = status
        self.reason = reason
        self.version = version

    @property
    def start_line(self) -> str:
        """The status line, without CRLF."""
        return f"{self.version} {self.status} {self.reason}"

    def edit(self) -> "ResponseDraft":
        """Return a changeable copy."""
        return ResponseDraft(self)


# What a message remembers under another name than the key of the field.
_DERIVED = {"via": "vias"}


class _Draft:
    """A changeable copy of a message.

    Fields that are not touched keep their octets. ``name`` arguments are in the usual spelling
    (``"Max-Forwards"``), which is what goes out. Content-Length follows the body by itself.
    """

    __slots__ = ("_body", "_fields", "_memo")

    def __init__(self, message: Message) -> None:
        self._fields = list(message.fields)
        self._body = message.body
        self._memo = message._memo.copy()  # noqa: SLF001  # a draft is the message's own copy

    def _forget(self, key: str) -> None:
        self._memo.pop(key, None)
        derived = _DERIVED.get(key)
        if derived:
            self._memo.pop(derived, None)

    def prepend(self, name: str, value: str) -> None:
        """Put a field before the first of its name, or before all others when there is none."""
        field = make_field(name, value)
        key = field[0]
        self._forget(key)
        fields = self._fields
        for position, other in enumerate(fields):
            if other[0] == key:
                fields.insert(position, field)
                return
        fields.insert(0, field)

    def append(self, name: str, value: str) -> None:
        """Put a field after the last of its name, or after all others when there is none."""
        field = make_field(name, value)
        self._forget(field[0])
        fields = self._fields
        for position in range(len(fields) - 1, -1, -1):
            if fields[position][0] == field[0]:
                fields.insert(position + 1, field)
                return
        fields.append(field)

    def set(self, name: str, value: str) -> None:
        """Make a field the only one of its name, in the place of the first, else at the end."""
        field = make_field(name, value)
        key = field[0]
        self._forget(key)
        fields = self._fields
        places = [position for position, other in enumerate(fields) if other[0] == key]
        if not places:
            fields.append(field)
            return
        fields[places[0]] = field
        for position in reversed(places[1:]):
            del fields[position]

    def remove(self, name: str) -> None:
        """Remove all fields of a name."""
        key = canonical(name)
        self._forget(key)
        self._fields = [field for field in self._fields if field[0] != key]

    def remove_first(self, name: str) -> None:
        """Remove the first value of a list field; other values of the same line stay."""
        key = canonical(name)
        self._forget(key)
        for position, field in enumerate(self._fields):
            if field[0] == key:
                rest = split_list(field[1])[1:]
                if rest:
                    self._fields[position] = make_field(name, ", ".join(rest))
                else:
                    del self._fields[position]
                return

    def keep(self, wanted: Callable[[Field], bool]) -> None:
        """Keep only the fields for which ``wanted`` is true."""
        self._fields = [field for field in self._fields if wanted(field)]
        self._memo.clear()

    def replace_fields(self, fields: list[Field]) -> None:
        """Put these fields in the place of all that there are."""
        self._fields = fields
        self._memo.clear()

    @property
    def fields(self) -> list[Field]:
        """The fields as they stand; not to be changed in place."""
        return self._fields

    def set_body(self, content_type: str | None, body: bytes) -> None:
        """Replace the body, with its Content-Type (None: no body type) and Content-Length."""
        self._body = body
        if content_type is None:
            self.remove("Content-Type")
        else:
            self.set("Content-Type", content_type)
        self.set("Content-Length", str(len(body)))


class RequestDraft(_Draft):
    """A changeable copy of a request.

    Attributes:
        method: the method.
        uri: the Request-URI.
    """

    __slots__ = ("method", "uri", "version")

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.method = request.method
        self.uri = request.uri
        self.version = request.version

    def finish(self) -> Request:
        """Return the new request."""
        request = Request(
            self.method, self.uri, tuple(self._fields), self._body, None, self.version
        )
        request._memo = self._memo.copy()  # noqa: SLF001  # what did not change is still parsed
        return request


class ResponseDraft(_Draft):
    """A changeable copy of a response.

    Attributes:
        status: the status code.
        reason: the reason phrase.
    """

    __slots__ = ("reason", "status", "version")

    def __init__(self, response: Response) -> None:
        super().__init__(response)
        self.status = response.status
        self.reason = response.reason
        self.version = response.version

    def finish(self) -> Response:
        """Return the new response."""
        response = Response(
            self.status, self.reason, tuple(self._fields), self._body, None, self.version
        )
        response._memo = self._memo.copy()  # noqa: SLF001  # what did not change is still parsed
        return response
