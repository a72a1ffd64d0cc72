"""Forms: what messages that differ in names only have in common, and what such a message says.

A large capture holds messages of few forms. One whose form is known need not be read to tell which
transaction it belongs to, or which user it is about: its names say that, and the form says where
they stand (``common_form``). A message whose form was never seen is read, and has a form of its own
until another one comes (``OwnForm``).
"""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from mcsip.errors import PeerError
from mcsip.hops import HopKey, hop_key, read_about, read_info
from mcsip.mc.authorisation import EVENT
from mcsip.sip.message import Message, Request, Response
from mcsip.trace import Peer

Names = tuple[str, ...]
"""The names in a message, in order."""
Passed = tuple[str, int, str]
"""What every proxy keeps of a request: From tag, and number and method of CSeq."""
Ids = tuple[str, str | None]
"""The MC service IDs of a user in the primary system, and in the partner's where it is said."""


class Form(Protocol):
    """What is told of a message without reading it again.

    Attributes:
        number: the same for messages that differ in names only.
        alike: whether such messages are judged alike; where not, the number is one message's own.
        is_request: whether it is a request.
        method: the method of a request, "" of a response.
        status: the status code of a response, 0 of a request.
        uri: the Request-URI, where no name stands in it; else "".
        addresses: the transport addresses in its text that are no names.
    """

    number: int
    alike: bool
    is_request: bool
    method: str
    status: int
    uri: str

    @property
    def addresses(self) -> Sequence[Peer]:
        """See above."""
        ...

    def key(self, names: Names, /) -> HopKey | None:
        """Return what the copies and answers of its transaction share, or None."""
        ...

    def call_id(self, names: Names, /) -> str:
        """Return its Call-ID, "" where it has none."""
        ...

    def passed(self, names: Names, /) -> Passed | None:
        """Return what every proxy keeps of a request; None when it is malformed."""
        ...

    def branches(self, names: Names, /) -> Sequence[str | None]:
        """Return the branches of all Via values, topmost first; none when one is malformed."""
        ...

    def ids(self, names: Names, /) -> Ids | None:
        """Return the user that it names if it is a message of migration, and names one."""
        ...

    def is_of_user(self) -> bool:
        """Tell whether it may be about a user who migrates."""
        ...

    def words(self) -> frozenset[str]:
        """Return the words of its text that are no names; see ``words_of``."""
        ...

    def message(self, names: Names, /) -> Request | Response:
        """Return the message, read."""
        ...

    def octets(self, names: Names, /) -> bytes:
        """Return the octets that it was read from."""
        ...


class OwnForm:
    """The form of one message, which was read; see ``Form``.

    Args:
        number: as in ``Form``.
        message: what was read.
        data: the octets that it was read from.
        texts: what stands between the names where such messages are judged alike, else None.
    """

    __slots__ = (
        "_addresses",
        "_data",
        "_message",
        "_texts",
        "_words",
        "alike",
        "is_request",
        "method",
        "number",
        "status",
        "uri",
    )

    def __init__(
        self,
        number: int,
        message: Request | Response,
        data: bytes,
        texts: Iterable[str] | None = None,
    ) -> None:
        self.number = number
        self.alike = texts is not None
        self._texts = texts or ()
        self._words: frozenset[str] | None = None
        self._addresses: Sequence[Peer] | None = None
        self.is_request, self.method, self.status = kind_of(message)
        self.uri = message.uri if isinstance(message, Request) else ""
        self._message = message
        self._data = data

    def key(self, _names: Names, /) -> HopKey | None:
        """Return what the copies and answers of its transaction share, or None."""
        return hop_key(self._message)

    def call_id(self, _names: Names, /) -> str:
        """Return its Call-ID, "" where it has none."""
        return self._message.first("call-id") or ""

    def passed(self, _names: Names, /) -> Passed | None:
        """Return what every proxy keeps of a request; None when it is malformed."""
        return passed(self._message)

    def branches(self, _names: Names, /) -> Sequence[str | None]:
        """Return the branches of all Via values, topmost first; none when one is malformed."""
        return branches(self._message)

    def ids(self, _names: Names, /) -> Ids | None:
        """Return the user that it names if it is a message of migration, and names one."""
        return ids(self._message)

    def is_of_user(self) -> bool:
        """Tell whether it may be about a user who migrates."""
        return is_of_user(self._message)

    @property
    def addresses(self) -> Sequence[Peer]:
        """The transport addresses in its text that are no names."""
        if self._addresses is None:
            self._addresses = addresses_in(self._texts)
        return self._addresses

    def words(self) -> frozenset[str]:
        """Return the words of its text that are no names; see ``words_of``."""
        if self._words is None:
            self._words = words_of(self._texts)
        return self._words

    def message(self, _names: Names, /) -> Request | Response:
        """Return the message."""
        return self._message

    def octets(self, _names: Names, /) -> bytes:
        """Return the octets that it was read from."""
        return self._data


def kind_of(message: Request | Response) -> tuple[bool, str, int]:
    """Return whether a message is a request, its method or "", and its status code or 0."""
    if isinstance(message, Request):
        return True, message.method, 0
    return False, "", message.status


_words = re.compile(
    r"(?<![\w.:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}"
    r"|\d{1,3}(?:\.\d{1,3}){3}"
    r"|(?<![\w.])\+?\d{3,15}(?!\w)"
    r"|[^\s:<>\"@,;\0]+(?=@)"
).findall


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """Return, in lower case, what in texts may be an address, a port, or a user part or number."""
    return frozenset(_words("\0".join(texts).lower()))


_addresses = re.compile(
    r"(?<![\w.])(?:(\d{1,3}(?:\.\d{1,3}){3})|\[([0-9a-f:.]{2,45})\])(?::(\d{1,5})(?!\d))?"
).findall


def addresses_in(texts: Iterable[str]) -> tuple[Peer, ...]:
    """Return the transport addresses that stand in texts, once each; without a port: the usual."""
    found = _addresses("\0".join(texts).lower())
    return tuple(dict.fromkeys(Peer(v4 or v6, int(port or 5060)) for v4, v6, port in found))


_ends_with_tag = re.compile(r".*>;tag=([\w.-]+)").fullmatch


def passed(message: Message) -> Passed | None:
    """Return what every proxy keeps of a request: From tag and CSeq; None when malformed.

    A gateway that hides its topology writes another Call-ID; these stay (RFC 3261 16.6).
    """
    try:
        cseq = message.cseq
        found = _ends_with_tag(message.first("from") or "")
        tag = message.from_.tag if found is None else found[1]
    except PeerError:
        return None
    return tag or "", cseq.number, cseq.method


def branches(message: Message) -> tuple[str | None, ...]:
    """Return the branches of all Via values, topmost first; none when one is malformed."""
    try:
        return tuple([via.branch for via in message.vias])
    except PeerError:
        return ()


def ids(message: Message) -> Ids | None:
    """Return the user that a message names if it is one of migration, and names one."""
    info = read_info(message)
    if info is None or info.primary_id is None:
        return None
    return info.primary_id, info.partner_id


def is_of_user(message: Message) -> bool:
    """Tell whether a message may be about a user who migrates; else it is part of no course."""
    if read_info(message) is not None or read_about(message) is not None:
        return True
    is_publish = isinstance(message, Request) and message.method == "PUBLISH"
    return is_publish and message.first("event") == EVENT
