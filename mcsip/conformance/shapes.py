"""Shapes: what messages are but for the names in them, so that nothing is judged twice.

A large capture holds the same messages again and again; what is new in them are names that somebody
made up: branches, tags, Call-IDs, users, tokens (``names``). No rule looks at the letters of such a
name, only at whether two of them are the same. So what was judged to be right once, of one form and
between the same nodes, is right each time.

The octets of a message are cut at its names; what is left tells its form. Only a message whose form
was never seen is read.
"""

from collections.abc import Hashable, Iterable, Sequence
from itertools import count
from typing import NamedTuple

from mcsip.conformance.common_form import CommonForm, NotToldError
from mcsip.conformance.expected import Expected
from mcsip.conformance.forms import Form, Names, OwnForm
from mcsip.conformance.known import Known
from mcsip.conformance.names import Cut, Cutter
from mcsip.sip.message import Message, Request, Response
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.sip.transport_rules import MAX_UDP_REQUEST_OCTETS

MAX_FORMS = 4096
"""Forms that are told apart at the same time [ours]: more means that little repeats."""
MAX_OCTETS = 8192
"""Largest message whose form is told [ours]; one of MC services has 1 or 2 KB."""
MAX_NAMES = 64
"""Most names of a message whose form is told [ours]; with the two above: about 60 MB at worst."""
MAX_BODIES = 512
"""Bodies whose names are remembered [ours]: about 1 MB; most are needed for a few hops."""
MAX_RECENT = 512
"""Messages that are remembered, since the copy at the receiver comes soon [ours]: about 2 MB."""
AT_ONCE_S = 0.15
"""How long a transaction or passage may take to be like others of its shape, in seconds [ours].

No rule about time asks for less.
"""

_END_OF_HEAD = b"\r\n\r\n"
_FormKey = tuple[tuple[str, ...], tuple[str, ...], int, bool]


class Read(NamedTuple):
    """What is told of octets.

    Attributes:
        form: that of the message that they are, as far as it could be read; None: they are none.
        names: the names in it.
        malformed: what is wrong with them, or None.
    """

    form: Form | None
    names: Names = ()
    malformed: Malformed | None = None


class Exchanged(NamedTuple):
    """The shape of a transaction of one request, sent once, and its answers.

    Attributes:
        parts: the forms of its copies, whence and whither they went, and whether it has ended.
        names: the names in all of them, in order.
        numbers: those of the trace entries, in the same order.
        texts: the words of its copies that are no names, in the same order.
    """

    parts: tuple[Hashable, ...]
    names: Names
    numbers: tuple[int, ...]
    texts: tuple[frozenset[str], ...]


class _RareForm(NamedTuple):
    """What is known of a form that is not a common one.

    Attributes:
        number: as in ``forms.Form``.
        alike: likewise.
        once: whether one message of it was seen; the next one makes it common.
    """

    number: int
    alike: bool
    once: bool


