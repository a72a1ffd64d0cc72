"""Addresses: name-addr and addr-spec, with header parameters (RFC 3261 20.10, 25.1) [read]."""

from typing import NamedTuple

from mcsip.sip.errors import ParseError
from mcsip.sip.params import (
    NO_PARAMS,
    Params,
    end_of_quoted,
    get_param,
    params_text,
    parse_params,
    unquote,
    with_param,
)
from mcsip.sip.uri import OpaqueUri, SipUri, parse_uri


class Address(NamedTuple):
    """A value of From, To, Contact, Route, Record-Route and their kin.

    Attributes:
        display: the display name as written, a quoted string with its quotes; None when absent.
        uri: the URI.
        params: the header parameters, which stand after ``>``.
        brackets: whether ``<`` and ``>`` stand round the URI.
    """

    display: str | None
    uri: SipUri | OpaqueUri
    params: Params = NO_PARAMS
    brackets: bool = True

    @property
    def tag(self) -> str | None:
        """The tag of From and To (RFC 3261 19.3), or None."""
        return (get_param(self.params, "tag") or None) if self.params else None

    @property
    def name(self) -> str:
        """What the display name says, without quotes and escapes; empty when absent."""
        return "" if self.display is None else unquote(self.display)

    def param(self, name: str) -> str | None:
        """Return a parameter by lower-case name: None when absent, ``""`` when without value."""
        return get_param(self.params, name)

    def with_param(self, name: str, value: str | None) -> "Address":
        """Return the address with this header parameter set."""
        return self._replace(params=with_param(self.params, name, value))

    def __str__(self) -> str:
        params = params_text(self.params)
        if not self.brackets and self.display is None:
            return f"{self.uri}{params}"
        display = "" if self.display is None else f"{self.display} "
        return f"{display}<{self.uri}>{params}"


def parse_address(text: str) -> Address:
    """Read one name-addr or addr-spec with its parameters.

    Lenient: white space inside the angle brackets and none before them, and a display name of
    other characters than tokens, are accepted (RFC 4475 3.1.1.6, 3.1.2.14); only quotes and commas
    must be quoted (3.1.2.15). Without angle brackets everything from the first semicolon on belongs
    to the header field (RFC 3261 20.10).

    Raises:
        ParseError: an unbalanced quote or bracket, a malformed URI, or a URI with a question mark
            or a comma that stands without angle brackets (RFC 3261 20; RFC 4475 3.1.2.13).
    """
    opening = 0
    display = None
    if text[:1] != "<":
        text = text.strip(" \t")
        start = end_of_quoted(text, 0) if text[:1] == '"' else 0
        opening = text.find("<", start)
        semicolon = text.find(";", start)
        if opening < 0 or (-1 < semicolon < opening and ":" in text[:semicolon]):
            if start:
                raise ParseError(f"display name without a URI in angle brackets: {text[:60]!r}")
            return _parse_addr_spec(text)
        display = _parse_display(text, start, opening)
    uri, closing, rest = text[opening + 1 :].partition(">")
    if not closing:
        raise ParseError(f"angle bracket that does not close: {text[:60]!r}")
    parsed = parse_uri(uri.strip(" \t"))
    if not rest:
        return Address(display, parsed)
    if rest[0] != ";":
        rest = rest.lstrip(" \t")
        if rest and rest[0] != ";":
            raise ParseError(f"text between an address and its parameters: {rest[:40]!r}")
    return Address(display, parsed, parse_params(rest))


def _parse_display(text: str, start: int, opening: int) -> str | None:
    """Return the display name before ``<``; a quoted one ends at ``start``."""
    display = text[:opening].rstrip(" \t")
    if start and len(display) != start:
        raise ParseError(f"text between a display name and its URI: {text[:60]!r}")
    if not start and ('"' in display or "," in display):
        raise ParseError(f"malformed display name: {text[:60]!r}")
    return display or None


def _parse_addr_spec(text: str) -> Address:
    """Read an address without angle brackets."""
    uri, semicolon, rest = text.partition(";")
    uri = uri.strip(" \t")
    if uri == "*":
        return Address(None, OpaqueUri("", "*"), parse_params(rest), brackets=False)
    if "?" in uri or "," in uri:
        raise ParseError(f"URI that must stand in angle brackets: {uri[:60]!r}")
    params = parse_params(rest) if semicolon else NO_PARAMS
    return Address(None, parse_uri(uri), params, brackets=False)
