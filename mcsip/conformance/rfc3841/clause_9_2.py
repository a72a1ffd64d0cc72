"""RFC 3841 9.2, the Accept-Contact and Reject-Contact fields."""

import re
from functools import lru_cache

from mcsip.conformance.rfc3841.book import BOOK
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.errors import PeerError
from mcsip.sip.headers import split_list
from mcsip.sip.message import Request
from mcsip.sip.params import parse_params

_SHOWN = 100
_WORD = r"[A-Za-z0-9.!%*_+`'~-]+"
_FLAGS = frozenset({"require", "explicit"})
# RFC 3840 9: a feature tag that is not among the base tags begins with a plus.
_NAME = re.compile(r"\+[A-Za-z][A-Za-z0-9!'.%-]*")
# A list of tag values (a token, a boolean or a number, each perhaps denied), or one text in <>.
_NUMBER = r"#(?:=|<=|>=)?[+-]?[0-9]+(?:\.[0-9]*)?(?::[+-]?[0-9]+(?:\.[0-9]*)?)?"
_TAG_VALUE = rf"!?(?:{_NUMBER}|{_WORD})"
_QUOTED = re.compile(rf'"(?:{_TAG_VALUE}(?:,{_TAG_VALUE})*|<[^<>"]*>)"')


@BOOK.on_message(
    "9.2",
    "syntax",
    'A value of Accept-Contact or Reject-Contact is "*" with feature tags, whose values are quoted',
    "request",
    fields=("accept-contact", "reject-contact"),
)
def syntax(seen: MessageSeen) -> Faults:
    """Look at every value; the usual mistake is an ICSI whose colons are not escaped."""
    if not isinstance(seen.message, Request):
        return None
    found = [
        _faults_of(key, tuple(lines))
        for key in ("accept-contact", "reject-contact")
        if (lines := seen.message.values(key))
    ]
    return [fault for faults in found for fault in faults] if found else None


@lru_cache(maxsize=1024)
def _faults_of(key: str, lines: tuple[str, ...]) -> tuple[Fault, ...]:
    """Return what is wrong with the values of a field."""
    found = [
        (value, _fault_of(value, flags=key == "accept-contact"))
        for line in lines
        for value in split_list(line)
    ]
    return tuple(
        Fault(*fault, field=key, text=value.encode("utf-8", "surrogateescape"))
        for value, fault in found
        if fault is not None
    )


def _fault_of(value: str, *, flags: bool) -> tuple[str, str] | None:
    """Return what a value should have been and what it is, or None when it is sound.

    Args:
        value: one value of the list.
        flags: whether ``require`` and ``explicit`` may stand in it.
    """
    head, _, rest = value.partition(";")
    if head.strip() != "*":
        return '"*" before the parameters', repr(head.strip()[:_SHOWN])
    try:
        params = parse_params(rest)
    except PeerError:
        return "parameters after a semicolon each", repr(value[:_SHOWN])
    for name, said in params:
        lowered = name.lower()
        if lowered in _FLAGS and flags:
            if said is not None:
                return f"{lowered} without a value", repr(f"{name}={said}"[:_SHOWN])
        elif name.startswith("+"):
            if not _NAME.fullmatch(name):
                return "a feature tag", repr(name[:_SHOWN])
            fault = _value_fault(name, said)
            if fault is not None:
                return fault
    return None


def _value_fault(name: str, said: str | None) -> tuple[str, str] | None:
    """Return what is wrong with the value of a feature tag: quoted, a list of tokens or a text."""
    if said is None or _QUOTED.fullmatch(said):
        return None
    return f'{name}="…" with tokens, all else escaped', repr(f"{name}={said}"[:_SHOWN])
