"""RFC 3261 16.6, request forwarding: what a proxy changes in a request, and what it must not."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.covering import COVERED, covers, names_inside
from mcsip.conformance.rfc3261.reading import attempt, items, shown, top_via, vias_follow
from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.views import MessageSeen, Passage, TransactionSeen
from mcsip.sip.address import Address
from mcsip.sip.headers import is_list, long_name
from mcsip.sip.message import Message, Request
from mcsip.sip.uri import SipUri

#: What 16.4 and 16.6 let a proxy change: Route, Max-Forwards, Record-Route, Via, Content-Length.
_BY_CLAUSE = frozenset({"content-length", "max-forwards", "record-route", "route", "via"})
#: What other documents let a proxy take off or change: RFC 3261 22.3 (Proxy-Authorization), RFC
#: 3261 20.29, RFC 3323 5 (Privacy), RFC 3325 5 (identities), RFC 6050 4.2 (services), RFC 3327
#: (Path), RFC 7044 (History-Info), RFC 7315 (charging and access), RFC 3329 (Security-...) [gen].
_BY_OTHERS = frozenset(
    {"authorization", "history-info", "min-se", "p-access-network-info"}
    | {"p-asserted-identity", "p-asserted-service", "p-called-party-id", "p-charging-vector"}
    | {"p-charging-function-addresses", "p-preferred-identity", "p-preferred-service"}
    | {"p-served-user", "p-visited-network-id", "path", "privacy", "proxy-authorization"}
    | {"proxy-require", "security-client", "security-server", "security-verify"}
    | {"session-expires"}
)
_FREE = _BY_CLAUSE | _BY_OTHERS


def _forwarded(seen: Passage) -> list[TransactionSeen]:
    """Return the transactions by which the request went on.

    A stateful proxy answers a CANCEL and makes CANCELs of its own (16.10): there are none.
    """
    if seen.incoming.request.method == "CANCEL":
        return []
    return [each for each in seen.outgoing if each.requests]


@BOOK.on_passage("16.6", "max-forwards", "A proxy decrements Max-Forwards by one")
def max_forwards(seen: Passage) -> Faults:
    """Compare the two values; where none came, one is added."""
    request = seen.incoming.request
    forwarded = _forwarded(seen)
    text = request.first("max-forwards")
    if not forwarded or (text is not None and not _is_count(text)):
        return None
    if text == "0":
        return None  # told by 16.3
    faults = []
    for each in forwarded:
        got = each.request.first("max-forwards")
        if text is None:
            wrong, expected = got is None, "a Max-Forwards, for none came"
        else:
            left = int(text) - 1
            wrong, expected = got != str(left), f"{left}, for {text} came"
        if wrong and (got is None or _is_count(got)):
            number = each.requests[0].number
            faults.append(Fault(expected, got or "none", number=number, field="max-forwards"))
    return faults


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10


@BOOK.on_passage("16.6", "via", "A proxy puts its Via before those that came, and leaves them")
def via(seen: Passage) -> Faults:
    """Compare the Via values below the topmost with those that came.

    The topmost of those may have got ``received`` and ``rport`` (18.2.1). A gateway may cover them.
    """
    came = items(seen.incoming.request, "via")
    judged = False
    faults = []
    for each in _forwarded(seen):
        went = items(each.request, "via")
        follow = vias_follow(came, went[1:])
        if not follow and covers(seen):
            continue
        judged = True
        if not follow:
            faults.append(
                Fault(
                    f"its own, then {shown(' | '.join(came))}",
                    shown(" | ".join(went)),
                    number=each.requests[0].number,
                    field="via",
                )
            )
    return faults if judged else None


@BOOK.on_passage("16.6", "branch", "A proxy gives each copy that it forwards a branch of its own")
def branch(seen: Passage) -> Faults:
    """Compare the branches of the copies with each other and with the one that came."""
    came = top_via(seen.incoming.request)
    forwarded = _forwarded(seen)
    if not forwarded or came is None:
        return None
    used = {came.branch}
    faults = []
    for each in forwarded:
        own = top_via(each.request)
        if own is None or own.branch is None:
            continue
        if own.branch in used:
            number = each.requests[0].number
            faults.append(Fault("a new branch", shown(own.branch), number=number, field="via"))
        used.add(own.branch)
    return faults


@BOOK.on_passage("16.6", "record-route", "A proxy puts its Record-Route before those that came")
def record_route(seen: Passage) -> Faults:
    """Compare the end of the list with what came. A gateway may cover that."""
    came = items(seen.incoming.request, "record-route")
    if not came:
        return None
    judged = False
    faults = []
    for each in _forwarded(seen):
        went = items(each.request, "record-route")
        follow = went[-len(came) :] == came
        if not follow and covers(seen):
            continue
        judged = True
        if not follow:
            number = each.requests[0].number
            actual = shown(", ".join(went)) or "no Record-Route"
            expected = f"{shown(', '.join(came))} at the end"
            faults.append(Fault(expected, actual, number=number, field="record-route"))
    return faults if judged else None


@BOOK.on_message(
    "16.6",
    "loose-route",
    "The URI in Record-Route is a SIP or SIPS URI with lr",
    "request",
    fields=("record-route",),
)
def loose_route(seen: MessageSeen) -> Faults:
    """Look at the first Record-Route: it is of the sender, or was judged on the hop before."""
    message = seen.message
    if message is None or message.first("record-route") is None:
        return None
    values = attempt(lambda: message.record_routes)
    if not values:
        return None
    first: Address = values[0]
    if isinstance(first.uri, SipUri) and first.uri.is_loose:
        return ()
    return [Fault("a SIP URI with lr", shown(str(first)), field="record-route")]


@BOOK.on_passage("16.6", "body", "A proxy leaves the body as it is")
def body(seen: Passage) -> Faults:
    """Compare the bodies octet for octet."""
    forwarded = _forwarded(seen)
    if not forwarded:
        return None
    came = seen.incoming.request.body
    return [
        Fault(
            f"the {len(came)} octets that came",
            body_difference(came, each.request.body),
            number=each.requests[0].number,
            text=_first_difference(came, each.request.body),
        )
        for each in forwarded
        if each.request.body != came
    ]


def body_difference(came: bytes, went: bytes) -> str:
    """Tell in what a body differs from the one that came."""
    if not went:
        return "no body"
    at = _differing_octet(came, went)
    return f"{len(went)} octets, other ones from octet {at + 1} on"


def _differing_octet(came: bytes, went: bytes) -> int:
    """Return the position of the first octet that differs."""
    shorter = min(len(came), len(went))
    return next((at for at in range(shorter) if came[at] != went[at]), shorter)


def _first_difference(came: bytes, went: bytes) -> bytes:
    """Return some octets of a body from the first on that differs, to mark them."""
    return went[_differing_octet(came, went) :][:80]


@BOOK.on_passage("16.6", "fields-kept", "A proxy removes and changes no field that is not its own")
def fields_kept(seen: Passage) -> Faults:
    """Look for the fields that came, in what went on: From, To, Call-ID, CSeq, and unknown ones."""
    forwarded = _forwarded(seen)
    if not forwarded:
        return None
    came = seen.incoming.request
    faults = []
    for each in forwarded:
        free = _FREE | COVERED if covers(seen) else _FREE
        nodes = (seen.node, seen.incoming.sender, each.receiver)
        for key in changed_fields(came, each.request, free):
            value = came.first(key) or ""
            if free is not _FREE and names_inside(" ".join(came.values(key)), nodes):
                continue
            got = ", ".join(each.request.values(key))
            number = each.requests[0].number
            expected = f"{long_name(key)}: {shown(value)}"
            actual = shown(got) or "no such field"
            faults.append(Fault(expected, actual, number=number, field=key if got else ""))
    return faults


def changed_fields(came: Message, went: Message, free: frozenset[str]) -> list[str]:
    """Return the keys of fields that came with values that did not go on, but for the free ones.

    Values may be split over lines in another way (7.3.1), and there may be further ones.
    """
    if came.fields[1:] == went.fields[1:] or came.fields[1:] == went.fields:
        return []
    lines = {field[2] for field in went.fields}
    lost = {field[0] for field in came.fields if field[2] not in lines} - free
    return [key for key in sorted(lost) if not _is_part(_values(came, key), _values(went, key))]


def _values(message: Message, key: str) -> list[str]:
    return items(message, key) if is_list(key) else message.values(key)


def _is_part(values: list[str], among: list[str]) -> bool:
    """Tell whether all values are there, in whatever order: 16.6/order tells that."""
    left = list(among)
    for value in values:
        if value not in left:
            return False
        left.remove(value)
    return True


@BOOK.on_passage("16.6", "order", "A proxy does not reorder the values of a field")
def order(seen: Passage) -> Faults:
    """Compare the values of fields that have several."""
    came = seen.incoming.request
    several = _several(came)
    judged = False
    faults = []
    for each in _forwarded(seen) if several else ():
        free = _FREE | COVERED if covers(seen) else _FREE
        for key in several:
            if key in free:
                continue
            if came.values(key) == each.request.values(key):
                judged = True
                continue
            before, after = _values(came, key), _values(each.request, key)
            if not _is_part(before, after):
                continue  # told by fields-kept
            judged = True
            if [value for value in after if value in before] != before:
                number = each.requests[0].number
                expected, actual = shown(", ".join(before)), shown(", ".join(after))
                faults.append(Fault(expected, actual, number=number, field=key))
    return faults if judged else None


def _several(request: Request) -> list[str]:
    """Return the keys of list fields with several values."""
    known: set[str] = set()
    found: set[str] = set()
    for key, value, _ in request.fields:
        if key not in _BY_CLAUSE and (key in known or ("," in value and is_list(key))):
            found.add(key)
        known.add(key)
    return sorted(found)


@BOOK.on_passage(
    "16.6",
    "fields-order",
    "A proxy keeps the order of the fields",
    level=Level.SHOULD,
)
def fields_order(seen: Passage) -> Faults:
    """Compare the order of the names of the fields that are not the proxy's own."""
    forwarded = _forwarded(seen)
    if not forwarded or covers(seen):
        return None
    faults = []
    came = [field[0] for field in seen.incoming.request.fields if field[0] not in _FREE]
    for each in forwarded:
        went = [field[0] for field in each.request.fields if field[0] not in _FREE]
        both = set(came) & set(went)
        before = [key for key in dict.fromkeys(came) if key in both]
        after = [key for key in dict.fromkeys(went) if key in both]
        if before != after:
            moved = next(there for here, there in zip(before, after, strict=True) if here != there)
            expected = shown(", ".join(map(long_name, before)))
            actual = shown(", ".join(map(long_name, after)))
            number = each.requests[0].number
            faults.append(Fault(expected, actual, number=number, field=moved))
    return faults
