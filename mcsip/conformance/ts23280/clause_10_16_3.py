"""TS 23.280 10.16.3: calls to a migrated user, also by a functional alias of the partner system."""

from mcsip.conformance.chains import story_of
from mcsip.conformance.gateways import crosses_systems
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.sayings import canonical
from mcsip.conformance.ts23280.book import BOOK
from mcsip.conformance.ts23280.stays import communications, is_delivery
from mcsip.conformance.views import Course, MessageSeen
from mcsip.errors import PeerError
from mcsip.exchanges import Exchange
from mcsip.hops import read_about
from mcsip.mc.messages import RESPONSE
from mcsip.mc.source import Grade
from mcsip.sip.message import Request

CLAUSE = "10.16.3"


@BOOK.on_message(
    CLAUSE,
    "system-of-the-target",
    "A call, or data, for an MC service ID or functional alias goes to the system that defines it",
    "INVITE",
    "MESSAGE",
    guard=crosses_systems,
)
def system_of_the_target(seen: MessageSeen) -> Faults:
    """Compare the receiving system with the domain of the target."""
    request = seen.message
    if seen.info is not None or not isinstance(request, Request):
        return None
    about = read_about(request)
    there = seen.receiver.domain.lower()
    if about is None or not there:
        return None
    try:
        wanted = about.target_domain
    except PeerError:
        return None
    if wanted is None:
        return None
    if wanted == there:
        return ()
    text = (about.target or "").encode()
    return [Fault(f"it goes to {wanted}", f"it goes to {there}", text=text)]


@BOOK.on_course(
    CLAUSE,
    "delivered-at-the-partner",
    "While the user is migrated, the partner's MC service server delivers calls to the MC service "
    "ID that the partner issued",
    grade=Grade.OURS,
)
def delivered_at_the_partner(course: Course) -> Faults:
    """Compare the target of each delivery at a partner with the IDs of the user there."""
    story = story_of(course)
    looked = False
    faults = []
    for exchange in communications(story):
        ids = {
            canonical(chain.info.partner_id) or canonical(chain.info.primary_id)
            for chain in story.of(RESPONSE)
            if chain.end.name == exchange.sender and chain.first.number < exchange.number
        }
        if not ids or not is_delivery(story, exchange):
            continue
        looked = True
        target = _target(exchange)
        if canonical(target) not in ids:
            faults.append(
                Fault(
                    " or ".join(sorted(filter(None, ids))),
                    target or "nobody",
                    number=exchange.number,
                    text=(target or "").encode(),
                )
            )
    return faults if looked else None


def _target(exchange: Exchange) -> str | None:
    about = exchange.first.about
    return None if about is None else about.target
