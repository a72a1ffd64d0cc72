"""TS 23.280 5.2.9.1, migration in general: whose ID the user has, and what a trigger leads to."""

from mcsip.conformance.chains import accepted, info_of, story_of
from mcsip.conformance.gateways import migration_crosses
from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.ts23280.book import BOOK
from mcsip.conformance.ts23280.systems import domain
from mcsip.conformance.views import Course, MessageSeen
from mcsip.mc.messages import REQUEST, TRIGGER, USER_AUTHORISATION
from mcsip.mc.source import Grade

CLAUSE = "5.2.9.1"


@BOOK.on_message(
    CLAUSE,
    "id-of-the-partner",
    "The MC service ID by which the user is known at the partner is one that the partner system "
    "issued",
    "MESSAGE",
    guard=migration_crosses,
)
def id_of_the_partner(seen: MessageSeen) -> Faults:
    """Compare the domain of the ID with the system that the message comes from."""
    info = seen.info
    if info is None or info.message not in (REQUEST, USER_AUTHORISATION):
        return None
    issuer, own = domain(info.partner_id), seen.sender.domain.lower()
    if issuer is None or not own:
        return None
    if issuer == own:
        return ()
    text = (info.partner_id or "").encode()
    return [Fault(f"an MC service ID of {own}", f"one of {issuer}", text=text)]


@BOOK.on_course(
    CLAUSE,
    "trigger-is-followed",
    "A client that took a trigger of the primary asks for migration to the partner system, and "
    "with the profile, that it names",
    level=Level.SHOULD,
    grade=Grade.OURS,
)
def trigger_is_followed(course: Course) -> Faults:
    """Compare each trigger with what the client asks for next."""
    story = story_of(course)
    looked = False
    faults = []
    for trigger in story.told:
        if info_of(trigger).message != TRIGGER or not accepted(trigger):
            continue
        asked = [
            each
            for each in story.asked
            if each.sender == trigger.receiver
            and each.number > trigger.number
            and info_of(each).message == REQUEST
        ]
        if not asked:
            continue
        looked = True
        wanted, got = info_of(trigger), info_of(asked[0])
        there = story.node(asked[0].receiver).domain.lower()
        want = (wanted.partner_system or there).lower()
        if (there or want, got.profile_index) != (want, wanted.profile_index):
            faults.append(
                Fault(
                    f"a request to {want} with profile {wanted.profile_index}",
                    f"one to {there} with profile {got.profile_index}",
                    number=asked[0].number,
                )
            )
    return faults if looked else None


@BOOK.on_course(
    CLAUSE,
    "trigger-from-the-primary",
    "A trigger comes from the primary system of the user",
)
def trigger_from_the_primary(course: Course) -> Faults:
    """Compare the system that sends a trigger with the domain of the user's ID."""
    story = story_of(course)
    home = domain(course.user)
    triggers = [each for each in story.told if info_of(each).message == TRIGGER]
    if not triggers or home is None:
        return None
    return [
        Fault(
            f"an MC service server of {home}",
            f"{trigger.sender} of {story.node(trigger.sender).domain}",
            number=trigger.number,
        )
        for trigger in triggers
        if story.node(trigger.sender).domain.lower() not in ("", home)
    ]
