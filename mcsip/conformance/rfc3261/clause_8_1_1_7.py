"""RFC 3261 8.1.1.7, Via: each sender names its transaction by a branch."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import shown, top_via
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen, TransactionSeen
from mcsip.hops import read_message
from mcsip.sip.ids import MAGIC_COOKIE
from mcsip.sip.message import Request


@BOOK.on_message("8.1.1.7", "protocol", "Via names the protocol SIP and its version 2.0", "request")
def protocol(seen: MessageSeen) -> Faults:
    """Look at the topmost Via, which is the sender's own."""
    via = None if seen.message is None else top_via(seen.message)
    if via is None:
        return None
    if via.protocol == "SIP/2.0":
        return ()
    return [Fault("SIP/2.0", shown(via.protocol), field="via")]


@BOOK.on_message("8.1.1.7", "branch", "Via has a branch", "request")
def branch(seen: MessageSeen) -> Faults:
    """Look at the topmost Via."""
    via = None if seen.message is None else top_via(seen.message)
    if via is None:
        return None
    if via.branch:
        return ()
    return [Fault("a branch parameter", shown(str(via)), field="via")]


@BOOK.on_message("8.1.1.7", "magic-cookie", "The branch begins with z9hG4bK", "request")
def magic_cookie(seen: MessageSeen) -> Faults:
    """Look at the topmost Via; the bare cookie names no transaction."""
    via = None if seen.message is None else top_via(seen.message)
    value = None if via is None else via.branch
    if not value:
        return None
    if value.startswith(MAGIC_COOKIE) and len(value) > len(MAGIC_COOKIE):
        return ()
    expected = f"{MAGIC_COOKIE} and more"
    text = value.encode("utf-8", "surrogateescape")
    return [Fault(expected, shown(value), field="via", text=text)]


@BOOK.on_transaction("8.1.1.7", "unique", "No two requests have the same branch")
def unique_branch(seen: TransactionSeen) -> Faults:
    """Compare the copies of one transaction: under one branch all of them are the same request."""
    copies = seen.requests
    if not copies:
        return None
    first = copies[0].data
    faults: list[Fault] = []
    for entry in copies[1:]:
        if entry.data == first:
            continue
        other = read_message(entry.data)
        if isinstance(other, Request) and (wrong := _differs(seen.request, other)):
            faults.append(
                Fault(
                    "a branch of its own for another request",
                    f"the branch of request {copies[0].number}, of another {wrong}",
                    number=entry.number,
                    field="via",
                )
            )
    return faults


def _differs(one: Request, other: Request) -> str:
    """Return what tells two requests apart, or nothing: they are copies."""
    if one.uri != other.uri:
        return "Request-URI"
    for key, name in (("call-id", "Call-ID"), ("cseq", "CSeq"), ("from", "From")):
        if one.first(key) != other.first(key):
            return name
    return ""
