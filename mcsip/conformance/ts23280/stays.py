"""Where a user has been, as the course tells: the stays at partner systems, and how they end."""

from collections.abc import Iterator
from dataclasses import dataclass

from mcsip.conformance.chains import Chain, Story, accepted
from mcsip.exchanges import Exchange
from mcsip.mc.authorisation import EVENT
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE
from mcsip.mc.roles import Role


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay at a partner system by the word of the primary.

    Attributes:
        success: the response that began it.
        end: the de-authorization that ended it, or None.
    """

    success: Chain
    end: Chain | None

    @property
    def system(self) -> str:
        """The name of the partner system."""
        return self.success.end.system

    @property
    def since(self) -> int:
        """The number of the response as it was sent."""
        return self.success.first.number

    def lasts_at(self, number: int) -> bool:
        """Tell whether nothing had been sent yet to end it when an entry of the trace came."""
        return self.since < number and (self.end is None or number < self.end.first.number)


def stays_of(story: Story) -> list[Stay]:
    """Return the stays that a course tells of, in order."""
    successes = [each for each in story.of(RESPONSE) if each.info.success and each.taken]
    ends = list(story.of(DEAUTHORIZATION))
    stays = []
    for index, success in enumerate(successes):
        system, since = success.end.system, success.first.number
        again = [each for each in successes[index + 1 :] if each.end.system == system]
        until = again[0].first.number if again else float("inf")
        end = next(
            (
                each
                for each in ends
                if each.end.system == system and since < each.first.number < until
            ),
            None,
        )
        stays.append(Stay(success, end))
    return stays


def authorised_at_home(story: Story, *, answered: bool = True) -> Iterator[Exchange]:
    """Return the service authorisations of the user in the primary (TS 24.379 7.3 [read]).

    Args:
        story: what the course means.
        answered: only those that were answered with 2xx; a server may take one and fail to answer.
    """
    for exchange in story.course.exchanges:
        request = exchange.first.request
        if request.method != "PUBLISH" or request.first("event") != EVENT:
            continue
        if accepted(exchange) or not (answered or exchange.last.final):
            yield exchange


def ended_at(story: Story, server: str) -> list[Chain]:
    """Return the de-authorizations that ended a stay at a server, as far as it took them.

    One about an earlier attempt than the last one of the server is late, and ends nothing: by
    In-Reply-To it names the Call-ID of the request that it is about.
    """
    found = []
    for chain in story.of(DEAUTHORIZATION):
        if chain.end.name != server or not chain.taken:
            continue
        named = chain.last.first.request.first("in-reply-to")
        asked = [
            each.first.first.request.first("call-id")
            for each in story.of(REQUEST)
            if each.origin.name == server and each.first.number < chain.last.number
        ]
        if named is None or not asked or named == asked[-1]:
            found.append(chain)
    return found


def communications(story: Story) -> Iterator[Exchange]:
    """Return the calls and data for the user, hop by hop."""
    for exchange in story.course.exchanges:
        about = exchange.first.about
        if about is not None and about.message is not None and exchange.first.info is None:
            yield exchange


def is_delivery(story: Story, exchange: Exchange) -> bool:
    """Tell whether an MC service server sends it to a client."""
    sender, receiver = story.node(exchange.sender), story.node(exchange.receiver)
    return sender.role is Role.MC_SERVER and receiver.role is Role.CLIENT
