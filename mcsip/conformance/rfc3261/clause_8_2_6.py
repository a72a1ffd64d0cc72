"""RFC 3261 8.2.6, generating the response: what it takes over from its request.

Equal is what section 20 calls equal: in From and To the display name, the angle brackets and
parameters that one side does not know do not count (20.20), in Via the order of parameters (20.42).
"""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import (
    distinct,
    items,
    party,
    same_address,
    shown,
    vias_answer,
)
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen, TransactionSeen
from mcsip.errors import PeerError
from mcsip.mc.roles import Role
from mcsip.sip.headers import long_name
from mcsip.sip.message import Response
from mcsip.sip.uri import same_uri

_COPIED = ("via", "from", "to", "call-id", "cseq")
#: Roles whose responses come from several servers when a request was forked (RFC 3261 16.7).
_FORWARDING = (Role.SIP_CORE, Role.MC_GATEWAY, None)


@BOOK.on_transaction("8.2.6.1", "timestamp", "A 100 has the Timestamp of the request")
def timestamp(seen: TransactionSeen) -> Faults:
    """Compare the number; a delay may follow it."""
    sent = seen.request.first("timestamp")
    trying = [pair for pair in distinct(seen.responses) if pair[1].status == 100]
    if sent is None or not trying:
        return None
    faults = []
    for entry, response in trying:
        value = response.first("timestamp") or ""
        if value.split()[:1] != sent.split()[:1]:
            actual = shown(value) or "no Timestamp"
            faults.append(Fault(shown(sent), actual, number=entry.number, field="timestamp"))
    return faults


@BOOK.on_message("8.2.6.2", "fields", "A response has Via, From, To, Call-ID and CSeq", "response")
def fields(seen: MessageSeen) -> Faults:
    """Look for a field that is missing."""
    response = seen.message
    if not isinstance(response, Response):
        return None
    first = response.first
    missing = [long_name(key) for key in _COPIED if not first(key)]
    if not missing:
        return ()
    line = response.start_line.encode("utf-8", "surrogateescape")
    expected = "Via, From, To, Call-ID and CSeq"
    return [Fault(expected, f"{', '.join(missing)} missing", text=line)]


@BOOK.on_transaction("8.2.6.2", "via", "The Via values of the response are those of the request")
def via(seen: TransactionSeen) -> Faults:
    """Compare them in order; the topmost may have got ``received`` and ``rport``."""
    responses = distinct(seen.responses)
    if not responses:
        return None
    return [
        Fault(
            shown(" | ".join(items(seen.request, "via"))),
            shown(" | ".join(items(response, "via"))),
            number=entry.number,
            field="via",
        )
        for entry, response in responses
        if not vias_answer(seen.request, response)
    ]


def _unequal(seen: TransactionSeen, key: str) -> Faults:
    """Return the responses whose field is another one than the request's, octet for octet."""
    sent = seen.request.first(key)
    if sent is None or not seen.responses:
        return None
    faults = []
    for entry, response in distinct(seen.responses):
        got = response.first(key)
        if got is not None and got != sent:
            faults.append(Fault(shown(sent), shown(got), number=entry.number, field=key))
    return faults


@BOOK.on_transaction("8.2.6.2", "call-id", "The Call-ID of the response is that of the request")
def call_id(seen: TransactionSeen) -> Faults:
    """Compare them octet for octet."""
    return _unequal(seen, "call-id")


@BOOK.on_transaction("8.2.6.2", "cseq", "The CSeq of the response is that of the request")
def cseq(seen: TransactionSeen) -> Faults:
    """Compare number and method."""
    try:
        sent = seen.request.cseq
    except PeerError:
        return None
    faults = []
    for entry, response in distinct(seen.responses):
        try:
            got = response.cseq
        except PeerError:
            continue
        if got != sent:
            faults.append(Fault(str(sent), shown(str(got)), number=entry.number, field="cseq"))
    return faults if seen.responses else None


@BOOK.on_transaction("8.2.6.2", "from", "The From of the response is that of the request")
def from_(seen: TransactionSeen) -> Faults:
    """Compare URI and parameters."""
    sent = seen.request.first("from")
    if sent is None or not seen.responses:
        return None
    faults = []
    for entry, response in distinct(seen.responses):
        got = response.first("from")
        if got is not None and not same_address(sent, got):
            faults.append(Fault(shown(sent), shown(got), number=entry.number, field="from"))
    return faults


@BOOK.on_transaction("8.2.6.2", "to", "The To of the response is that of the request")
def to(seen: TransactionSeen) -> Faults:
    """Compare the whole of it where the request has a tag, else the URI."""
    sent = party(seen.request, "to")
    if sent is None or not seen.responses:
        return None
    text = seen.request.first("to") or ""
    faults = []
    for entry, response in distinct(seen.responses):
        got = response.first("to") or ""
        there = party(response, "to")
        if there is None or got == text:
            continue
        untagged = sent.tag is None
        equal = same_uri(sent.uri, there.uri) if untagged else same_address(text, got)
        if not equal:
            faults.append(Fault(shown(text), shown(got), number=entry.number, field="to"))
    return faults


@BOOK.on_message("8.2.6.2", "to-tag", "The To of a response has a tag, except in a 100", "response")
def to_tag(seen: MessageSeen) -> Faults:
    """Look for a To without tag."""
    response = seen.message
    if not isinstance(response, Response) or response.status == 100:
        return None
    there = party(response, "to")
    if there is None:
        return None
    if there.tag is not None:
        return ()
    return [Fault("To with a tag", shown(response.first("to") or ""), field="to")]


@BOOK.on_transaction("8.2.6.2", "same-tag", "All responses to a request have the same To tag")
def same_tag(seen: TransactionSeen) -> Faults:
    """Compare the tags of one server; a proxy passes those of several on."""
    request = party(seen.request, "to")
    if request is None or request.tag is not None or seen.receiver.role in _FORWARDING:
        return None
    tags = [
        (entry, there.tag or "")
        for entry, response in distinct(seen.responses)
        if response.status > 100 and (there := party(response, "to")) is not None and there.tag
    ]
    if len(tags) < 2:
        return None
    first = tags[0][1]
    return [
        Fault(
            f"tag {shown(first or '')}", f"tag {shown(tag or '')}", number=entry.number, field="to"
        )
        for entry, tag in tags[1:]
        if tag != first
    ]
