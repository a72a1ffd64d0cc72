"""RFC 3261 10.3, processing REGISTER requests."""

from collections.abc import Sequence

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.clause_8_2 import lacks
from mcsip.conformance.rfc3261.reading import Answered, attempt, contacts, distinct, shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen, TransactionSeen
from mcsip.sip.address import Address
from mcsip.sip.message import Request
from mcsip.sip.uri import same_uri


def _answers(seen: TransactionSeen) -> Sequence[Answered]:
    """Return the responses to a REGISTER; none to any other request."""
    return distinct(seen.responses) if seen.request.method == "REGISTER" else []


def _accepted(seen: TransactionSeen) -> list[Answered]:
    return [pair for pair in _answers(seen) if 200 <= pair[1].status < 300]


@BOOK.on_transaction("10.3", "no-6xx", "A registrar does not answer 6xx", "REGISTER")
def no_6xx(seen: TransactionSeen) -> Faults:
    """Look at the status."""
    answers = _answers(seen)
    if not answers:
        return None
    return [
        Fault(
            "a response below 600",
            shown(response.start_line),
            number=entry.number,
            text=response.start_line.encode("utf-8", "surrogateescape"),
        )
        for entry, response in answers
        if response.status >= 600
    ]


@BOOK.on_transaction(
    "10.3", "no-record-route", "No response to a REGISTER has a Record-Route", "REGISTER"
)
def no_record_route(seen: TransactionSeen) -> Faults:
    """Look for the field."""
    answers = _answers(seen)
    if not answers:
        return None
    return [
        Fault("no Record-Route", shown(value), number=entry.number, field="record-route")
        for entry, response in answers
        if (value := response.first("record-route")) is not None
    ]


@BOOK.on_transaction(
    "10.3", "bindings", "The 200 lists the bindings, the requested among them", "REGISTER"
)
def bindings(seen: TransactionSeen) -> Faults:
    """Look for each Contact of the request that was not removed."""
    accepted = _accepted(seen)
    wanted = _kept(seen.request) if accepted else []
    if not wanted:
        return None
    faults = []
    for entry, response in accepted:
        listed = contacts(response)
        if listed is None:
            continue
        missing = [
            each for each in wanted if not any(same_uri(each.uri, there.uri) for there in listed)
        ]
        if missing:
            expected = shown(", ".join(str(each.uri) for each in missing))
            actual = shown(response.first("contact") or "no Contact")
            faults.append(Fault(expected, actual, number=entry.number, field="contact"))
    return faults


def _kept(request: Request) -> list[Address]:
    """Return the Contact values of a REGISTER that are to be bound from now on."""
    default = attempt(lambda: request.expires)
    kept = []
    for each in contacts(request) or ():
        expires = each.param("expires")
        if expires is None and default is not None:
            expires = str(default)
        if str(each.uri) != "*" and expires != "0":
            kept.append(each)
    return kept


@BOOK.on_transaction("10.3", "expires", "Each Contact of the 200 says when it expires", "REGISTER")
def expires(seen: TransactionSeen) -> Faults:
    """Look for the ``expires`` parameter."""
    listed = [(entry, contacts(response) or []) for entry, response in _accepted(seen)]
    if not any(found for _, found in listed):
        return None
    return [
        Fault("an expires parameter", shown(str(each)), number=entry.number, field="contact")
        for entry, found in listed
        for each in found
        if not each.param("expires")
    ]


@BOOK.on_message("10.3", "min-expires", "A 423 says what interval is long enough", "response")
def min_expires(seen: MessageSeen) -> Faults:
    """Look for Min-Expires."""
    return lacks(seen, 423, "min-expires")
