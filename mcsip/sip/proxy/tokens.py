"""Hiding and restoring the single fields whose inner part goes into a token, or to the gateway.

What ``hiding`` does with whole messages is made of these.
"""

from typing import Final

from mcsip.sip.field import Field, make_field
from mcsip.sip.headers import long_name, split_list
from mcsip.sip.proxy.codec import Codec
from mcsip.sip.proxy.cover import MAX_REMEMBERED, MAX_VERDICTS, Cover
from mcsip.sip.proxy.names import InnerNames, PublicFace
from mcsip.sip.proxy.restore import public_item, tagged


class Held:
    """What a token holds: its first letter, so that no token is taken for one of another kind."""

    CALL_ID: Final = "i"
    PARTY: Final = "p"
    ROUTES: Final = "r"
    TAG: Final = "t"
    URI: Final = "u"


class FieldHiding:
    """Hides single fields of one inner system.

    Args:
        names: what must not be seen.
        face: what is shown.
        codec: makes the tokens.
    """

    __slots__ = ("_codec", "_cover", "_face", "_lone_parties", "_parties")

    def __init__(self, names: InnerNames, face: PublicFace, codec: Codec) -> None:
        self._face = face
        self._codec = codec
        self._cover = Cover(names, face)
        self._parties: dict[str, str] = {}
        self._lone_parties: dict[str, str] = {}

    def _read(self, kind: str, token: str) -> str | None:
        text = self._codec.decode(token)
        return text[1:] if text is not None and text[:1] == kind else None

    def _call_id(self, field: Field) -> Field:
        token = self._codec.encode(Held.CALL_ID + field[1])
        return Field("call-id", token, "Call-ID: " + token)

    def _uri(self, kind: str, text: str, params: str = "") -> str:
        face = self._face
        return f"sip:{self._codec.encode(kind + text)}@{face.hostport}{face.uri_params}{params}"

    def _party(self, field: Field, *, lone: bool) -> Field:
        """Return From or To with the gateway's identity where the inner one would show."""
        key, value, _ = field
        address, tag = tagged(value) or (value, "")
        parties = self._lone_parties if lone else self._parties
        seen = parties.get(address) or self._public_party(address, lone=lone)
        seen_tag = self._public_tag(tag) if tag else tag
        if seen == address and seen_tag == tag:
            return field
        if tag:
            seen = f"{seen};tag={seen_tag}"
        return make_field("From" if key == "from" else "To", seen)

    def _public_party(self, address: str, *, lone: bool) -> str:
        """Return the address of From or To without its tag, as it is shown; remembered."""
        seen = address
        if self._cover.shows(address):
            uri = self._face.identity
            if not lone:  # RFC 3261 19.1.1, table 1: neither port nor transport; 8.1.1.3: no host
                uri = f"sip:{self._codec.encode(Held.PARTY + address)}@{self._face.domain}"
            seen = f"<{uri}>"
        if len(address) <= MAX_REMEMBERED:
            parties = self._lone_parties if lone else self._parties
            if len(parties) >= MAX_VERDICTS:
                parties.clear()
            parties[address] = seen
        return seen

    def _public_tag(self, tag: str) -> str:
        return self._codec.encode(Held.TAG + tag) if self._cover.shows(tag) else tag

    def _inner_party(self, field: Field) -> Field:
        """Return the To of a request in a dialog as the inner system wrote it."""
        address, tag = tagged(field[1]) or (field[1], "")
        user = address.partition("sip:")[2].partition("@")[0]
        inner = self._read(Held.PARTY, user)
        inner_tag = self._read(Held.TAG, tag)
        if inner is None and inner_tag is None:
            return field
        return make_field("To", f"{inner or address};tag={inner_tag or tag}")

    def _contact(self, field: Field, *, always: bool) -> Field:
        """Return Contact with our URIs, each holding an inner one."""
        key, value, raw = field
        if value == "*" or not (always or self._cover.shows(raw)):
            return field
        items = []
        for item in split_list(value):
            if always or self._cover.shows(item):
                uri, params = public_item(item, self._cover.shows)
                items.append(f"<{self._uri(Held.URI, uri)}>{params}")
            else:
                items.append(item)
        return make_field("Contact" if key == "contact" else "Refer-To", ", ".join(items))

    def _inner_contact(self, field: Field) -> Field:
        """Return Contact with the inner URIs that ours hold (bindings in a REGISTER's answer)."""
        items = []
        for item in split_list(field[1]):
            user = item.partition("sip:")[2].partition("@")[0]
            uri = self._read(Held.URI, user)
            if uri is None:
                items.append(item)
            else:
                items.append(f"<{uri}>{item.rpartition('>')[2]}")
        return make_field("Contact", ", ".join(items)) if self._face.host in field[1] else field

    def _last_inner(self, items: list[str]) -> int:
        """Return how many values of a list, from its beginning, must stand in a token."""
        inner = len(items)
        while inner and not self._cover.shows(items[inner - 1]):
            inner -= 1
        return inner

    def _routes(self, key: str, inner: list[str], outer: list[str]) -> Field:
        """Return one list of routes: ours, which holds the inner ones, then those outside."""
        ours = f"<{self._uri(Held.ROUTES, ', '.join(inner), ';lr')}>"
        return make_field(long_name(key), ", ".join([ours, *outer]))
