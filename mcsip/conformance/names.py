"""Names: where they stand in the text of a message.

A name counts as one only where its letters say nothing: a branch after its magic cookie, a tag, a
Call-ID before its host, the user part of a SIP URI that is no identity of a server, a UUID, an
access token; the address of a client or of nobody (``known``), with the port where it is not the
usual one; the number of CSeq; an ETag; and Content-Length, where it is right. Everything else
belongs to the form of the message: fields, their order and spelling, hosts, other numbers.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from mcsip.conformance.common_form import Pieces, StandIn
from mcsip.conformance.forms import Names
from mcsip.conformance.known import DEFAULT_PORTS, HostKind, Known, is_ip
from mcsip.sip.host import MAX_PORT
from mcsip.sip.ids import MAGIC_COOKIE

# Each way to write a name begins with letters of its own, so most places are passed over at once:
# an alternation that begins with letters is searched for by these.
# No dot may be in one: host names and addresses are looked for in whatever text.
_LETTERS = r"[A-Za-z0-9_~+-]"
_USER = rf"{_LETTERS}+(?=@)"
_UUID = r"urn:uuid:[0-9a-f-]{36}(?![\w-])"
_JWT = r">eyJ[\w-]+(?:\.[\w-]+){1,4}(?=<)"
_IPV4 = r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.-])"
_HOST = rf"(?:{_IPV4}|\[[0-9a-f:.]{{2,45}}\])(?::\d{{1,5}}(?!\d))?"
_names_in_head = re.compile(
    rf"(;tag={_LETTERS}+(?=[;,\r]|\Z)"
    rf"|;branch={MAGIC_COOKIE}{_LETTERS}+(?=[;,\r]|\Z)"
    rf"|;received={_IPV4}"
    r"|;rport=\d{1,5}(?=[;,\r]|\Z)"
    rf"|sip:(?:{_USER}|{_HOST})"
    # The whole value may be a name; a Call-ID in In-Reply-To is the same name (RFC 3261 20.21).
    rf"|\n(?:Call-I[Dd]|call-id|CALL-ID|i|In-Reply-To|in-reply-to): {_LETTERS}{{4,}}(?=[@\r]|\Z)"
    # Fewer digits than 2**31 has (8.1.1.5).
    r"|\n(?:CSeq|CSEQ|Cseq|cseq): [1-9]\d{0,8}(?= )"
    rf"|\nSIP-(?:ETag|If-Match): {_LETTERS}{{4,}}(?=\r|\Z)"
    r"|\n(?:Content-Length|content-length|l): \d{1,9}(?=\r|\Z)"
    rf"|@{_HOST}"
    rf"|/(?:UDP|TCP|TLS) {_HOST}"
    rf"|{_UUID}|{_JWT})"
).split
_names_in_body = re.compile(
    rf"(;tag={_LETTERS}+(?=[;,]|\Z)"
    rf"|;branch={MAGIC_COOKIE}{_LETTERS}+(?=[;,]|\Z)"
    rf"|sip:{_USER}|{_UUID}|{_JWT})"
).split
_host_and_port = re.compile(r"(.*?[@ =:]\[?)([0-9a-f:.]+?)(\]?)(?::(\d+))?").fullmatch

MARK = "\0"
"""Stands before the letter of a kind, where a name of it is."""
_PLAIN = {
    "a": ";tag=",
    "r": f";branch={MAGIC_COOKIE}",
    "p": "sip:",
    "n": "urn:uuid:",
    "y": ">eyJ",
}
"""What names begin with, by the letter of their kind. With these letters it counts as the name, so
that a tag is never the same as a branch."""
_MARKED = {kind: MARK + kind for kind in _PLAIN}
_USER_MARKED = _MARKED["p"]
_KIND = 2
"""Place of the letter that tells these kinds apart."""
_CLIENT, _VALUE, _NUMBER, LENGTH, _PORT = "P", "-", "1", "#", "d"
"""Kinds beside these and those of hosts: the user part of an identity of a client, before what
stands after it there; a Call-ID or ETag; the number of CSeq; the length of the body; a port."""
_RPORT = ";rport="
MAX_PLACES = 4096
"""Identities and addresses of which it is remembered what they are [ours]: about 1 MB."""
_FIELDS = {
    f"\n{field}:": (kind, f"\n{field}: {MARK}{kind}")
    for kind, fields in (
        (_VALUE, ("Call-ID", "Call-Id", "call-id", "CALL-ID", "i", "In-Reply-To", "in-reply-to")),
        (_VALUE, ("SIP-ETag", "SIP-If-Match")),
        (_NUMBER, ("CSeq", "CSEQ", "Cseq", "cseq")),
        (LENGTH, ("Content-Length", "content-length", "l")),
    )
    for field in fields
}
"""The fields of which the whole value may be a name, as the pattern above spells them, with the
kind of name and what is left of such a line."""


LETTERS_OF: dict[str, str] = {
    **{kind: rf"{start}{_LETTERS}+" for kind, start in _PLAIN.items() if kind in "arp"},
    "n": _UUID,
    "y": _JWT,
    _CLIENT: rf"sip:{_LETTERS}+",
    _VALUE: rf"{_LETTERS}{{4,}}",
    _NUMBER: r"[1-9]\d{0,8}",
    LENGTH: r"\d{1,9}",
    _PORT: r"\d{1,5}",
    **dict.fromkeys((HostKind.CLIENTS, HostKind.NOBODYS), r"[0-9a-f:.]+"),
}
"""Patterns of names by the letter of their kind."""


class Cut(NamedTuple):
    """A text cut at its names.

    Attributes:
        parts: what is left of it: each second one is a text without names; between them stand the
            kinds of names, with what is about them, or a text in the place of a name.
        names: the names.
        counted: whether one of them is the length of the body.
    """

    parts: tuple[str, ...]
    names: Names
    counted: bool = False


class Cutter:
    """Cuts texts at their names.

    Args:
        known: what is known of clients, and of those who are none.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._words = known.words
        self._places: dict[str, tuple[str, Names]] = {}

    def head(self, text: str, body_octets: str) -> Cut:
        """Cut start line and header fields.

        Args:
            text: the text.
            body_octets: how many octets stand after the empty line.
        """
        return self._cut(_names_in_head(text), body_octets)

    def body(self, text: str) -> Cut:
        """Cut a body."""
        return self._cut(_names_in_body(text), "")

    def _cut(self, parts: list[str], body_octets: str) -> Cut:
        if self._words != self._known.words:
            self._words = self._known.words
            self._places.clear()
        names: list[str] = []
        known_place, identities = self._places.get, self._known.identities
        counted = False
        place = -1
        for token in parts[1::2]:
            place += 2
            start, kind = token[0], token[_KIND]
            if start == "\n":
                field, _, value = token.partition(" ")
                kind, part = _FIELDS[field]
                if kind == LENGTH:
                    if value != body_octets:
                        continue
                    counted = True
                elif kind == _VALUE and f"sip:{value}" in identities:
                    continue  # with its host it may be an identity, which is looked for
                parts[place] = part
                names.append(value)
            elif start in "s@/" or kind == "e":
                found = known_place(token)
                if found is None:
                    found = self._look_up(token)
                parts[place] = found[0]
                names += found[1]
            elif start == ";" and kind == "p":
                port = token[len(_RPORT) :]
                if not _means_something(port):
                    parts[place] = f"{_RPORT}{MARK}{_PORT}"
                    names.append(port)
            else:
                parts[place] = _MARKED[kind]
                names.append(token)
        return Cut(tuple(parts), tuple(names), counted)

    def _look_up(self, token: str) -> tuple[str, Names]:
        """Return what is left of a user part or an address, and the names in it."""
        rest = self._known.identities.get(token)
        if rest is None:
            if token[0] == "s" and "." not in token and "[" not in token:
                return _USER_MARKED, (token,)  # most of them do not come again
            found = self._cut_address(token)
        else:
            found = (f"{MARK}{_CLIENT}{rest}", (token,)) if rest else (token, ())
        if len(self._places) >= MAX_PLACES:
            self._places.clear()
        self._places[token] = found
        return found

    def _cut_address(self, token: str) -> tuple[str, Names]:
        """Return what is left of an address with what stands before it, and the names in it."""
        found = _host_and_port(token)
        assert found is not None, "so it was found in the text"
        before, host, after, port = found.groups("")
        kind = self._known.kind_of(host) if is_ip(host) else HostKind.OTHERS
        if kind is HostKind.OTHERS:
            return token, ()
        before += f"{MARK}{kind}{after}"
        if _means_something(port):
            return f"{before}:{port}" if port else before, (host,)
        return f"{before}:{MARK}{_PORT}", (host, port)

    def pieces(self, cut: Cut, first: int) -> Pieces:
        """Return a text that was cut, with a stand-in for each name.

        Args:
            cut: the text.
            first: the place of its first name among those of the message.
        """
        texts, stand_ins = [""], list[StandIn]()
        for text, kind in places_in(cut.parts):
            texts[-1] += text
            if kind:
                name = cut.names[len(stand_ins)]
                stand_ins.append(_stand_in(kind[0], name, first + len(stand_ins)))
                texts.append("")
        return Pieces(tuple(texts), tuple(stand_ins))

    def test_of(self, kind: str) -> Callable[[str], bool] | None:
        """Return what tells of a text whether ``head`` would take it for a name of a kind.

        Args:
            kind: the kind, as ``places_in`` tells it; not that of the length of the body.

        Returns:
            None where any text of its letters is one.
        """
        known = self._known
        identities = known.identities
        match kind[0]:
            case "p":
                return lambda name: name not in identities
            case "P":
                return lambda name: identities.get(name) == kind[1:]
            case "-":
                return lambda value: f"sip:{value}" not in identities
            case "d":
                return lambda port: not _means_something(port)
            case HostKind.CLIENTS | HostKind.NOBODYS:
                return lambda host: is_ip(host) and known.kind_of(host) == kind
        return None


