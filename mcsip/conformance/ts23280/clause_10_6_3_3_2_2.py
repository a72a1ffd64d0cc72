"""TS 23.280 10.6.3.3.2.2: a migrated user migrates on, and the former partner is told."""

from itertools import pairwise

from mcsip.conformance.chains import Chain, Story, story_of
from mcsip.conformance.forwarding import changed, invented, swallowed
from mcsip.conformance.gateways import bypassed, migration_crosses
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.sayings import same_ids
from mcsip.conformance.ts23280.book import BOOK
from mcsip.conformance.ts23280.stays import Stay, authorised_at_home, stays_of
from mcsip.conformance.ts23280.systems import domain, wrong_system
from mcsip.conformance.views import Course, MessageSeen
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE, USER_AUTHORISATION
from mcsip.mc.roles import Role

CLAUSE = "10.6.3.3.2.2"
GOES_ON_AFTER_S = 20.0
"""How long a primary waits at least for the notification, in seconds [ours]: less than our own."""


def _moves(story: Story) -> list[tuple[Stay, Stay]]:
    """Return each move from one partner on to another: the stay before, and the new one."""
    stays = stays_of(story)
    home = [each.number for each in authorised_at_home(story, answered=False)]
    moves = []
    for former, new in pairwise(stays):
        back = any(former.since < number < new.since for number in home)
        if former.system != new.system and former.lasts_at(new.since) and not back:
            moves.append((former, new))
    return moves


def _notified(story: Story, new: Stay) -> Chain | None:
    """Return the first notification that the new partner's server made for a stay, or None."""
    return next(
        (
            chain
            for chain in story.of(USER_AUTHORISATION)
            if chain.origin.system == new.system and chain.first.number > new.since
        ),
        None,
    )


@BOOK.on_course(
    CLAUSE,
    "primary-is-told",
    "Step 1: when a user who was at another partner is authorised, the new partner's server "
    "notifies the primary",
)
def primary_is_told(course: Course) -> Faults:
    """Look for the notification of each move."""
    story = story_of(course)
    looked = False
    faults = []
    for former, new in _moves(story):
        notified = _notified(story, new) is not None
        looked = looked or notified
        if not notified and story.settled(new.success.last.at):
            looked = True
            server = new.success.end.name
            faults.append(
                Fault(
                    f"{server} sends the primary a {USER_AUTHORISATION}",
                    f"it sends none, and the user was at {former.system}",
                    number=new.success.last.number,
                    node=server,
                )
            )
    return faults if looked else None


@BOOK.on_course(
    CLAUSE,
    "after-the-authorization",
    "Pre-condition: the new partner notifies the primary only of a user who is authorised there",
)
def after_the_authorization(course: Course) -> Faults:
    """Look for success, with the same IDs, before each notification."""
    story = story_of(course)
    responses = [each for each in story.of(RESPONSE) if each.info.success and each.arrived]
    notifications = [
        chain for chain in story.of(USER_AUTHORISATION) if chain.origin.role is Role.MC_SERVER
    ]
    if not notifications or not course.whole:
        return None
    return [
        Fault(
            f"{chain.origin.name} got success for these IDs before",
            "it got none",
            number=chain.first.number,
            text=(chain.info.partner_id or "").encode(),
        )
        for chain in notifications
        if not any(
            each.end.name == chain.origin.name
            and each.last.number < chain.first.number
            and same_ids(each.info, chain.info)
            for each in responses
        )
        and story.sees(chain.first.receiver, chain.origin.system)
    ]


@BOOK.on_course(
    CLAUSE,
    "former-partner-is-told",
    "Step 2: when the primary has taken the notification, it de-authorizes the user at the former "
    "partner",
)
def former_partner_is_told(course: Course) -> Faults:
    """Look for the de-authorization of each former partner."""
    story = story_of(course)
    looked = False
    faults = []
    for former, new in _moves(story):
        notified = _notified(story, new)
        if notified is None or not notified.taken:
            continue
        looked = looked or former.end is not None
        if former.end is None and story.settled(notified.last.at):
            looked = True
            faults.append(
                Fault(
                    f"{notified.end.name} sends {former.system} a {DEAUTHORIZATION}",
                    "it sends none",
                    number=notified.last.number,
                    node=notified.end.name,
                )
            )
    return faults if looked else None


