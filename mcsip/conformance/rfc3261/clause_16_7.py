"""RFC 3261 16.7, response processing: what a proxy passes back."""

from collections.abc import Iterable

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.clause_16_6 import body_difference, changed_fields
from mcsip.conformance.rfc3261.covering import COVERED, covers, names_inside
from mcsip.conformance.rfc3261.reading import (
    Answered,
    distinct,
    is_passed_on,
    party,
    shown,
)
from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.views import Passage, TransactionSeen
from mcsip.sip.headers import long_name
from mcsip.sip.message import Response

#: Items 3, 6, 7 and 8, and what other documents let a proxy change (see ``clause_16_6``).
_FREE = frozenset(
    {"content-length", "p-access-network-info", "p-asserted-identity", "p-associated-uri"}
    | {"p-charging-function-addresses", "p-charging-vector", "path", "privacy"}
    | {"proxy-authenticate", "record-route", "require", "security-server", "service-route"}
    | {"session-expires", "to", "via", "www-authenticate"}
)
#: Status codes that a proxy may send by its own decision, whatever it got: 16.7 items 6 and 9,
#: 16.8 to 16.10.
_OWN = (408, 487, 500)


@BOOK.on_transaction("16.7", "via", "A proxy takes its own Via off the response")
def via(seen: TransactionSeen) -> Faults:
    """Look for a response that who sent the request sends too, with the Via of the request."""
    if not seen.responses:
        return None
    return [
        Fault(
            "the Via of the hop before on top",
            shown(response.first("via") or ""),
            number=entry.number,
            field="via",
            node=seen.sender.name,
        )
        for entry, response in seen.responses
        if is_passed_on(seen, entry)
    ]


def _ways(seen: Passage) -> tuple[TransactionSeen, ...]:
    """Return the transactions whose responses go back: not those of CANCEL (16.10)."""
    return () if seen.incoming.request.method == "CANCEL" else seen.outgoing


def _got(seen: Passage) -> list[Answered]:
    """Return the responses that the proxy got, in order."""
    found = [pair for each in _ways(seen) for pair in distinct(each.replies or each.responses)]
    return sorted(found, key=lambda pair: pair[0].number)


def _finals(responses: Iterable[Answered]) -> list[Answered]:
    return [pair for pair in responses if pair[1].status >= 200]


@BOOK.on_passage("16.7", "trying", "A proxy does not forward a 100")
def trying(seen: Passage) -> Faults:
    """Look for a 100 that is the one it got, and not one of its own.

    Its own has nothing of what the server further down wrote into its 100.
    """
    got = [response for _, response in _got(seen) if response.status == 100]
    sent = [pair for pair in distinct(seen.incoming.responses) if pair[1].status == 100]
    if not got or not sent:
        return None
    marks = [mark for response in got if (mark := _mark(response))]
    return [
        Fault(
            "a 100 of its own, or none",
            f"the 100 that it got: {shown(response.start_line)}",
            number=entry.number,
            text=response.start_line.encode("utf-8", "surrogateescape"),
        )
        for entry, response in sent
        if _mark(response) in marks
    ]


def _mark(response: Response) -> tuple[str, ...]:
    """Return what a server wrote into its 100 besides what it copied: nothing in a plain one."""
    copied = {"via", "from", "to", "call-id", "cseq", "content-length", "timestamp"}
    to = party(response, "to")
    tag = to.tag if to is not None else None
    own = tuple(field[2] for field in response.fields if field[0] not in copied)
    return own if tag is None else (*own, tag)


@BOOK.on_passage("16.7", "best-response", "A proxy answers with the best response that it got")
def best_response(seen: Passage) -> Faults:
    """Compare the final answer with those that had come before it.

    A 6xx wins; else it is one of the responses that came. Instead of a 503 it is a 500; a proxy may
    answer 408 and 487 by itself. Where redirections were followed they are not passed on.
    """
    sent = _finals(distinct(seen.incoming.responses))
    if not sent or not seen.outgoing:
        return None
    entry, response = sent[0]
    before = [each.status for other, each in _finals(_got(seen)) if other.number < entry.number]
    if not before or response.status in _OWN:
        return None
    if any(200 <= status < 300 for status in before):
        fine = 200 <= response.status < 300
        expected = "a 2xx, for one came"
    elif any(status >= 600 for status in before):
        fine = response.status in before and response.status >= 600
        expected = "the 6xx that came"
    else:
        fine = response.status in before
        expected = " or ".join(str(status) for status in sorted(set(before)))
    if fine:
        return ()
    line = response.start_line.encode("utf-8", "surrogateescape")
    return [Fault(expected, shown(response.start_line), number=entry.number, text=line)]


