"""TS 23.280 10.6.3.3, service authorization for migration: the response, steps 6 to 10."""

from mcsip.conformance.chains import (
    Chain,
    Story,
    latest,
    story_of,
)
from mcsip.conformance.forwarding import strayed
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.sayings import IDS, difference, same_ids
from mcsip.conformance.ts23280.book import BOOK
from mcsip.conformance.ts23280.clause_10_6_3_3 import CLAUSE
from mcsip.conformance.views import Course
from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.mc.roles import Role
from mcsip.mc.source import Grade


def _question(story: Story, response: Chain) -> Chain | None:
    """Return the request that a response answers: the last of its server that came before it."""
    number = response.first.number
    return latest(
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
    requests = [chain for chain in story.of(REQUEST) if chain.origin.role is Role.MC_SERVER]
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
            faults += difference(question.info, response.info, *IDS, number=number)
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
        if not before or not response.taken:
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
