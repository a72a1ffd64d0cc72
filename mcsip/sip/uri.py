"""SIP and SIPS URIs, and all others as opaque texts (RFC 3261 19.1) [read].

Parts stand as written, with their escapes: ``unescape`` says what an escaped part means, and only
a reader who needs that meaning asks for it, for ``%40`` in a user part is not the ``@`` that ends
it (RFC 4475 3.1.1.3).
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote as _percent_decode

from mcsip.sip.errors import ParseError
from mcsip.sip.host import host_port_text, parse_host_port
from mcsip.sip.memo import remembering
from mcsip.sip.params import NO_PARAMS, Params, get_param, params_text, parse_params

#: RFC 3986 3.1.
_is_scheme = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*").fullmatch
#: "reserved" of RFC 2396 2.2: these do not equal their escapes (RFC 3261 19.1.4).
_RESERVED = frozenset(";/?:@&=+$,")
#: Parameters that are never ignored when only one of two URIs has them (RFC 3261 19.1.4).
_NEVER_IGNORED = ("user", "ttl", "method", "maddr", "transport")


@dataclass(frozen=True, slots=True)
class SipUri:
    """A ``sip:`` or ``sips:`` URI (RFC 3261 19.1.1).

    Attributes:
        scheme: ``"sip"`` or ``"sips"``.
        user: the user part as written, or None.
        password: the password as written, or None.
        host: the host as written, an IPv6 reference without brackets.
        port: the port, or None.
        params: the URI parameters.
        headers: the header fields after ``?`` as (name, value), escaped as written.
    """

    scheme: str
    user: str | None
    password: str | None
    host: str
    port: int | None = None
    params: Params = NO_PARAMS
    headers: tuple[tuple[str, str], ...] = ()

    def param(self, name: str) -> str | None:
        """Return a parameter by lower-case name: None when absent, ``""`` when without value."""
        return get_param(self.params, name) if self.params else None

    @property
    def is_loose(self) -> bool:
        """Whether ``lr`` is there: the element follows loose routing (RFC 3261 16.12, 19.1.1)."""
        return bool(self.params) and get_param(self.params, "lr") is not None

    @property
    def transport(self) -> str | None:
        """The transport parameter in upper case (``"TCP"``), or None."""
        value = self.param("transport")
        return value.upper() if value else None

    @property
    def bare(self) -> "SipUri":
        """The URI without password, parameters and headers."""
        if self.params or self.headers or self.password is not None:
            return SipUri(self.scheme, self.user, None, self.host, self.port)
        return self

    def __str__(self) -> str:
        user = ""
        if self.user is not None:
            password = "" if self.password is None else f":{self.password}"
            user = f"{self.user}{password}@"
        headers = ""
        if self.headers:
            headers = "?" + "&".join([f"{name}={value}" for name, value in self.headers])
        host = host_port_text(self.host, self.port)
        return f"{self.scheme}:{user}{host}{params_text(self.params)}{headers}"


@dataclass(frozen=True, slots=True)
class OpaqueUri:
    """A URI of another scheme, kept as a text (``tel:``, ``urn:`` …).

    Attributes:
        scheme: the scheme in lower case; empty only in the ``*`` of a Contact.
        rest: what follows the colon.
    """

    scheme: str
    rest: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.rest}" if self.scheme else self.rest


@remembering(8192)
def parse_uri(text: str) -> SipUri | OpaqueUri:
    """Read a URI (an absoluteURI or a SIP URI of RFC 3261 25.1).

    Raises:
        ParseError: no scheme, an unescaped space, quote, angle bracket or control character, no
            host, or a bad port.
    """
    scheme, colon, rest = text.partition(":")
    if not text.isprintable() or " " in text or "<" in text or ">" in text or '"' in text:
        raise ParseError(f"URI with a character that must be escaped: {text[:60]!r}")
    if not colon or not rest:
        raise ParseError(f"not a URI: {text[:60]!r}")
    if scheme not in ("sip", "sips"):
        if not _is_scheme(scheme):
            raise ParseError(f"not a URI: {text[:60]!r}")
        scheme = scheme.lower()
        if scheme not in ("sip", "sips"):
            return OpaqueUri(scheme, rest)
    user: str | None = None
    password: str | None = None
    if "@" in rest:
        # The user part may hold ";", "?" and "/", never "@" (25.1: user-unreserved).
        user, _, rest = rest.partition("@")
        user, separator, secret = user.partition(":")
        if separator:
            password = secret
        if not user or "@" in rest:
            raise ParseError(f"malformed user part: {text[:60]!r}")
    rest, _, header_text = rest.partition("?")
    rest, _, param_text = rest.partition(";")
    host, port = parse_host_port(rest)
    params = parse_params(param_text) if param_text else NO_PARAMS
    headers = _parse_headers(header_text) if header_text else ()
    return SipUri(scheme, user, password, host, port, params, headers)


def _parse_headers(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [part.partition("=") for part in text.split("&") if part]
    return tuple((name, value) for name, _, value in pairs)


def unescape(text: str) -> str:
    """Return what an escaped part of a URI means: ``%75se%72`` is ``user`` (RFC 3261 19.1.2)."""
    return _percent_decode(text, errors="surrogateescape") if "%" in text else text


_escaped = re.compile("%([0-9A-Fa-f]{2})")


def _normal(text: str) -> str:
    """Return text without needless escapes, so that equal parts compare equal (19.1.4)."""
    if "%" not in text:
        return text

    def plain(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        if character.isascii() and character.isprintable() and character not in _RESERVED | {"%"}:
            return character
        return match[0].upper()

    return _escaped.sub(plain, text)


def same_uri(one: SipUri | OpaqueUri, other: SipUri | OpaqueUri) -> bool:
    """Tell whether two URIs are equivalent by the rules of RFC 3261 19.1.4.

    Users compare with case, all else without. A port that is absent differs from the default port
    that is written. Opaque URIs compare as texts.
    """
    if one is other or one == other:
        return True
    if not isinstance(one, SipUri) or not isinstance(other, SipUri):
        return False
    return (
        one.scheme == other.scheme
        and one.port == other.port
        and one.host.lower() == other.host.lower()
        and _same_secret(one.user, other.user)
        and _same_secret(one.password, other.password)
        and _same_params(one.params, other.params)
        and _header_set(one) == _header_set(other)
    )


def _same_secret(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == other or _normal(one) == _normal(other)


def _folded(params: Params) -> dict[str, str | None]:
    return {
        _normal(name).lower(): None if value is None else _normal(value).lower()
        for name, value in params
    }


def _same_params(one: Params, other: Params) -> bool:
    if one == other:
        return True
    ones, others = _folded(one), _folded(other)
    if any((name in ones) != (name in others) for name in _NEVER_IGNORED):
        return False
    return all(ones[name] == others[name] for name in ones.keys() & others.keys())


def _header_set(uri: SipUri) -> list[tuple[str, str]]:
    return sorted((_normal(name).lower(), _normal(value)) for name, value in uri.headers)
