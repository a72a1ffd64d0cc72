"""RFC 3261 13, initiating a session: what INVITE and its 2xx have, offer and answer."""

from functools import lru_cache

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.clause_8_1_1_5 import cseq_parts
from mcsip.conformance.rfc3261.reading import Answered, acknowledges_refusal, distinct, party, shown
from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.views import Call, MessageSeen, TransactionSeen
from mcsip.errors import PeerError
from mcsip.mc.multipart import MEDIA_TYPE as MULTIPART
from mcsip.mc.multipart import parse_multipart
from mcsip.sip.message import Message
from mcsip.sip.sdp import MEDIA_TYPE as SDP
from mcsip.sip.sdp import parse_sdp


@lru_cache(maxsize=512)
def _descriptions(content_type: str, body: bytes) -> tuple[bytes, ...]:
    """Return the session descriptions of a body, alone or among other parts."""
    media_type = content_type.partition(";")[0].strip(" \t").lower()
    if media_type == SDP:
        return (body,)
    if media_type != MULTIPART:
        return ()
    try:
        parts = parse_multipart(content_type, body)
    except PeerError:
        return ()
    return tuple(part.body for part in parts if part.media_type == SDP)


def descriptions(message: Message) -> tuple[bytes, ...]:
    """Return the session descriptions of a message."""
    content_type = message.first("content-type")
    if content_type is None or not message.body:
        return ()
    return _descriptions(content_type, message.body)


@BOOK.on_message(
    "13.2.1",
    "session-description",
    "A session description can be read",
    "INVITE",
    "response",
    fields=("content-type",),
)
def session_description(seen: MessageSeen) -> Faults:
    """Read the session descriptions of INVITE and of responses."""
    message = seen.message
    found = () if message is None else descriptions(message)
    if not found:
        return None
    faults = []
    for each in found:
        wrong = _sdp_fault(each)
        if wrong:
            faults.append(Fault("a session description", shown(wrong), text=each))
    return faults


@lru_cache(maxsize=512)
def _sdp_fault(data: bytes) -> str:
    try:
        parse_sdp(data)
    except PeerError as error:
        return error.message
    return ""


@BOOK.on_message(
    "13.2.1", "allow", "An INVITE lists the methods of its sender", "INVITE", level=Level.SHOULD
)
def invite_allow(seen: MessageSeen) -> Faults:
    """Look for Allow in INVITEs that make a dialog."""
    message = seen.message
    to = None if message is None else party(message, "to")
    if message is None or to is None or to.tag is not None:
        return None
    if message.first("allow") is not None:
        return ()
    return [Fault("Allow", "no Allow", text=message.start_line.encode("utf-8", "surrogateescape"))]


def _accepted(seen: TransactionSeen) -> list[Answered]:
    """Return the 2xx responses to an INVITE."""
    if seen.request.method != "INVITE":
        return []
    return [pair for pair in distinct(seen.responses) if 200 <= pair[1].status < 300]


@BOOK.on_transaction(
    "13.3.1.4",
    "allow",
    "The 2xx to an INVITE lists the methods of its sender",
    "INVITE",
    level=Level.SHOULD,
)
def accepted_allow(seen: TransactionSeen) -> Faults:
    """Look for Allow in the 2xx."""
    accepted = _accepted(seen)
    if not accepted:
        return None
    return [
        Fault(
            "Allow",
            "no Allow",
            number=entry.number,
            text=response.start_line.encode("utf-8", "surrogateescape"),
        )
        for entry, response in accepted
        if response.first("allow") is None
    ]


@BOOK.on_transaction(
    "13.3.1.4",
    "answer",
    "The 2xx to an INVITE has the answer to its offer, or else an offer",
    "INVITE",
)
def answer(seen: TransactionSeen) -> Faults:
    """Look for a session description in the 2xx.

    A provisional response that was sent reliably (RFC 3262) may have had it before.
    """
    accepted = _accepted(seen)
    if not accepted:
        return None
    for _, response in seen.responses:
        if response.status < 200 and response.first("rseq") is not None and descriptions(response):
            return None
    what = "an answer to the offer" if descriptions(seen.request) else "an offer"
    return [
        Fault(
            f"{what} of a session",
            "no session description",
            number=entry.number,
            text=response.start_line.encode("utf-8", "surrogateescape"),
        )
        for entry, response in accepted
        if not descriptions(response)
    ]


@BOOK.on_transaction(
    "13.3.1.2",
    "contact",
    "A 300, 301 or 302 to an INVITE has a Contact with the new address",
    "INVITE",
    level=Level.SHOULD,
)
def redirected(seen: TransactionSeen) -> Faults:
    """Look for Contact in redirections."""
    if seen.request.method != "INVITE":
        return None
    found = [pair for pair in distinct(seen.responses) if pair[1].status in (300, 301, 302)]
    if not found:
        return None
    return [
        Fault(
            "a Contact",
            "none",
            number=entry.number,
            text=response.start_line.encode("utf-8", "surrogateescape"),
        )
        for entry, response in found
        if response.first("contact") is None
    ]


@BOOK.on_call("13.2.2.4", "ack-number", "The number of an ACK is that of its INVITE")
def ack_number(call: Call) -> Faults:
    """Look for an INVITE of the same sender with that number, among those that came before."""
    invites = {
        (each.sender.name, parts[0], each.hop.number)
        for each in call.transactions
        if each.request.method == "INVITE"
        and (parts := cseq_parts(each.request.first("cseq"))) is not None
    }
    judged = False
    faults = []
    for each in call.transactions:
        parts = cseq_parts(each.request.first("cseq"))
        if each.request.method != "ACK" or parts is None or not each.requests:
            continue
        if acknowledges_refusal(call, each):
            continue  # told by 17.1.1.3
        numbers = sorted(
            number
            for name, number, at in invites
            if name == each.sender.name and at < each.hop.number
        )
        if not numbers:
            continue
        judged = True
        if parts[0] not in numbers:
            expected = " or ".join(map(str, numbers))
            at = each.requests[0].number
            faults.append(Fault(expected, str(parts[0]), number=at, field="cseq"))
    return faults if judged else None
