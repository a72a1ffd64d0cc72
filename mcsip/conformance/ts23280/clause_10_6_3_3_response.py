"""TS 23.280 10.6.3.3, service authorization for migration: the response, steps 6 to 12."""

from collections.abc import Iterable

from mcsip.conformance.chains import (
    Chain,
    Story,
    accepted,
    difference,
    failed,
    info_of,
    same_ids,
    story_of,
    strayed,
)
from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.ts23280.book import BOOK
from mcsip.conformance.ts23280.clause_10_6_3_3 import CLAUSE
from mcsip.conformance.views import Course
from mcsip.exchanges import Exchange
from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.mc.source import Grade

_IDS = ("primary_id", "partner_id")


def _last(items: Iterable[Chain]) -> Chain | None:
    """Return the last of some chains, or None."""
    return max(items, key=lambda chain: chain.first.number, default=None)


def _question(story: Story, response: Chain) -> Chain | None:
    """Return the request that a response answers: the last of its server that came before it."""
    number = response.first.number
    return _last(
        chain
        for chain in story.of(REQUEST)
        if chain.origin.name == response.end.name and chain.first.number < number
    )


@BOOK.on_course(
    CLAUSE,
    "request-is-answered",
    "Step 8: the primary's server answers every request that it took",
)
def request_is_answered(course: Course) -> Faults:
    """Look for a response after each request that the primary's server took."""
    story = story_of(course)
    looked = False
    faults = []
    for request in story.of(REQUEST):
        if not request.taken:
            continue
        server = request.end.name
        answered = any(
            each.origin.name == server and each.first.number > request.last.number
            for each in story.of(RESPONSE)
        )
        looked = looked or answered
        if not answered and story.settled(request.last.at):
            looked = True
            faults.append(
                Fault(
                    f"{server} sends a {RESPONSE}",
                    "it sends none",
                    number=request.last.number,
                    node=server,
                )
            )
    return faults if looked else None


@BOOK.on_course(
    CLAUSE,
    "back-to-who-asked",
    "Steps 8 to 10: the response goes back to the MC service server that asked",
)
def back_to_who_asked(course: Course) -> Faults:
    """Look for a request of the server at which each response arrives."""
    story = story_of(course)
    requests = story.of(REQUEST)
    responses = [chain for chain in story.of(RESPONSE) if chain.arrived]
    if not requests or not responses or not course.whole:
        return None
    faults = []
    for response in responses:
        number = response.first.number
        asked = [each.origin.name for each in requests if each.first.number < number]
        if response.end.name not in asked:
            faults.append(
                Fault(
                    f"it goes to {asked[-1]}, which asked" if asked else "it follows a request",
                    f"it goes to {response.end.name}, which asked for nothing",
                    number=response.last.number,
                )
            )
    return faults


@BOOK.on_course(
    CLAUSE,
    "back-on-its-way",
    "Steps 8 to 10: the response goes back by the MC gateway servers by which the request came",
)
def back_on_its_way(course: Course) -> Faults:
    """Compare the way of each response with the ways of the requests before it."""
    story = story_of(course)
    looked = False
    faults = []
    for response in story.of(RESPONSE):
        number = response.first.number
        ways = [
            chain.path
            for chain in story.of(REQUEST)
            if chain.origin.name == response.end.name and chain.first.number < number
        ]
        if not response.arrived or not ways:
            continue
        looked = True
        if response.path[::-1] not in ways:
            faults.append(
                Fault(
                    " → ".join(reversed(ways[-1])),
                    " → ".join(response.path),
                    number=response.first.number,
                )
            )
    return faults if looked else None


@BOOK.on_course(
    CLAUSE,
    "in-reply-to",
    "Steps 8 to 10: In-Reply-To, where the response has it, names the Call-ID of the request",
    grade=Grade.OURS,
)
def in_reply_to(course: Course) -> Faults:
    """Compare In-Reply-To with the requests that came over the same hop."""
    story = story_of(course)
    return strayed(story.of(RESPONSE), story.of(REQUEST))


@BOOK.on_course(
    CLAUSE,
    "response-has-the-ids",
    "Steps 7 and 8: the response has the two MC service IDs of the request that it answers",
)
def response_has_the_ids(course: Course) -> Faults:
    """Compare the response, as it was made, with the requests of the server that gets it."""
    story = story_of(course)
    looked = False
    faults: list[Fault] = []
    for response in story.of(RESPONSE):
        question = _question(story, response)
        if question is None:
            continue
        looked = True
        number = response.first.number
        if not any(
            same_ids(chain.info, response.info)
            for chain in story.of(REQUEST)
            if chain.origin.name == question.origin.name and chain.first.number < number
        ):
            faults += difference(question.info, response.info, *_IDS, number=number)
    return faults if looked else None


@BOOK.on_course(
    CLAUSE,
    "one-partner-at-a-time",
    "Steps 6 and 7: once the user has migrated on, a partner before gets no success again without "
    "having asked again",
)
def one_partner_at_a_time(course: Course) -> Faults:
    """Follow to which system the primary says success, and whether that asked for it."""
    story = story_of(course)
    successes = [each for each in story.of(RESPONSE) if each.info.success and each.arrived]
    if not successes:
        return None
    faults = []
    for index, response in enumerate(successes):
        system = response.end.system
        before = [each for each in successes[:index] if each.end.system == system and each.taken]
        if not before:
            continue
        since = before[-1].first.number
        moved = [each for each in successes[:index] if each.first.number > since]
        moved = [each for each in moved if each.end.system != system]
        if moved and not _asked_since(story, system, since, response.first.number):
            faults.append(
                Fault(
                    f"{system} asks again before",
                    f"success for {system} again, after {moved[-1].end.system}",
                    number=response.first.number,
                )
            )
    return faults


def _asked_since(story: Story, system: str, since: int, until: int) -> bool:
    return any(
        each.origin.system == system and since < each.first.number < until
        for each in story.of(REQUEST)
    )


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
    return _last(
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
                    text=b"migration-auth-result",
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
    """Look for success that is told while the server still waits for the primary."""
    story = story_of(course)
    looked = False
    faults = []
    for told in story.told:
        if not info_of(told).success:
            continue
        request = _last(
            chain
            for chain in story.of(REQUEST)
            if chain.origin.name == told.sender and chain.first.number < told.number
        )
        if request is None:
            continue
        looked = True
        if _is_open(story, request, told):
            faults.append(
                Fault(
                    f"the answer to request {request.first.number} comes first",
                    "the client is told success before",
                    number=told.number,
                )
            )
    return faults if looked else None


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
        looked = True
        if not any(same_ids(info_of(each), info_of(told)) for each in asked):
            faults += difference(info_of(asked[-1]), info_of(told), *_IDS, number=told.number)
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
