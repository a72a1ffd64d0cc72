"""TS 23.280 10.6.3.3, service authorization for migration: what the client hears, step 12."""

from mcsip.conformance.chains import (
    Chain,
    Story,
    accepted,
    chains_of_stay,
    failed,
    info_of,
    latest,
    story_of,
    told_alone,
)
from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.sayings import IDS, difference, same_ids
from mcsip.conformance.ts23280.book import BOOK
from mcsip.conformance.ts23280.clause_10_6_3_3 import CLAUSE
from mcsip.conformance.views import Course
from mcsip.exchanges import Exchange
from mcsip.mc.elements import RESULT
from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.mc.steps import Procedure


def _word(story: Story, told: Exchange) -> Chain | None:
    """Return the last response that the server took before it told the client, or None.

    Only one that came after the client had asked counts.
    """
    asked = [
        each.number
        for each in story.asked
        if each.receiver == told.sender and each.number < told.number
    ]
    if not asked:
        return None
    return latest(
        chain
        for chain in story.of(RESPONSE)
        if chain.end.name == told.sender
        and chain.taken
        and asked[-1] < chain.last.number < told.number
    )


@BOOK.on_course(
    CLAUSE,
    "client-hears-success",
    "Step 12: when the primary says success, the partner's server tells the client success",
)
def client_hears_success(course: Course) -> Faults:
    """Compare what the client is told with the primary's word."""
    return _compare(course, said=True)


@BOOK.on_course(
    CLAUSE,
    "client-hears-refusal",
    "Step 12: when the primary refuses, the partner's server tells the client no success",
    level=Level.SHOULD,
)
def client_hears_refusal(course: Course) -> Faults:
    """Compare what the client is told with the primary's word.

    It is no "shall": business agreements may grant service all the same (5.2.9.1).
    """
    return _compare(course, said=False)


def _compare(course: Course, *, said: bool) -> Faults:
    story = story_of(course)
    looked = False
    faults = []
    for told in story.told:
        word = _word(story, told)
        info = info_of(told)
        if word is None or info.message != RESPONSE or word.info.success is not said:
            continue
        looked = True
        if info.success is not None and info.success is not said:
            expected, actual = ("success", "fail") if said else ("fail", "success")
            faults.append(
                Fault(
                    f"{expected}, as response {word.last.number} says",
                    actual,
                    number=told.number,
                    text=RESULT.encode(),
                )
            )
    return faults if looked else None


@BOOK.on_course(
    CLAUSE,
    "client-hears-last",
    "Steps 10 to 12: the partner's server tells the client success only when the primary has "
    "answered its request, or failed to",
)
def client_hears_last(course: Course) -> Faults:
    """Look for success that is told before the primary is asked, or while the server waits."""
    story = story_of(course)
    looked = False
    faults = []
    for told in told_alone(story) if course.whole else ():
        requests = chains_of_stay(story, told, REQUEST)
        if requests and chains_of_stay(story, told, RESPONSE):
            looked = True
            faults.append(_too_early(told, requests[0]))
    for told in story.told:
        if not info_of(told).success:
            continue
        request = latest(
            chain
            for chain in story.of(REQUEST)
            if chain.origin.name == told.sender and chain.first.number < told.number
        )
        if request is None:
            continue
        looked = True
        if _is_open(story, request, told):
            faults.append(_too_early(told, request))
    return faults if looked else None


def _too_early(told: Exchange, request: Chain) -> Fault:
    return Fault(
        f"the answer to request {request.first.number} comes first",
        "the client is told success before",
        number=told.number,
    )


def _is_open(story: Story, request: Chain, told: Exchange) -> bool:
    """Tell whether a request had been neither answered nor given up when the client was told."""
    answers = [
        chain for chain in story.of(RESPONSE) if chain.end.name == told.sender and chain.arrived
    ]
    answers = [chain for chain in answers if chain.last.number > request.first.number]
    if any(chain.last.number < told.number for chain in answers):
        return False
    waited_s = told.at - request.first.at
    longest_s = 64 * story.course.setting.timers.t1
    return bool(answers) and not failed(request.first) and waited_s < longest_s


@BOOK.on_course(
    CLAUSE,
    "client-hears-its-ids",
    "Step 12: the response to the client has the two MC service IDs of its request",
)
def client_hears_its_ids(course: Course) -> Faults:
    """Compare what the client is told with what it asked."""
    story = story_of(course)
    looked = False
    faults: list[Fault] = []
    for told in story.told:
        asked = [each for each in story.asked if each.receiver == told.sender]
        asked = [each for each in asked if each.number < told.number and accepted(each)]
        if info_of(told).message != RESPONSE or not asked:
            continue
        if told.procedure is Procedure.WITHOUT_INTERCONNECTION:
            continue  # TR 23.700-90 7.X.2
        looked = True
        if not any(same_ids(info_of(each), info_of(told)) for each in asked):
            faults += difference(info_of(asked[-1]), info_of(told), *IDS, number=told.number)
    return faults if looked else None


@BOOK.on_course(
    CLAUSE,
    "client-that-asked",
    "Step 12: the response goes to the client that asked",
)
def client_that_asked(course: Course) -> Faults:
    """Compare who is told with who asked."""
    story = story_of(course)
    looked = False
    faults = []
    for told in story.told:
        if info_of(told).message != RESPONSE:
            continue
        asked = [each.sender for each in story.asked if each.receiver == told.sender]
        if not asked:
            continue
        looked = True
        if told.receiver not in asked:
            actual = f"it goes to {told.receiver}"
            faults.append(Fault(f"it goes to {asked[-1]}", actual, number=told.number))
    return faults if looked else None
