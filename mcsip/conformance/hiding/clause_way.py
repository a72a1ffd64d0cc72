"""Topology hiding: who speaks to other systems."""

from mcsip.conformance.gateways import bypassed, crosses_systems
from mcsip.conformance.hiding.book import BOOK
from mcsip.conformance.rule import Faults
from mcsip.conformance.views import MessageSeen


@BOOK.on_message(
    "way",
    "through-the-gateways",
    "Calls and data between two systems go through the MC gateway servers of those that have one",
    "request",
    guard=crosses_systems,
)
def through_the_gateways(seen: MessageSeen) -> Faults:
    """Look at who sends and who receives; messages of migration have rules of their own."""
    return None if seen.info is not None else bypassed(seen)
