"""TS 23.280 10.6.3.3, service authorization for migration: the request, steps 1 to 5."""

from mcsip.conformance.chains import (
    accepted,
    info_of,
    story_of,
)
from mcsip.conformance.forwarding import changed, invented, swallowed
from mcsip.conformance.gateways import bypassed, migration_crosses
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.sayings import difference, differing
from mcsip.conformance.ts23280.book import BOOK
from mcsip.conformance.ts23280.systems import domain, partner_domain, wrong_system
from mcsip.conformance.views import Course, MessageSeen
from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.mc.roles import Role

CLAUSE = "10.6.3.3"
_ASKED = ("primary_id", "partner_id", "profile_index")


@BOOK.on_course(
    CLAUSE,
    "partners-server",
    "Step 1: the client asks the MC service server of the partner system that gave it its ID",
)
def partners_server(course: Course) -> Faults:
    """Look at who receives the client's requests."""
    story = story_of(course)
    asked = [each for each in story.asked if info_of(each).message == REQUEST]
    if not asked:
        return None
    faults = []
    for exchange in asked:
        receiver, info = story.node(exchange.receiver), info_of(exchange)
        wanted = domain(info.partner_id)
        if receiver.role is not Role.MC_SERVER:
            if receiver.role is not Role.MC_GATEWAY:
                continue
            actual = f"the request comes to {receiver.name}, a gateway"
        elif wanted and receiver.domain and receiver.domain.lower() != wanted:
            actual = f"the request comes to {receiver.name} of {receiver.domain}"
        else:
            continue
        where = wanted or "the partner system"
        faults.append(Fault(f"an MC service server of {where}", actual, number=exchange.number))
    return faults


@BOOK.on_course(
    CLAUSE,
    "asks-after-the-client",
    "Step 3: the partner's server asks the primary only for a user whose client has asked it",
)
def asks_after_the_client(course: Course) -> Faults:
    """Look for a client's request before each request to the primary."""
    story = story_of(course)
    clients = {each.receiver for each in story.asked} | {each.sender for each in story.told}
    requests = [each for each in story.of(REQUEST) if each.origin.name in clients]
    if not requests or not course.whole:
        return None
    return [
        Fault(
            f"a client asked {chain.origin.name} before",
            f"{chain.origin.name} asks the primary by itself",
            number=chain.first.number,
        )
        for chain in requests
        if not any(
            each.receiver == chain.origin.name and each.number < chain.first.number
            for each in story.asked
        )
    ]


@BOOK.on_course(
    CLAUSE,
    "asks-what-the-client-asked",
    "Step 3: the request to the primary has the two MC service IDs and the profile of step 1",
)
def asks_what_the_client_asked(course: Course) -> Faults:
    """Compare each request to the primary with what the client asked since the one before."""
    story = story_of(course)
    looked = False
    faults: list[Fault] = []
    before: dict[str, int] = {}
    for chain in story.of(REQUEST):
        server, number = chain.origin.name, chain.first.number
        asked = [each for each in story.asked if each.receiver == server and each.number < number]
        since = [each for each in asked if each.number > before.get(server, 0)] or asked[-1:]
        before[server] = number
        if not since:
            continue
        looked = True
        if all(differing(info_of(each), chain.info, *_ASKED) for each in since):
            faults += difference(info_of(since[-1]), chain.info, *_ASKED, number=number)
    return faults if looked else None


@BOOK.on_message(
    CLAUSE,
    "primary-system",
    "Steps 3 and 4: the request goes to the system of the MC service ID in the primary",
    "MESSAGE",
    guard=migration_crosses,
)
def primary_system(seen: MessageSeen) -> Faults:
    """Compare the receiving system with the domain of the ID."""
    if seen.info is None:
        return None
    primary_id = seen.info.primary_id
    return wrong_system(seen, domain(primary_id), primary_id, REQUEST)


@BOOK.on_message(
    CLAUSE,
    "partner-system",
    "Step 9: the response goes to the partner system whose ID it has",
    "MESSAGE",
    guard=migration_crosses,
)
def partner_system(seen: MessageSeen) -> Faults:
    """Compare the receiving system with the domain of the ID."""
    if seen.info is None:
        return None
    shown = seen.info.partner_id or seen.info.partner_system
    return wrong_system(seen, partner_domain(seen.info), shown, RESPONSE)


@BOOK.on_message(
    CLAUSE,
    "through-the-gateways",
    "Steps 3 to 5, 8 to 10 and NOTE 3: request and response go through the MC gateway servers of "
    "the systems that have one",
    "MESSAGE",
    guard=migration_crosses,
)
def through_the_gateways(seen: MessageSeen) -> Faults:
    """Look at who sends and who receives between two systems."""
    if seen.info is None or seen.info.message not in (REQUEST, RESPONSE):
        return None
    return bypassed(seen)


@BOOK.on_course(
    CLAUSE,
    "unchanged-on-the-way",
    "Steps 4, 5, 9 and 10: MC gateway servers forward the request and the response as they are",
)
def unchanged_on_the_way(course: Course) -> Faults:
    """Compare the bodies before and behind each gateway."""
    return changed(story_of(course), REQUEST, RESPONSE)


@BOOK.on_course(
    CLAUSE,
    "forwards-what-came",
    "Steps 4, 5, 9 and 10: MC gateway servers send only what they received",
)
def forwards_what_came(course: Course) -> Faults:
    """Look for what a gateway sends and did not get."""
    return invented(story_of(course), REQUEST, RESPONSE)


@BOOK.on_course(
    CLAUSE,
    "forwards-what-it-took",
    "Steps 4, 5, 9 and 10: what an MC gateway server took charge of it forwards",
)
def forwards_what_it_took(course: Course) -> Faults:
    """Look for what a gateway answered with 2xx and did not send on."""
    return swallowed(story_of(course), REQUEST, RESPONSE)


@BOOK.on_course(
    CLAUSE,
    "server-of-the-user",
    "Step 5: all requests for a user go to the same MC service server of the primary system",
)
def server_of_the_user(course: Course) -> Faults:
    """Compare where the requests arrive."""
    requests = [chain for chain in story_of(course).of(REQUEST) if chain.taken]
    if not requests:
        return None
    first = requests[0].end
    return [
        Fault(
            f"{first.name}, to which request {requests[0].last.number} went",
            f"{chain.end.name}",
            number=chain.last.number,
            node=chain.last.sender,
        )
        for chain in requests
        if chain.end.name != first.name and chain.end.service == first.service
    ]


@BOOK.on_course(
    CLAUSE,
    "client-is-answered",
    "Steps 3 and 12: what became of a client's request that was taken is told to the client, also "
    "when it was refused",
)
def client_is_answered(course: Course) -> Faults:
    """Look for the response to the client after each request of it that was taken."""
    story = story_of(course)
    looked = False
    faults = []
    for exchange in story.asked:
        if info_of(exchange).message != REQUEST or not accepted(exchange):
            continue
        server = exchange.receiver
        told = any(each.sender == server and each.number > exchange.number for each in story.told)
        looked = looked or told
        if not told and story.settled(_last_sign(course, server, exchange.at)):
            looked = True
            faults.append(
                Fault(
                    f"{server} sends the client a {RESPONSE}",
                    "the client hears nothing",
                    number=exchange.number,
                    node=server,
                )
            )
    return faults if looked else None


def _last_sign(course: Course, server: str, since: float) -> float:
    """Return when a server was last seen at work for the user, from a moment on."""
    times = [each.at for each in course.exchanges if server in (each.sender, each.receiver)]
    return max([since, *(at for at in times if at - since < 60.0)])
