"""TR 23.700-90 7.X.2, migration without interconnection: the partner authorizes alone.

That a partner does shows by what it tells the client: success, without having asked the primary.
"""

from mcsip.conformance.chains import accepted, chains_of_stay, info_of, story_of, told_alone
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.sayings import IDS, difference, same_ids
from mcsip.conformance.tr23700_90.book import BOOK
from mcsip.conformance.views import Course
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE, USER_AUTHORISATION

CLAUSE = "7.X.2"


@BOOK.on_course(
    CLAUSE,
    "partner-says-nothing",
    "A partner system that authorizes a user alone sends the primary system no message about it",
)
def partner_says_nothing(course: Course) -> Faults:
    """Look for what the partner sends until the client asks it again.

    A request that the primary answers is none of this procedure: there is an interconnection, and
    the client was told too early (TS 23.280 10.6.3.3).
    """
    story = story_of(course)
    alone = told_alone(story)
    if not alone or not course.whole:
        return None
    return [
        Fault(
            f"nothing from {chain.origin.name} to the primary",
            f"{chain.info.message}",
            number=chain.first.number,
        )
        for told in alone
        for chain in chains_of_stay(story, told, REQUEST, USER_AUTHORISATION)
        if chain.origin.system == story.node(told.sender).system
        and not chains_of_stay(story, told, RESPONSE)
    ]


@BOOK.on_course(
    CLAUSE,
    "primary-says-nothing",
    "The primary system sends a partner system that authorized a user alone no message about it",
)
def primary_says_nothing(course: Course) -> Faults:
    """Look for what the primary sends between this request of the client and its next one."""
    story = story_of(course)
    alone = told_alone(story)
    if not alone or not course.whole:
        return None
    return [
        Fault(
            f"nothing from {chain.origin.name} to {story.node(told.sender).system}",
            f"{chain.info.message}",
            number=chain.first.number,
        )
        for told in alone
        for chain in chains_of_stay(story, told, RESPONSE, DEAUTHORIZATION)
        if not chains_of_stay(story, told, REQUEST)
        and chain.origin.system != story.node(told.sender).system
    ]


@BOOK.on_course(
    CLAUSE,
    "ids-of-the-request",
    "Step 2: the response of a partner that authorizes alone has the MC service IDs of the request",
)
def ids_of_the_request(course: Course) -> Faults:
    """Compare what the client is told with what it asked."""
    story = story_of(course)
    looked = False
    faults: list[Fault] = []
    for told in told_alone(story):
        asked = [
            each
            for each in story.asked
            if each.receiver == told.sender and each.number < told.number and accepted(each)
        ]
        if not asked:
            continue
        looked = True
        if not any(same_ids(info_of(each), info_of(told)) for each in asked):
            faults += difference(info_of(asked[-1]), info_of(told), *IDS, number=told.number)
    return faults if looked else None
