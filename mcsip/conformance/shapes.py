"""Shapes: what messages are but for the names in them, so that nothing is judged twice.

A large capture holds the same messages again and again; what is new in them are names that somebody
made up: branches, tags, Call-IDs, users, tokens. No rule about messages, transactions or passages
looks at the letters of such a name, only at whether two of them are the same. So what was judged to
be right once, of one shape and between the same nodes, is right each time.

A name counts as one only where its letters say nothing: a branch after its magic cookie, a tag, a
Call-ID before its host, the user part of a SIP URI that is no identity of a node, a UUID, an access
token. Everything else belongs to the shape: fields, their order and spelling, hosts, numbers.
"""

import re
from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from mcsip.sip.message import Message
from mcsip.trace import Trace

MAX_LINES = 4096
"""Lines whose shapes are remembered [ours]: about 2 MB; most are needed for a few hops."""
MAX_BODIES = 512
"""Bodies whose shapes are remembered [ours]: about 1 MB."""
MAX_SHAPES = 4096
"""Shapes that are told apart at the same time [ours]: more means that little repeats."""
AT_ONCE_S = 0.15
"""How long a transaction or passage may take to be like others of its shape, in seconds [ours].

No rule about time asks for less.
"""
MARK = "\0"
"""Stands for a name in a shape; a line that holds it has no shape."""

# Each way to write a name begins with letters of its own, so most places are passed over at once.
# With these letters it counts as the name: a tag is never the same as a branch.
_names = re.compile(
    r"(;tag=[A-Za-z0-9]+(?=[;,]|$)"
    r"|;branch=z9hG4bK[A-Za-z0-9]+(?=[;,]|$)"
    r"|sip:[A-Za-z0-9-]+(?=@)"
    r"|urn:uuid:[0-9a-f-]{36}(?![\w-])"
    r"|>eyJ[\w-]+(?:\.[\w-]+){1,4}(?=<))"
).split
_KIND = 2
"""Place of the letter that tells these ways apart."""
_BARE = re.compile(r"([A-Za-z0-9-]{4,})((?:@.*)?)")
_BARE_FIELDS = frozenset({"call-id", "in-reply-to"})

_Line = tuple[str, tuple[str, ...]]


class Shape(NamedTuple):
    """The shape of one message.

    Attributes:
        form: tells the shape; the same for messages that differ in names only.
        names: the names in order.
    """

    form: tuple[int, int]
    names: tuple[str, ...]


class Exchanged(NamedTuple):
    """The shape of a transaction of one request, sent once, and its answers.

    Attributes:
        parts: the forms of its copies, and whence and whither they went.
        names: the names in all of them, in order.
        numbers: those of the trace entries, in the same order.
    """

    parts: tuple[Hashable, ...]
    names: tuple[str, ...]
    numbers: tuple[int, ...]


class Shapes:
    """Tells the shapes of messages.

    Args:
        trace: knows the nodes, whose identities are no names that somebody made up.

    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._nodes = -1
        self._known: frozenset[str] = frozenset()
        self._lines: dict[str, _Line] = {}
        self._bodies: dict[bytes, _Line] = {}
        self._forms: dict[tuple[object, ...], int] = {}
        self._generation = 0

    def of(self, message: Message, data: bytes) -> Shape | None:
        """Return the shape of a message, or None where the octets are not plainly those lines.

        Args:
            message: what was read.
            data: the octets that it was read from.
        """
        if len(self._trace.nodes) != self._nodes or len(self._forms) >= MAX_SHAPES:
            self._begin_anew()
        start = data[: data.find(b"\r")].decode("utf-8", "surrogateescape")
        get = self._lines.get
        found = [get(start) or self._read_line(start, bare=False)]
        found += [
            get(raw) or self._read_line(raw, bare=key in _BARE_FIELDS)
            for key, _, raw in message.fields
        ]
        body = message.body
        size = len(start) + 4 + len(body) + sum([len(field[2]) + 2 for field in message.fields])
        if size != len(data):
            return None
        if body:
            found.append(self._bodies.get(body) or self._read_body(body))
        key_of_form = (size, *[form for form, _ in found])
        names = tuple([name for _, names in found if names for name in names])
        form = self._forms.get(key_of_form)
        if form is None:
            form = self._forms[key_of_form] = len(self._forms)
        return Shape((self._generation, form), names)

    def _begin_anew(self) -> None:
        """Forget everything: other nodes are known, or there are too many shapes."""
        self._generation += 1
        self._nodes = len(self._trace.nodes)
        identities = (it for node in self._trace.nodes.values() for it in node.identities)
        self._known = frozenset(_user(identity) for identity in identities)
        self._forms.clear()
        self._lines.clear()
        self._bodies.clear()

    def _read_line(self, line: str, *, bare: bool) -> _Line:
        """Return the shape of a line; ``bare``: its whole value may be a name."""
        if len(self._lines) >= MAX_LINES:
            self._lines.clear()
        found = self._lines[line] = self._bare(line) if bare else self._read(line)
        return found

    def _read_body(self, body: bytes) -> _Line:
        if len(self._bodies) >= MAX_BODIES:
            self._bodies.clear()
        text = body.decode("utf-8", "surrogateescape")
        # the octets of another encoding are other octets, so a prefix tells bodies from lines
        form, names = self._read(text)
        found = self._bodies[body] = ("\n" + form, names)
        return found

    def _bare(self, line: str) -> _Line:
        name, colon, value = line.partition(": ")
        bare = _BARE.fullmatch(value)
        if not colon or bare is None:
            return self._read(line)
        return f"{name}: {MARK}{bare[2]}", (bare[1],)

    def _read(self, text: str) -> _Line:
        if MARK in text:
            return text, ()
        parts = _names(text)
        names = parts[1::2]
        if not self._known.isdisjoint(names):
            kept = [name in self._known for name in names]
            names = [name for name, is_kept in zip(names, kept, strict=True) if not is_kept]
            parts[1::2] = [
                name if is_kept else f"{MARK}{name[_KIND]}"
                for name, is_kept in zip(parts[1::2], kept, strict=True)
            ]
        else:
            parts[1::2] = [f"{MARK}{name[_KIND]}" for name in names]
        return "".join(parts), tuple(names)


def _user(identity: str) -> str:
    """Return a SIP URI up to its user part."""
    return identity.partition("@")[0]


def pattern(names: Sequence[str]) -> tuple[int, ...]:
    """Return which names are the same: for each the place at which it stands first."""
    first: dict[str, int] = {}
    return tuple([first.setdefault(name, place) for place, name in enumerate(names)])


def order(numbers: Iterable[int]) -> tuple[int, ...]:
    """Return in which order things come that have these numbers."""
    given = list(numbers)
    return tuple(sorted(range(len(given)), key=given.__getitem__))
