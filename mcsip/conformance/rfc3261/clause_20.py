"""RFC 3261 20, header fields: the syntax of each field that can be judged, a rule for each clause.

What is wrong for another reason (a CSeq of 2**31, a From without tag) is told by the clause that
says so. A field of an unknown name is never judged (20; 7.3.2).
"""

import re
from collections.abc import Callable
from functools import lru_cache

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.clause_7 import LENGTH_FAULT
from mcsip.conformance.rfc3261.clause_8_1_1_5 import cseq_parts
from mcsip.conformance.rfc3261.reading import shown, top_via
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.errors import PeerError
from mcsip.mc.source import Grade
from mcsip.sip.address import parse_address
from mcsip.sip.headers import is_list, long_name, split_list
from mcsip.sip.message import Message
from mcsip.sip.params import parse_params
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.sip.via import parse_via

#: token and word of RFC 3261 25.1 [gen].
_WORD = r"[A-Za-z0-9\-.!%*_+`'~]+"
_is_token = re.compile(_WORD).fullmatch
_is_call_id = re.compile(r"[A-Za-z0-9\-.!%*_+`'~()<>:\\\"/\[\]?{}]+(?:@[^\s@]+)?").fullmatch
_is_media_type = re.compile(rf"{_WORD}\s*/\s*{_WORD}\s*(?:;.*)?", re.DOTALL).fullmatch
_is_date = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT"
).fullmatch
_is_warning = re.compile(r'\d{3} \S+ "(?:[^"\\]|\\.)*"', re.DOTALL).fullmatch
_is_retry_after = re.compile(r"\d{1,10}\s*(?:\(.*\))?\s*(?:;.*)?", re.DOTALL).fullmatch
_is_timestamp = re.compile(r"\d+(?:\.\d*)?(?:\s+\d*(?:\.\d*)?)?").fullmatch
_is_mime_version = re.compile(r"\d+\.\d+").fullmatch

_MAX_SECONDS = 2**32 - 1


def _number(largest: int) -> Callable[[str], str]:
    def wrong(value: str) -> str:
        fine = value.isascii() and value.isdigit() and len(value) <= 10 and int(value) <= largest
        return "" if fine else f"a number from 0 to {largest}"

    return wrong


def _like(match: Callable[[str], object], expected: str) -> Callable[[str], str]:
    def wrong(value: str) -> str:
        return "" if match(value) else expected

    return wrong


def _read(reader: Callable[[str], object]) -> Callable[[str], str]:
    def wrong(value: str) -> str:
        try:
            reader(value)
        except PeerError as error:
            return error.message
        return ""

    return wrong


def _cseq(value: str) -> str:
    return "" if cseq_parts(value) is not None else "a number and a method"


def _disposition(value: str) -> str:
    kind, _, rest = value.partition(";")
    if not _is_token(kind.strip(" \t")):
        return "a disposition type"
    return _read(parse_params)(rest)


_ADDRESS = _read(parse_address)
_TOKENS = _like(_is_token, "a token")
_SECONDS = _number(_MAX_SECONDS)

#: Clause, key, and what finds a value wrong. Of a list field each value is looked at.
ROWS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("20.1", "accept", _like(_is_media_type, "type/subtype")),
    ("20.5", "allow", _TOKENS),
    ("20.8", "call-id", _like(_is_call_id, "a word, perhaps with @ and another one")),
    ("20.10", "contact", _ADDRESS),
    ("20.11", "content-disposition", _disposition),
    ("20.15", "content-type", _like(_is_media_type, "type/subtype")),
    ("20.16", "cseq", _cseq),
    ("20.17", "date", _like(_is_date, "a date like Sat, 13 Nov 2010 23:29:00 GMT")),
    ("20.19", "expires", _SECONDS),
    ("20.20", "from", _ADDRESS),
    ("20.22", "max-forwards", _number(255)),
    ("20.23", "min-expires", _SECONDS),
    ("20.24", "mime-version", _like(_is_mime_version, "a version like 1.0")),
    ("20.29", "proxy-require", _TOKENS),
    ("20.30", "record-route", _ADDRESS),
    ("20.31", "reply-to", _ADDRESS),
    ("20.32", "require", _TOKENS),
    ("20.33", "retry-after", _like(_is_retry_after, "a number of seconds")),
    ("20.34", "route", _ADDRESS),
    ("20.37", "supported", _TOKENS),
    ("20.38", "timestamp", _like(_is_timestamp, "a number of seconds")),
    ("20.39", "to", _ADDRESS),
    ("20.40", "unsupported", _TOKENS),
    ("20.42", "via", _read(parse_via)),
    ("20.43", "warning", _like(_is_warning, 'code agent "text"')),
)


