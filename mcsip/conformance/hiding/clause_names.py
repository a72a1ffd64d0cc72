"""Topology hiding: names, identities and addresses, wherever they stand."""

from mcsip.conformance.hiding.book import BOOK
from mcsip.conformance.hiding.inside import Kind, Leak, leaks, leaves
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen


def _of(seen: MessageSeen, kind: Kind) -> list[Fault]:
    """Return the faults of one kind."""
    return [_fault(seen, leak) for leak in leaks(seen) if leak.kind is kind]


def _fault(seen: MessageSeen, leak: Leak) -> Fault:
    text = leak.text.decode("utf-8", "replace")
    return Fault(
        f"nothing of {leak.node} outside {seen.sender.system}",
        f"its {leak.kind.value} {text}",
        field=leak.field,
        text=leak.text,
    )


@BOOK.on_message(
    "names",
    "host-names",
    "What leaves a system with an MC gateway server has no host name of another of its nodes",
    guard=leaves,
)
def host_names(seen: MessageSeen) -> Faults:
    """Look for host names in every octet."""
    return _of(seen, Kind.HOST)


@BOOK.on_message(
    "names",
    "identities",
    "What leaves a system with an MC gateway server has no public service identity of another of "
    "its nodes",
    guard=leaves,
)
def identities(seen: MessageSeen) -> Faults:
    """Look for public service identities in every octet."""
    return _of(seen, Kind.IDENTITY)


@BOOK.on_message(
    "names",
    "addresses",
    "What leaves a system with an MC gateway server has no transport address of another of its "
    "nodes, nor of a client that it serves",
    guard=leaves,
)
def addresses(seen: MessageSeen) -> Faults:
    """Look for addresses in every octet but those of session descriptions."""
    return _of(seen, Kind.ADDRESS)