class Shapes:
    """Tells the forms of messages, and the names in them.

    Args:
        known: what is known of clients, and of those who are none.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._version, self._words = known.version, known.words
        self._cutter = Cutter(known)
        self._expected = Expected(self._cutter)
        self._numbers = count()
        self._forms: dict[_FormKey, CommonForm | _RareForm] = {}
        self._bodies: dict[bytes, Cut] = {}
        self._recent: dict[bytes, Read] = {}

    def read(self, data: bytes, way: int | None = None, *, again: bool = True) -> Read:
        """Return what is told of octets.

        Args:
            data: the octets.
            way: likeness of the way that they went; what goes one way looks alike.
            again: whether the same are likely to come again soon.
        """
        known = self._known
        known.update()
        if known.version != self._version or len(self._forms) >= MAX_FORMS:
            self._forms.clear()
            self._expected = Expected(self._cutter)
            self._forget_texts()
        elif known.words != self._words:
            self._forget_texts()
        return self._read_again(data, way) if again else self._read(data, way)

    def _read_again(self, data: bytes, way: int | None) -> Read:
        """Return what is told of octets that may have come before."""
        read = self._recent.get(data)
        if read is None:
            if len(self._recent) >= MAX_RECENT:
                del self._recent[next(iter(self._recent))]
            read = self._recent[data] = self._read(data, way)
        return read

    def _forget_texts(self) -> None:
        """Forget where in some texts names stand: there may be others."""
        self._version, self._words = self._known.version, self._known.words
        self._bodies.clear()
        self._recent.clear()

    def _read(self, data: bytes, way: int | None) -> Read:
        end = data.find(_END_OF_HEAD)
        if end <= 0 or len(data) > MAX_OCTETS:
            return self._alone(parse_datagram(data), data)
        octets = data[end + len(_END_OF_HEAD) :]
        head = self._expected.cut(_text(data[:end]), len(octets), (way, data[0]))
        body = _NO_BODY
        if octets:
            body = self._bodies.get(octets) or self._cut_body(octets)
        names = head.names + body.names
        if len(names) > MAX_NAMES:
            return self._alone(parse_datagram(data), data)
        key = (
            head.parts,
            body.parts,
            # How long it is matters where that is not told rightly, and to a rule.
            -1 if head.counted else len(octets),
            len(data) > MAX_UDP_REQUEST_OCTETS,
        )
        form = self._forms.get(key)
        if isinstance(form, CommonForm):
            return Read(form, names)
        return self._read_rare(data, key, head, body, form)

    def _cut_body(self, octets: bytes) -> Cut:
        """Cut a body, and remember it."""
        if len(self._bodies) >= MAX_BODIES:
            self._bodies.clear()
        body = self._bodies[octets] = self._cutter.body(_text(octets))
        return body

    def _read_rare(
        self, data: bytes, key: _FormKey, head: Cut, body: Cut, known: _RareForm | None
    ) -> Read:
        """Read a message of a form that is not common.

        Args:
            data: the message.
            key: tells its form.
            head: the message up to the empty line, cut.
            body: its body, cut.
            known: what is known of the form.
        """
        message = parse_datagram(data)
        if isinstance(message, Malformed) or (known is not None and not known.alike):
            return self._alone(message, data)
        names = head.names + body.names
        if known is None:
            alike = _is_plain(message, data)
            known = self._forms[key] = _RareForm(next(self._numbers), alike, once=alike)
        elif known.once:
            head_pieces = self._cutter.pieces(head, 0)
            body_pieces = self._cutter.pieces(body, len(head.names))
            try:
                form = CommonForm(known.number, head_pieces, body_pieces, message, names)
            except NotToldError:
                self._forms[key] = known._replace(once=False)
            else:
                self._forms[key] = form
                return Read(form, names)
        if not known.alike:
            return self._alone(message, data)
        return Read(OwnForm(known.number, message, data, head.parts + body.parts), names)

    def _alone(self, message: Request | Response | Malformed, data: bytes) -> Read:
        """Return what is told of octets that have a form of their own."""
        malformed = message if isinstance(message, Malformed) else None
        read = message.message if isinstance(message, Malformed) else message
        form = None if read is None else OwnForm(next(self._numbers), read, data)
        return Read(form, (), malformed)


_NO_BODY = Cut(("",), ())


def _text(octets: bytes) -> str:
    """Return octets as text; those of another encoding are other text."""
    return octets.decode("utf-8", "surrogateescape")


def _is_plain(message: Message, data: bytes) -> bool:
    """Tell whether octets are plainly a start line, the fields and the body, in ASCII."""
    start = data.find(b"\r")
    fields = sum([len(field[2]) + 2 for field in message.fields])
    return start + fields + len(_END_OF_HEAD) + len(message.body) == len(data)


def relations(names: Sequence[str], texts: Sequence[frozenset[str]]) -> Hashable:
    """Return which names are the same, and which of them stand in texts where they are no names.

    Args:
        names: the names in order; each counts as the place at which it stands first.
        texts: the words of texts that are no names.
    """
    first: dict[str, int] = {}
    pattern = tuple([first.setdefault(name, place) for place, name in enumerate(names)])
    known = first.keys()
    for text in texts:
        if not known.isdisjoint(text):
            break
    else:
        return pattern
    return pattern, tuple([tuple(sorted([first[word] for word in known & text])) for text in texts])


def order(numbers: Iterable[int]) -> tuple[int, ...]:
    """Return in which order things come that have these numbers."""
    given = list(numbers)
    places = range(len(given))
    if given == sorted(given):  # the usual case, four times as fast
        return tuple(places)
    return tuple(sorted(places, key=given.__getitem__))
