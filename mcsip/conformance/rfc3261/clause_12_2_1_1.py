"""RFC 3261 12.2.1.1, requests within a dialog."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.clause_8_1_1_5 import cseq_parts
from mcsip.conformance.rfc3261.reading import acknowledges_refusal, makes_requests, party, shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import Call, MessageSeen, TransactionSeen
from mcsip.sip.message import Message

#: Their numbers are those of the request that they acknowledge or cancel.
_NUMBERED_BY_ANOTHER = frozenset({"ACK", "CANCEL"})


@BOOK.on_message(
    "12.2.1.1",
    "to-tag",
    "A request that only exists within a dialog has the tag of the other end in To",
    "BYE",
    "INFO",
    "PRACK",
    "UPDATE",
)
def to_tag(seen: MessageSeen) -> Faults:
    """Look for To without tag."""
    message = seen.message
    to = None if message is None else party(message, "to")
    if message is None or to is None:
        return None
    if to.tag is not None:
        return ()
    return [Fault("To with a tag", shown(message.first("to") or ""), field="to")]


def _tag(message: Message, key: str) -> str:
    """Return the tag of From or To, or nothing."""
    address = party(message, key)
    return "" if address is None else address.tag or ""


def _counted(call: Call) -> list[tuple[TransactionSeen, int]]:
    """Return the requests that have numbers of their own, with them."""
    found = []
    for each in call.transactions:
        parts = cseq_parts(each.request.first("cseq"))
        own = each.request.method not in _NUMBERED_BY_ANOTHER and each.requests
        if own and parts is not None:
            found.append((each, parts[0]))
    return found


@BOOK.on_call("12.2.1.1", "cseq", "The CSeq number rises from request to request of a dialog")
def rising(call: Call) -> Faults:
    """Compare the numbers of each end, dialog by dialog; what made the dialog counts as the first.

    Numbers that are left out may have been used where this hop does not see them.
    """
    first: dict[str, int] = {}
    last: dict[tuple[str, str], int] = {}
    judged = False
    faults = []
    for each, number in _counted(call):
        request = each.request
        here, there = _tag(request, "from"), _tag(request, "to")
        if request.method == "REGISTER" or not here:
            continue
        if not there:
            first[here] = number
            continue
        before = last.get((here, there), first.get(here))
        last[here, there] = number
        if before is None:
            continue
        judged = True
        if number < before or (number == before and makes_requests(each.sender)):
            expected = f"a number above {before}"
            at = each.requests[0].number
            faults.append(Fault(expected, str(number), number=at, field="cseq"))
    return faults if judged else None


@BOOK.on_call("12.2.1.1", "tags", "A request of a dialog has the tags of the dialog")
def tags(call: Call) -> Faults:
    """Compare the tags with those of the INVITE and its responses, where this hop saw them."""
    dialogs: set[frozenset[str]] = set()
    judged = False
    faults = []
    for each in call.transactions:
        request = each.request
        here, there = _tag(request, "from"), _tag(request, "to")
        if request.method == "INVITE" and not there:
            made = (_tag(response, "to") for _, response in each.responses)
            dialogs |= {frozenset((here, tag)) for tag in made if tag}
            continue
        if not dialogs or not there or request.method == "CANCEL" or not each.requests:
            continue
        if acknowledges_refusal(call, each):
            continue
        judged = True
        if frozenset((here, there)) not in dialogs:
            expected = " or ".join(
                " and ".join(sorted(pair)) for pair in sorted(dialogs, key=sorted)
            )
            actual = f"{shown(here)} and {shown(there)}"
            at = each.requests[0].number
            faults.append(Fault(shown(expected), actual, number=at, field="to"))
    return faults if judged else None