@BOOK.on_course(
    CLAUSE,
    "in-order",
    "Steps 1 and 2: the former partner is de-authorized after the new partner's notification, not "
    "before",
)
def in_order(course: Course) -> Faults:
    """Compare the order of the two.

    Where the notification never comes, or late, the primary may go on without it: nothing is said.
    """
    story = story_of(course)
    looked = False
    faults = []
    for former, new in _moves(story):
        notified = _notified(story, new)
        if notified is None or former.end is None:
            continue
        waited_s = former.end.first.at - new.success.last.at
        if waited_s > GOES_ON_AFTER_S or _left(story, new, former.end.first.number):
            continue
        looked = True
        if former.end.first.number < notified.first.number:
            faults.append(
                Fault(
                    f"after notification {notified.first.number}",
                    "before it",
                    number=former.end.first.number,
                )
            )
    return faults if looked else None


def _left(story: Story, new: Stay, until: int) -> bool:
    """Tell whether the user asked for service elsewhere after a stay had begun."""
    elsewhere = [each.number for each in authorised_at_home(story, answered=False)]
    elsewhere += [
        chain.first.number for chain in story.of(REQUEST) if chain.origin.system != new.system
    ]
    return any(new.since < number < until for number in elsewhere)


@BOOK.on_course(
    CLAUSE,
    "new-partner-stays",
    "Step 2: the partner that has notified the primary is not de-authorized for it",
)
def new_partner_stays(course: Course) -> Faults:
    """Look for an end of the new stay that nothing gave reason for."""
    story = story_of(course)
    looked = False
    faults = []
    for former, new in _moves(story):
        if _notified(story, new) is None:
            continue
        looked = True
        end = new.end
        if end is None or former.end is not None:
            continue
        number = end.first.number
        later = [each.number for each in authorised_at_home(story, answered=False)]
        later += [each.first.number for each in story.of(RESPONSE) if each.end != new.success.end]
        if not any(new.since < each < number for each in later):
            faults.append(
                Fault(
                    f"the de-authorization goes to {former.system}",
                    f"it goes to {new.system}",
                    number=number,
                )
            )
    return faults if looked else None


@BOOK.on_message(
    CLAUSE,
    "primary-system",
    "Step 1: the notification goes to the system of the MC service ID in the primary",
    "MESSAGE",
    guard=migration_crosses,
)
def primary_system(seen: MessageSeen) -> Faults:
    """Compare the receiving system with the domain of the ID."""
    if seen.info is None:
        return None
    primary_id = seen.info.primary_id
    return wrong_system(seen, domain(primary_id), primary_id, USER_AUTHORISATION)


@BOOK.on_message(
    CLAUSE,
    "through-the-gateways",
    "Step 1: the notification goes through the MC gateway servers of the systems that have one",
    "MESSAGE",
    guard=migration_crosses,
)
def through_the_gateways(seen: MessageSeen) -> Faults:
    """Look at who sends and who receives between two systems."""
    if seen.info is None or seen.info.message != USER_AUTHORISATION:
        return None
    return bypassed(seen)


@BOOK.on_course(
    CLAUSE,
    "unchanged-on-the-way",
    "Step 1: MC gateway servers forward the notification as it is",
)
def unchanged_on_the_way(course: Course) -> Faults:
    """Compare the bodies before and behind each gateway."""
    return changed(story_of(course), USER_AUTHORISATION)


@BOOK.on_course(
    CLAUSE,
    "forwards-what-came",
    "Step 1: MC gateway servers send only what they received",
)
def forwards_what_came(course: Course) -> Faults:
    """Look for what a gateway sends and did not get."""
    return invented(story_of(course), USER_AUTHORISATION)


@BOOK.on_course(
    CLAUSE,
    "forwards-what-it-took",
    "Step 1: a notification that an MC gateway server took charge of it forwards",
)
def forwards_what_it_took(course: Course) -> Faults:
    """Look for what a gateway answered with 2xx and did not send on."""
    return swallowed(story_of(course), USER_AUTHORISATION)
