"""Names that somebody made up: where they stand in the text of a message.

A name counts as one only where its letters say nothing: a branch after its magic cookie, a tag, a
Call-ID before its host, the user part of a SIP URI that is no identity of a node, a UUID, an access
token. Everything else belongs to the form of the message: fields, their order and spelling, hosts,
numbers.
"""

import re
from typing import NamedTuple

from mcsip.conformance.common_form import Pieces, StandIn
from mcsip.conformance.forms import Names
from mcsip.trace import Trace

# Each way to write a name begins with letters of its own, so most places are passed over at once.
# With these letters it counts as the name: a tag is never the same as a branch.
_KINDS = {
    "a": ";tag=",
    "r": ";branch=z9hG4bK",
    "p": "sip:",
    "n": "urn:uuid:",
    "y": ">eyJ",
}
"""These letters, by the one that tells them apart, at ``_KIND``."""
_KIND = 2
_ANYWHERE = (
    r"sip:[A-Za-z0-9-]+(?=@)"
    r"|urn:uuid:[0-9a-f-]{36}(?![\w-])"
    r"|>eyJ[\w-]+(?:\.[\w-]+){1,4}(?=<)"
)
_names_in_head = re.compile(
    rf"(;tag=[A-Za-z0-9]+(?=[;,\r]|\Z)|;branch=z9hG4bK[A-Za-z0-9]+(?=[;,\r]|\Z)|{_ANYWHERE}"
    # The whole value may be a name; a Call-ID in In-Reply-To is the same name (RFC 3261 20.21).
    r"|\n(?:Call-I[Dd]|call-id|CALL-ID|i|In-Reply-To|in-reply-to): [A-Za-z0-9-]{4,}(?=[@\r]|\Z))"
).split
_names_in_body = re.compile(
    rf"(;tag=[A-Za-z0-9]+(?=[;,]|\Z)|;branch=z9hG4bK[A-Za-z0-9]+(?=[;,]|\Z)|{_ANYWHERE})"
).split


Parts = tuple[str, ...]
"""A text cut at its names: in each second place the kind of a name, or what is none after all."""


class Cut(NamedTuple):
    """A text cut at its names.

    Attributes:
        parts: what stands between them, with the kind of each in its place.
        names: the names.
    """

    parts: Parts
    names: Names


class Cutter:
    """Cuts texts at their names.

    Args:
        trace: knows the nodes, whose identities are no names that somebody made up.
    """

    def __init__(self, trace: Trace) -> None:
        identities = (it for node in trace.nodes.values() for it in node.identities)
        self._identities = frozenset(identity.partition("@")[0] for identity in identities)

    def head(self, text: str) -> Cut:
        """Cut start line and header fields."""
        return self._cut(_names_in_head(text))

    def body(self, text: str) -> Cut:
        """Cut a body."""
        return self._cut(_names_in_body(text))

    def _cut(self, parts: list[str]) -> Cut:
        names = []
        identities = self._identities
        for place in range(1, len(parts), 2):
            token = parts[place]
            if token[0] == "\n":
                end = token.index(" ") + 1
                parts[place] = token[:end]
                names.append(token[end:])
            elif token not in identities:
                parts[place] = token[_KIND]
                names.append(token)
        return Cut(tuple(parts), tuple(names))

    def pieces(self, cut: Cut, first: int) -> Pieces:
        """Return a text that was cut, with a stand-in for each name.

        Args:
            cut: the text.
            first: the place of its first name among those of the message.
        """
        texts, stand_ins = [cut.parts[0]], list[StandIn]()
        for token, after in zip(cut.parts[1::2], cut.parts[2::2], strict=True):
            if token in self._identities:
                texts[-1] += token + after
                continue
            if token not in _KINDS:
                texts[-1] += token
            stand_ins.append(_stand_in(_KINDS.get(token, ""), first + len(stand_ins)))
            texts.append(after)
        return Pieces(tuple(texts), tuple(stand_ins))


def _stand_in(kind: str, place: int) -> StandIn:
    """Return what stands in for the name at a place, in letters of both cases where it may be."""
    match kind:
        case "urn:uuid:":
            return StandIn(kind, f"{place:08x}-5a5a-4a5a-9a5a-5a5a5a5a5a5a")
        case ">eyJ":
            return StandIn(kind, f"qX{place}Xq.qXq")
        case _:
            return StandIn(kind, f"qX{place}Xq")