#: Clauses of which the text was read, where it says itself what is right; what is left to the
#: grammar of 25.1 is general knowledge.
_READ = frozenset(
    {"20.10", "20.16", "20.17", "20.19", "20.20", "20.22", "20.23"}
    | {"20.30", "20.31", "20.34", "20.39", "20.42"}
)


def _add_rule(clause: str, key: str, wrong: Callable[[str], str]) -> None:
    """Register the rule about the syntax of one field."""
    several = is_list(key)
    grade = Grade.READ if clause in _READ else Grade.GENERAL
    name = long_name(key)

    @lru_cache(maxsize=1024)
    def fault_of(value: str) -> Fault | None:
        values = split_list(value) if several else [value]
        if not values and key not in _MAY_BE_EMPTY:
            return Fault(f"a {name} with a value", "an empty one", field=key)
        for each in values:
            expected = wrong(each)
            if expected:
                text = each.encode("utf-8", "surrogateescape")
                return Fault(shown(expected), shown(each), field=key, text=text)
        return None

    @BOOK.on_message(
        clause, "syntax", f"{name} is written as its grammar says", fields=(key,), grade=grade
    )
    def syntax(seen: MessageSeen) -> Faults:
        message = seen.message
        if message is None or (value := message.first(key)) is None:
            return None
        fault = None
        # the topmost Via is read already, and there are no two alike
        if key != "via" or "," in value or top_via(message) is None:
            fault = fault_of(value)
        if fault is not None:
            return [fault]
        if several:
            return _further(message, key, fault_of)
        return ()


#: List fields whose value may be empty: RFC 3261 25.1 (Accept, Allow, Supported) [gen].
_MAY_BE_EMPTY = frozenset({"accept", "allow", "supported"})


def _further(
    message: Message, key: str, fault_of: Callable[[str], Fault | None]
) -> tuple[Fault, ...]:
    """Return the first fault of the further lines of a list field."""
    values = message.values(key)
    for value in values[1:]:
        fault = fault_of(value)
        if fault is not None:
            return (fault,)
    return ()


for _clause, _key, _wrong in ROWS:
    _add_rule(_clause, _key, _wrong)


@BOOK.on_message("20.14", "content-length", "Content-Length is the number of octets of the body")
def content_length(seen: MessageSeen) -> Faults:
    """Look at the number; and at what a datagram holds beyond it."""
    message = seen.message
    if message is None:
        return _malformed_length(seen)
    value = message.first("content-length")
    if value is None:
        return None
    data = seen.entry.data
    size = len(message.octets())
    if size == len(data) or size == len(data.lstrip(b"\r\n")):
        return ()
    extra = len(data.lstrip(b"\r\n")) - size
    actual = f"{shown(value)}, and {extra} octets more behind the body"
    expected = str(len(message.body) + extra)
    return [Fault(expected, actual, field="content-length")]


def _malformed_length(seen: MessageSeen) -> Faults:
    """Tell of a Content-Length that made the message unreadable."""
    read = seen.malformed or parse_datagram(seen.entry.data)
    if not isinstance(read, Malformed) or not read.reason.startswith(LENGTH_FAULT):
        return None
    return [Fault("the number of octets of the body", shown(read.reason), field="content-length")]
