"""TS 23.280 10.6.3.3.2.1: a migrated user returns, and the partner is told."""

from mcsip.conformance.chains import Story, info_of, story_of
from mcsip.conformance.forwarding import changed, invented, strayed, swallowed
from mcsip.conformance.gateways import bypassed, migration_crosses
from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.sayings import IDS, difference, same_ids
from mcsip.conformance.ts23280.book import BOOK
from mcsip.conformance.ts23280.stays import (
    authorised_at_home,
    communications,
    ended_at,
    is_delivery,
    stays_of,
)
from mcsip.conformance.ts23280.systems import partner_domain, wrong_system
from mcsip.conformance.views import Course, MessageSeen
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE, USER_AUTHORISATION
from mcsip.mc.source import Grade

CLAUSE = "10.6.3.3.2.1"


@BOOK.on_course(
    CLAUSE,
    "partner-is-told",
    "Step 1: when a migrated user is authorised in the primary again, the primary's server "
    "notifies the partner",
)
def partner_is_told(course: Course) -> Faults:
    """Look for a notification after each return during a stay."""
    story = story_of(course)
    looked = False
    faults = []
    for back in authorised_at_home(story):
        stays = [stay for stay in stays_of(story) if stay.since < back.number]
        if not stays or not stays[-1].lasts_at(back.number):
            continue
        told = stays[-1].end is not None
        looked = looked or told
        if not told and story.settled(back.at):
            looked = True
            faults.append(
                Fault(
                    f"{back.receiver} sends {stays[-1].system} a {DEAUTHORIZATION}",
                    "it sends none",
                    number=back.number,
                    node=back.receiver,
                )
            )
    return faults if looked else None


@BOOK.on_course(
    CLAUSE,
    "after-the-return",
    "Pre-condition: a partner is notified only when the user is authorised in the primary, or at "
    "another partner, again",
)
def after_the_return(course: Course) -> Faults:
    """Look for what ended the stay before each notification.

    A user may be authorised by REGISTER, which nobody sees here (TS 24.379 7.3): the rule looks
    only where the trace shows that PUBLISH is used.
    """
    story = story_of(course)
    home = [each.number for each in authorised_at_home(story, answered=False)]
    looked = False
    faults = []
    for stay in stays_of(story):
        if stay.end is None or not home:
            continue
        looked = True
        number = stay.end.first.number
        gone = home + [
            chain.first.number
            for chain in story.of(RESPONSE, USER_AUTHORISATION)
            if stay.system not in (chain.end.system, chain.origin.system)
        ]
        asked = [
            each.first.number
            for each in story.of(REQUEST)
            if each.origin.system == stay.system and each.first.number < stay.since
        ]  # the response may be sent, or sent again, when the user has long gone on
        if not any(max(asked, default=stay.since) < each < number for each in gone):
            faults.append(
                Fault(
                    f"the user has left {stay.system}",
                    f"the user is still there since response {stay.since}",
                    number=number,
                )
            )
    return faults if looked else None


@BOOK.on_course(
    CLAUSE,
    "ids-of-the-stay",
    "Steps 1 to 3: the notification has the two MC service IDs by which the user was at the "
    "partner, and goes to the server at which the user was",
)
def ids_of_the_stay(course: Course) -> Faults:
    """Compare each notification with the successes for the same partner before.

    A success that was lost on the way may have been taken, for all that the primary knows.
    """
    story = story_of(course)
    looked = False
    faults: list[Fault] = []
    for chain in story.of(DEAUTHORIZATION):
        number = chain.first.number
        before = [
            each for each in story.of(RESPONSE) if each.info.success and each.first.number < number
        ]
        system = chain.end.domain.lower()
        if not before or not course.whole or not chain.arrived or not system:
            continue
        looked = True
        there = [each for each in before if partner_domain(each.info) == system]
        arrived = [each.end.name for each in there if each.arrived]
        if not there and (story.captured or system in _asked(story, number)):
            continue  # it came before the capture, or was stored and could not be sent any more
        if not there:
            last = partner_domain(before[-1].info)
            faults.append(
                Fault(
                    f"it goes to {last}, where the user was",
                    f"it goes to {system}, where the user never was",
                    number=number,
                )
            )
        elif not any(same_ids(each.info, chain.info) for each in there):
            faults += difference(there[-1].info, chain.info, *IDS, number=number)
        elif arrived and chain.end.name not in arrived:
            faults.append(
                Fault(
                    f"it goes to {arrived[-1]}, where the user was",
                    f"it goes to {chain.end.name}",
                    number=chain.last.number,
                )
            )
    return faults if looked else None


