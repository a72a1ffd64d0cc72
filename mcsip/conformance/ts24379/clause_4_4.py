"""TS 24.379 4.4, warning header field: 399, and the MC code inside the quoted text [2nd].

Who adds a text of its own says it in a further value, so a value without an MC code is no fault.
"""

from collections.abc import Iterator

from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.ts24379.book import BOOK
from mcsip.conformance.views import MessageSeen
from mcsip.mc.roles import Role
from mcsip.mc.source import Grade
from mcsip.mc.warning import (
    CALLED_PARTY_UNKNOWN,
    NEVER_EXISTED,
    SOURCE,
    WARN_CODE,
    WARNINGS,
    McWarning,
    parse_warning,
)
from mcsip.redact import redact_text
from mcsip.sip.message import Response

#: Warn-codes of RFC 3261 20.43 have this many digits and begin with a 3.
_WARN_CODES = range(300, 400)
#: Codes whose status is our own choice.
_OUR_STATUS = frozenset({CALLED_PARTY_UNKNOWN})
_SHOWN = 100


def _octets(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def _shown(text: str) -> str:
    return repr(redact_text(text)[:_SHOWN])


def _warnings(seen: MessageSeen) -> Iterator[tuple[str, McWarning | None]]:
    """Yield the Warning values of a response, each as written and as read."""
    message = seen.message
    if isinstance(message, Response) and message.first("warning") is not None:
        for value in message.items("warning"):
            yield value, parse_warning(value)


def _coded(seen: MessageSeen) -> list[tuple[str, McWarning, int]]:
    """Return the values that hold an MC code."""
    return [
        (value, said, said.code)
        for value, said in _warnings(seen)
        if said is not None and said.warn_code == WARN_CODE and said.code is not None
    ]


@BOOK.on_message(
    "4.4",
    "form",
    'A Warning of an MC server or gateway is 399, its host, and a quoted text ("NNN text")',
    "response",
    grade=Grade.SECOND,
    fields=("warning",),
)
def form(seen: MessageSeen) -> Faults:
    """Look at each value; the usual mistake is the MC code in the place of 399.

    What a SIP core or a client says is not judged, nor are the other warn-codes of RFC 3261 20.43.
    """
    if seen.sender.role in (Role.CLIENT, Role.SIP_CORE):
        return None
    values = list(_warnings(seen))
    if not values:
        return None
    expected = '399 host "NNN text"'
    return [
        Fault(expected, _shown(value), field="warning", text=_octets(value))
        for value, said in values
        if said is None or said.warn_code not in _WARN_CODES
    ]


@BOOK.on_message(
    "4.4",
    "code",
    "The MC code of a Warning is one that exists",
    "response",
    grade=Grade.SECOND,
    fields=("warning",),
)
def code(seen: MessageSeen) -> Faults:
    """Look for codes that never were: above the known ones there may be more than we know."""
    found = _coded(seen)
    if not found:
        return None
    return [
        Fault("an MC code that exists", str(number), field="warning", text=_octets(value))
        for value, _, number in found
        if number in NEVER_EXISTED or number < min(WARNINGS)
    ]


@BOOK.on_message(
    "4.4",
    "text",
    "The text of a Warning is that of its MC code",
    "response",
    level=Level.SHOULD,
    grade=Grade.SECOND,
    fields=("warning",),
)
def text(seen: MessageSeen) -> Faults:
    """Look at the text of each code whose text we know; a detail may follow."""
    found = [
        (value, said, WARNINGS[number].text)
        for value, said, number in _coded(seen)
        if number in WARNINGS and WARNINGS[number].source == SOURCE
    ]
    if not found:
        return None
    return [
        Fault(f"{said.code} {wanted}", _shown(said.text), field="warning", text=_octets(value))
        for value, said, wanted in found
        if not _says(said, wanted)
    ]


def _says(said: McWarning, wanted: str) -> bool:
    """Tell whether a warning begins with the text of its code, in whatever case."""
    begin = wanted.partition("{")[0].strip().lower()
    return said.text[3:].strip().lower().startswith(begin)


@BOOK.on_message(
    "4.4",
    "status",
    "The MC code of a Warning goes with the status of the response",
    "response",
    level=Level.SHOULD,
    grade=Grade.SECOND,
    fields=("warning",),
)
def status(seen: MessageSeen) -> Faults:
    """Look at each code whose status we know."""
    message = seen.message
    found = [
        (value, number)
        for value, _, number in _coded(seen)
        if number in WARNINGS and number not in _OUR_STATUS
    ]
    if not found or not isinstance(message, Response):
        return None
    return [
        Fault(
            f"{WARNINGS[number].status} with {number}",
            f"{message.status} with {number}",
            field="warning",
            text=_octets(value),
        )
        for value, number in found
        if message.status != WARNINGS[number].status
    ]
