"""The form of messages that come again and again, which tells from their names what they say.

Where a name stands is found out by reading the form once with other names, *stand-ins*, in all
places: where one of them comes out of reading, there stands the name of its place in every message
of the form. That holds since a name is a whole token of letters and digits, whichever these are
(see ``shapes``), so that nothing is read in another way for another name. What cannot be told like
this, such as a text in which two names stand, has no common form and is read each time.
"""

from collections.abc import Sequence
from typing import NamedTuple

from mcsip.conformance.forms import (
    Ids,
    Names,
    Passed,
    branches,
    ids,
    is_of_user,
    kind_of,
    passed,
)
from mcsip.hops import HopKey, hop_key
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import Malformed, parse_datagram


class StandIn(NamedTuple):
    """What stands in the place of a name while a form is read.

    Attributes:
        kind: what every name of its kind begins with.
        own: the rest, which stands nowhere else.
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
    """A text that messages of a form say, with one of their names in it.

    Attributes:
        place: which of the names.
        skip: how many of the name's first characters do not belong to the text.
        before: what stands before the name.
        after: what stands after it.
    """

    place: int
    skip: int
    before: str
    after: str


_Where = _Said | str | None
"""A text that messages of a form say: with a name in it, or always the same, or none."""


def _find(said: str | None, stand_ins: Sequence[StandIn]) -> _Where:
    """Return which name stands in a text, from the text with stand-ins.

    Raises:
        NotToldError: there are several, or letters have changed.
    """
    if said is None:
        return None
    lowered = said.lower()
    found = [place for place, (_, own) in enumerate(stand_ins) if own.lower() in lowered]
    if not found:
        return said
    [place, *others] = found
    kind, own = stand_ins[place]
    before, _, after = said.partition(own)
    if others or own.lower() in f"{before}\0{after}".lower():
        raise NotToldError
    # As much of the kind belongs to the text as stands there.
    skip = next(skip for skip in range(len(kind) + 1) if before.endswith(kind[skip:]))
    return _Said(place, skip, before.removesuffix(kind[skip:]), after)


def _tell(where: _Where, names: Names) -> str:
    """Return what a message with these names says there, "" where it says nothing."""
    if not isinstance(where, _Said):
        return where or ""
    place, skip, before, after = where
    name = names[place][skip:]
    return f"{before}{name}{after}" if before or after else name


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
        "_is_of_user",
        "_method",
        "_number_and_method",
        "_partner_id",
        "_pieces",
        "_primary_id",
        "_sent_by",
        "_tag",
        "alike",
        "is_request",
        "method",
        "number",
        "status",
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
        if any(own.lower() in texts for _, own in self._pieces.stand_ins):
            raise NotToldError
        other = _read_with_stand_ins(head, body, message.body)
        found = [_find(text, self._pieces.stand_ins) for text in _said_by(other)]
        told = [None if where is None else _tell(where, names) for where in found]
        if told != _said_by(message) or self.octets(names) != message.octets():
            raise NotToldError
        self._branch, method, sent_by, self._call_id, self._tag, cseq, cseq_method, *rest = found
        self._primary_id, self._partner_id, *self._branches = rest
        self._method, self._sent_by = _same(method), _same(sent_by)
        cseq, cseq_method = _same(cseq), _same(cseq_method)
        self._number_and_method = (int(cseq), cseq_method) if cseq else None
        self._is_of_user = is_of_user(message)

    def key(self, names: Names, /) -> HopKey | None:
        """Return what the copies and answers of its transaction share, or None."""
        if self._branch is None:
            return None
        return _tell(self._branch, names), self._method, self._sent_by

    def call_id(self, names: Names, /) -> str:
        """Return its Call-ID, "" where it has none."""
        return _tell(self._call_id, names)

    def passed(self, names: Names, /) -> Passed | None:
        """Return what every proxy keeps of a request; None when it is malformed."""
        if self._number_and_method is None:
            return None
        return _tell(self._tag, names), *self._number_and_method

    def branches(self, names: Names, /) -> Sequence[str | None]:
        """Return the branches of all Via values, topmost first; none when one is malformed."""
        return [None if where is None else _tell(where, names) for where in self._branches]

    def ids(self, names: Names, /) -> Ids | None:
        """Return the user that it names if it is a message of migration, and names one."""
        if self._primary_id is None:
            return None
        partner_id = self._partner_id
        return (
            _tell(self._primary_id, names),
            None if partner_id is None else _tell(partner_id, names),
        )

    def is_of_user(self) -> bool:
        """Tell whether it may be about a user who migrates."""
        return self._is_of_user

    def message(self, names: Names, /) -> Request | Response:
        """Return the message, read."""
        message = parse_datagram(self.octets(names))
        assert not isinstance(message, Malformed), "another name makes no message malformed"
        return message

    def octets(self, names: Names, /) -> bytes:
        """Return the octets that it was read from."""
        return self._pieces.octets(names)