@BOOK.on_passage(
    "16.7",
    "lowest-class",
    "Where no 6xx came, the answer is of the lowest class that came",
    level=Level.SHOULD,
)
def lowest_class(seen: Passage) -> Faults:
    """Look at requests that went several ways."""
    sent = _finals(distinct(seen.incoming.responses))
    if len(seen.outgoing) < 2 or not sent:
        return None
    entry, response = sent[0]
    classes = {
        each.status // 100 for other, each in _finals(_got(seen)) if other.number < entry.number
    }
    own = response.status // 100
    if len(classes) < 2 or own not in classes or 6 in classes or response.status in _OWN:
        return None
    # a redirection may have been followed instead of being kept as an answer (item 4)
    lowest = min(classes - {3}) if classes - {3} else 3
    if own <= lowest:
        return ()
    line = response.start_line.encode("utf-8", "surrogateescape")
    expected = f"a response of class {lowest}xx"
    return [Fault(expected, shown(response.start_line), number=entry.number, text=line)]


@BOOK.on_passage("16.7", "no-503", "A proxy does not pass a 503 on", level=Level.SHOULD)
def no_503(seen: Passage) -> Faults:
    """Look for a 503 that came and went on: it would speak of the proxy."""
    if not any(response.status == 503 for _, response in _got(seen)):
        return None
    return [
        Fault(
            "500, or the answer of another branch",
            shown(response.start_line),
            number=entry.number,
            text=response.start_line.encode("utf-8", "surrogateescape"),
        )
        for entry, response in distinct(seen.incoming.responses)
        if response.status == 503
    ]


def _passed_on(seen: Passage) -> list[tuple[Answered, Response, TransactionSeen]]:
    """Return each response that was passed on, what it was when it came, and where it came from.

    Pairs are made only where they are certain: one response of that status came and one went.
    """
    ways = _ways(seen)
    if len(ways) == len(seen.incoming.responses) == 1:
        back = ways[0].replies or ways[0].responses
        only = seen.incoming.responses[0]
        if len(back) == 1:
            same_status = back[0][1].status == only[1].status > 100
            return [(only, back[0][1], ways[0])] if same_status else []
    sent = [pair for pair in distinct(seen.incoming.responses) if pair[1].status > 100]
    got = [
        (response, each)
        for each in _ways(seen)
        for _, response in distinct(each.replies or each.responses)
    ]
    pairs = []
    for pair in sent:
        status = pair[1].status
        same = [(response, each) for response, each in got if response.status == status]
        if len(same) == 1 and sum(other.status == status for _, other in sent) == 1:
            pairs.append((pair, *same[0]))
    return pairs


@BOOK.on_passage("16.7", "body", "A proxy leaves the body of a response as it is")
def body(seen: Passage) -> Faults:
    """Compare the bodies octet for octet."""
    pairs = _passed_on(seen)
    if not pairs:
        return None
    return [
        Fault(
            f"the {len(came.body)} octets that came",
            body_difference(came.body, went.body),
            number=entry.number,
            text=went.body[:80],
        )
        for (entry, went), came, _ in pairs
        if went.body != came.body
    ]


@BOOK.on_passage("16.7", "fields-kept", "A proxy removes no field of a response but its Via")
def fields_kept(seen: Passage) -> Faults:
    """Look for the fields that came, in what went back. A gateway may cover some."""
    pairs = _passed_on(seen)
    if not pairs:
        return None
    faults = []
    hidden = covers(seen)
    for (entry, went), came, outgoing in pairs:
        free = _FREE | COVERED if hidden else _FREE
        nodes = (seen.node, seen.incoming.sender, outgoing.receiver)
        for key in changed_fields(came, went, free):
            if hidden and names_inside(" ".join(came.values(key)), nodes):
                continue
            value, got = came.first(key) or "", ", ".join(went.values(key))
            expected = f"{long_name(key)}: {shown(value)}"
            actual = shown(got) or "no such field"
            number = entry.number
            faults.append(Fault(expected, actual, number=number, field=key if got else ""))
    return faults


@BOOK.on_passage("16.7", "to-tag", "A proxy leaves the To tag of a 1xx or 2xx as it is")
def to_tag(seen: Passage) -> Faults:
    """Compare the tags, where the request had none. A gateway may cover them."""
    request = party(seen.incoming.request, "to")
    if request is None or request.tag is not None or covers(seen):
        return None
    judged = False
    faults = []
    for (entry, went), came, _ in _passed_on(seen):
        before, after = party(came, "to"), party(went, "to")
        if went.status >= 300 or before is None or after is None:
            continue
        judged = True
        if before.tag != after.tag:
            expected = f"tag {shown(before.tag or 'none')}"
            actual = f"tag {shown(after.tag or 'none')}"
            faults.append(Fault(expected, actual, number=entry.number, field="to"))
    return faults if judged else None