def places_in(parts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield, of a text that was cut, each text without names, and the kind of the name after it.

    The kind is a letter, for ``_CLIENT`` followed by what stands after the name in identities; ""
    after a text that no name follows.
    """
    for place, part in enumerate(parts):
        if place % 2 == 0 or MARK not in part:
            yield part, ""
            continue
        text, *marked = part.split(MARK)
        for each in marked:
            kind, after = (each, "") if each[0] == _CLIENT else (each[0], each[1:])
            yield text, kind
            text = after
        yield text, ""


def _means_something(port: str) -> bool:
    """Tell whether a port is one of those that mean something, or none at all."""
    if not port or port[0] == "0":
        return True
    number = int(port)
    return number in DEFAULT_PORTS or number > MAX_PORT


def _stand_in(kind: str, name: str, place: int) -> StandIn:
    """Return what stands in for the name at a place; in letters of both cases where it may be.

    All of a kind are of one length, so that none is a part of another one.
    """
    match kind:
        case "n":
            return StandIn(_PLAIN[kind], f"{place:08x}-5a5a-4a5a-9a5a-5a5a5a5a5a5a")
        case "y":
            return StandIn(_PLAIN[kind], f"qX{place:03}Xq.qXq")
        case HostKind.CLIENTS | HostKind.NOBODYS:
            ipv6 = ":" in name
            return StandIn(
                "", f"2001:db8:a5a5::{place + 4096:x}" if ipv6 else f"240.{place + 100}.251.252"
            )
        case "d":
            return StandIn("", str(place + 61_000))
        case "1":
            return StandIn("", str(place + 987_654_000))
        case "#":
            return StandIn(name, "")
        case _:
            return StandIn(_PLAIN.get("p" if kind == _CLIENT else kind, ""), f"qX{place:03}Xq")
