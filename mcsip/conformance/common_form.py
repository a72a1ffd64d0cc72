"""The form of messages that come again and again, which tells from their names what they say.

Where a name stands is found out by reading the form once with other names, *stand-ins*, in all
places: where one of them comes out of reading, there stands the name of its place in every message
of the form. That holds since a name is a whole token of letters and digits, whichever these are
(see ``names``), so that nothing is read in another way for another name. What cannot be told like
this, such as a text in other letters, has no common form, and is read each time.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from mcsip.conformance.forms import (
    Ids,
    Names,
    Passed,
    addresses_in,
    branches,
    ids,
    is_of_user,
    kind_of,
    passed,
    words_of,
)
from mcsip.hops import HopKey, hop_key
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import Malformed, parse_datagram


class StandIn(NamedTuple):
    """What stands in the place of a name while a form is read.

    Attributes:
        kind: what every name of its kind begins with.
        own: the rest, which stands nowhere else; "" for a name that nothing is told by.
    """

    kind: str
    own: str


class Pieces(NamedTuple):
    """A text but for its names.

    Attributes:
        texts: what stands before, between and after the names: one more than there are names.
        stand_ins: one for each name.
    """

    texts: tuple[str, ...]
    stand_ins: tuple[StandIn, ...]

    def octets(self, names: Names) -> bytes:
        """Return the octets of the text with these names."""
        whole = [""] * (len(self.texts) + len(names))
        whole[::2], whole[1::2] = self.texts, names
        return "".join(whole).encode("utf-8", "surrogateescape")

    def with_stand_ins(self) -> bytes:
        """Return the octets of the text with the stand-ins."""
        return self.octets(tuple([kind + own for kind, own in self.stand_ins]))


class NotToldError(Exception):
    """What messages of a form say cannot be told from their names."""


class _Said(NamedTuple):
    """A text that messages of a form say, with names of theirs in it.

    Attributes:
        places: which of the names, and how many of their first characters do not belong to it.
        texts: what stands before, between and after these.
    """

    places: tuple[tuple[int, int], ...]
    texts: tuple[str, ...]


_Where = _Said | str | None
"""A text that messages of a form say: with names in it, or always the same, or none."""


def _find(said: str | None, stand_ins: Sequence[StandIn]) -> _Where:
    """Return which names stand in a text, from the text with stand-ins.

    Raises:
        NotToldError: one of them stands there twice, or its letters have changed.
    """
    if said is None:
        return None
    lowered = said.lower()
    found = sorted(
        (lowered.find(own.lower()), place)
        for place, (_, own) in enumerate(stand_ins)
        if own and own.lower() in lowered
    )
    texts, places, start = [], [], 0
    for at, place in found:
        kind, own = stand_ins[place]
        if not said.startswith(own, at) or lowered.count(own.lower()) > 1:
            raise NotToldError
        # As much of the kind belongs to the text as stands there.
        before = said[start:at]
        skip = next(skip for skip in range(len(kind) + 1) if before.endswith(kind[skip:]))
        texts.append(before.removesuffix(kind[skip:]))
        places.append((place, skip))
        start = at + len(own)
    return _Said(tuple(places), (*texts, said[start:])) if found else said


_Teller = Callable[[Names], str]
"""Returns what a message with these names says somewhere."""


def _teller(where: _Where) -> _Teller:
    """Return what tells what messages say there, "" where they say nothing."""
    if not isinstance(where, _Said):
        return lambda _names: where or ""
    [(place, skip), *more], [before, after, *_] = where
    if not (more or before or after):  # the usual case
        return lambda names: names[place][skip:]
    return partial(_tell, where)


def _tell(said: _Said, names: Names) -> str:
    places, texts = said
    told = texts[0]
    for (place, skip), after in zip(places, texts[1:], strict=True):
        told += names[place][skip:] + after
    return told


def _same(where: _Where) -> str:
    """Return a text in which no name stands, "" where there is none.

    Raises:
        NotToldError: one does.
    """
    if isinstance(where, _Said):
        raise NotToldError
    return where or ""


def _said_by(message: Request | Response) -> list[str | None]:
    """Return what a form must tell: key, Call-ID, From tag and CSeq, IDs; and all branches."""
    same = passed(message)
    return [
        *(hop_key(message) or (None, None, None)),
        message.first("call-id"),
        *((None, None, None) if same is None else (same[0], str(same[1]), same[2])),
        *(ids(message) or (None, None)),
        *branches(message),
    ]


def _read_with_stand_ins(head: Pieces, body: Pieces, real_body: bytes) -> Request | Response:
    """Return the message with the stand-ins; its Content-Length is that of the real body."""
    message = parse_datagram(head.with_stand_ins() + b"\r\n\r\n" + real_body)
    if isinstance(message, Malformed):
        raise NotToldError
    if isinstance(message, Response):
        return message
    return Request(message.method, message.uri, message.fields, body.with_stand_ins())


class CommonForm:
    """The form of many messages; see ``forms.Form``.

    Args:
        number: as in ``forms.Form``.
        head: these messages from the start line to the last field.
        body: their body.
        message: one of them, read.
        names: its names.

    Raises:
        NotToldError: what these messages say cannot be told from their names.
    """

    __slots__ = (
        "_branch",
        "_branches",
        "_call_id",
        "_cseq_method",
        "_is_of_user",
        "_method",
        "_number",
        "_partner_id",
        "_pieces",
        "_primary_id",
        "_sent_by",
        "_tag",
        "_words",
        "addresses",
        "alike",
        "is_request",
        "method",
        "number",
        "status",
        "uri",
    )

    def __init__(
        self, number: int, head: Pieces, body: Pieces, message: Request | Response, names: Names
    ) -> None:
        self.number = number
        self.alike = True
        self.is_request, self.method, self.status = kind_of(message)
        self._pieces = Pieces(
            (*head.texts[:-1], f"{head.texts[-1]}\r\n\r\n{body.texts[0]}", *body.texts[1:]),
            head.stand_ins + body.stand_ins,
        )
        texts = "\0".join(self._pieces.texts).lower()
        if any(own and own.lower() in texts for _, own in self._pieces.stand_ins):
            raise NotToldError
        other = _read_with_stand_ins(head, body, message.body)
        found = [_find(text, self._pieces.stand_ins) for text in _said_by(other)]
        tellers = [None if where is None else _teller(where) for where in found]
        told = [None if tell is None else tell(names) for tell in tellers]
        if told != _said_by(message) or self.octets(names) != message.octets():
            raise NotToldError
        self._method, self._cseq_method = _same(found[1]), _same(found[6])
        self._branch, _, self._sent_by, self._call_id, self._tag, self._number, _, *rest = tellers
        self._primary_id, self._partner_id, *self._branches = rest
        self._is_of_user = is_of_user(message)
        self._words = words_of(self._pieces.texts)
        self.addresses = addresses_in(self._pieces.texts)
        self.uri = ""
        if isinstance(message, Request) and message.uri in head.texts[0]:
            self.uri = message.uri  # the first name stands behind it

    def key(self, names: Names, /) -> HopKey | None:
        """Return what the copies and answers of its transaction share, or None."""
        if self._branch is None or self._sent_by is None:
            return None
        return self._branch(names), self._method, self._sent_by(names)

    def call_id(self, names: Names, /) -> str:
        """Return its Call-ID, "" where it has none."""
        return "" if self._call_id is None else self._call_id(names)

    def passed(self, names: Names, /) -> Passed | None:
        """Return what every proxy keeps of a request; None when it is malformed."""
        if self._tag is None or self._number is None:
            return None
        return self._tag(names), int(self._number(names)), self._cseq_method

    def branches(self, names: Names, /) -> Sequence[str | None]:
        """Return the branches of all Via values, topmost first; none when one is malformed."""
        return [None if tell is None else tell(names) for tell in self._branches]

    def ids(self, names: Names, /) -> Ids | None:
        """Return the user that it names if it is a message of migration, and names one."""
        if self._primary_id is None:
            return None
        partner_id = None if self._partner_id is None else self._partner_id(names)
        return self._primary_id(names), partner_id

    def is_of_user(self) -> bool:
        """Tell whether it may be about a user who migrates."""
        return self._is_of_user

    def words(self) -> frozenset[str]:
        """Return the words of its text that are no names."""
        return self._words

    def message(self, names: Names, /) -> Request | Response:
        """Return the message, read."""
        message = parse_datagram(self.octets(names))
        assert not isinstance(message, Malformed), "another name makes no message malformed"
        return message

    def octets(self, names: Names, /) -> bytes:
        """Return the octets that it was read from."""
        return self._pieces.octets(names)