def _asked(story: Story, until: int) -> set[str]:
    """Return the domains of the systems whose request the primary took before."""
    return {
        chain.origin.domain.lower()
        for chain in story.of(REQUEST)
        if chain.taken and chain.first.number < until
    }


@BOOK.on_course(
    CLAUSE,
    "in-reply-to",
    "In-Reply-To, where the notification has it, names the request by which the stay began",
    grade=Grade.OURS,
)
def in_reply_to(course: Course) -> Faults:
    """Compare In-Reply-To with the requests that came over the same hop."""
    story = story_of(course)
    return strayed(story.of(DEAUTHORIZATION), story.of(REQUEST))


@BOOK.on_message(
    CLAUSE,
    "partner-system",
    "Step 2: the notification goes to the partner system whose ID it has",
    "MESSAGE",
    guard=migration_crosses,
)
def partner_system(seen: MessageSeen) -> Faults:
    """Compare the receiving system with the domain of the ID."""
    if seen.info is None:
        return None
    shown = seen.info.partner_id or seen.info.partner_system
    return wrong_system(seen, partner_domain(seen.info), shown, DEAUTHORIZATION)


@BOOK.on_message(
    CLAUSE,
    "through-the-gateways",
    "Steps 1 to 3 and NOTE 1: the notification goes through the MC gateway servers of the systems "
    "that have one",
    "MESSAGE",
    guard=migration_crosses,
)
def through_the_gateways(seen: MessageSeen) -> Faults:
    """Look at who sends and who receives between two systems."""
    if seen.info is None or seen.info.message != DEAUTHORIZATION:
        return None
    return bypassed(seen)


@BOOK.on_course(
    CLAUSE,
    "unchanged-on-the-way",
    "Steps 2 and 3: MC gateway servers forward the notification as it is",
)
def unchanged_on_the_way(course: Course) -> Faults:
    """Compare the bodies before and behind each gateway."""
    return changed(story_of(course), DEAUTHORIZATION)


@BOOK.on_course(
    CLAUSE,
    "forwards-what-came",
    "Steps 2 and 3: MC gateway servers send only what they received",
)
def forwards_what_came(course: Course) -> Faults:
    """Look for what a gateway sends and did not get."""
    return invented(story_of(course), DEAUTHORIZATION)


@BOOK.on_course(
    CLAUSE,
    "forwards-what-it-took",
    "Steps 2 and 3: a notification that an MC gateway server took charge of it forwards",
)
def forwards_what_it_took(course: Course) -> Faults:
    """Look for what a gateway answered with 2xx and did not send on."""
    return swallowed(story_of(course), DEAUTHORIZATION)


@BOOK.on_course(
    CLAUSE,
    "success-ends",
    "Step 4: a partner that took the notification tells the client no success any more without "
    "asking the primary again",
)
def success_ends(course: Course) -> Faults:
    """Look for success that is told after the end of a stay."""
    story = story_of(course)
    looked = False
    faults = []
    for server in {chain.end.name for chain in story.of(DEAUTHORIZATION)}:
        for end in ended_at(story, server):
            looked = True
            number = end.taken_at
            for told in story.told:
                if told.sender != server or told.number < number or not info_of(told).success:
                    continue
                if not _asked_between(story, server, number, told.number):
                    faults.append(
                        Fault(
                            f"{server} asks the primary again before",
                            f"success, although notification {end.last.number} ended the stay",
                            number=told.number,
                        )
                    )
                break
    return faults if looked else None


def _asked_between(story: Story, server: str, since: int, until: int) -> bool:
    return any(
        each.origin.name == server and since < each.first.number < until
        for each in story.of(REQUEST)
    )


@BOOK.on_course(
    CLAUSE,
    "delivery-ends",
    "Step 4: a partner that took the notification delivers no call and no data to the user any "
    "more",
    level=Level.SHOULD,
    grade=Grade.OURS,
)
def delivery_ends(course: Course) -> Faults:
    """Look for calls and data to the client of a user who has left.

    When service ends is left open by the clause (its editor's note), hence "should" and ours.
    """
    story = story_of(course)
    looked = False
    faults = []
    ends = {
        server: ended_at(story, server)
        for server in {chain.end.name for chain in story.of(DEAUTHORIZATION)}
    }
    for exchange in communications(story):
        delivers = is_delivery(story, exchange)
        server = exchange.sender if delivers else exchange.receiver
        before = [each for each in ends.get(server, ()) if each.taken_at < exchange.number]
        if not before:
            continue
        looked = True
        number = before[-1].last.number
        if delivers and not _asked_between(story, server, before[-1].taken_at, exchange.number):
            faults.append(
                Fault(
                    f"{server} delivers nothing after notification {number}",
                    f"it sends {exchange.label} to {exchange.receiver}",
                    number=exchange.number,
                )
            )
    return faults if looked else None
