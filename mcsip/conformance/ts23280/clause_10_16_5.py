"""TS 23.280 10.16.5: the primary redirects who uses the primary ID of a migrated user."""

from collections.abc import Iterator

from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.sayings import canonical
from mcsip.conformance.ts23280.book import BOOK
from mcsip.conformance.ts23280.systems import domain
from mcsip.conformance.views import TransactionSeen
from mcsip.errors import PeerError
from mcsip.mc.communication import MIGRATED, Communication, read_communication
from mcsip.mc.roles import Role
from mcsip.mc.services import service_of_content_type
from mcsip.mc.source import Grade
from mcsip.sip.message import Response
from mcsip.sip.redirect import REDIRECTIONS
from mcsip.trace import TraceEntry

CLAUSE = "10.16.5"


def _redirections(seen: TransactionSeen) -> Iterator[tuple[TraceEntry, Response, Communication]]:
    """Return each redirection by which an MC service server answers a call or data."""
    about = seen.hop.about
    if about is None or about.message is None:
        return
    if seen.receiver.role is not Role.MC_SERVER:
        return
    told = set()
    for entry, response in seen.responses:
        if response.status in REDIRECTIONS and entry.data not in told:
            told.add(entry.data)
            yield entry, response, about


@BOOK.on_transaction(
    CLAUSE,
    "new-id",
    "The redirection names the MC service ID by which the user is reached now, in Contact",
    grade=Grade.READ,
)
def new_id(seen: TransactionSeen) -> Faults:
    """Compare Contact with the ID that was called, where the info body says it."""
    looked = False
    faults = []
    for entry, response, about in _redirections(seen):
        looked = True
        try:
            contacts = [str(each.uri) for each in response.contacts]
        except PeerError:
            continue
        ids = [uri for uri in contacts if domain(_bare(uri)) is not None]
        if not ids:
            actual = ", ".join(contacts) or "none"
            faults.append(_fault(entry, "Contact: an MC service ID", f"Contact: {actual}"))
        elif about.target and all(canonical(_bare(uri)) == canonical(about.target) for uri in ids):
            faults.append(
                _fault(entry, f"Contact: another ID than {about.target}", f"Contact: {ids[0]}")
            )
    return faults if looked else None


def _bare(uri: str) -> str:
    """Return a URI without its parameters and headers."""
    return uri.partition(";")[0].partition("?")[0]


def _fault(entry: TraceEntry, expected: str, actual: str) -> Fault:
    return Fault(expected, actual, number=entry.number, field="contact")


@BOOK.on_transaction(
    CLAUSE,
    "says-migrated",
    "The redirection has an info body that says why: forwarding-reason is migrated",
    grade=Grade.OURS,
)
def says_migrated(seen: TransactionSeen) -> Faults:
    """Read the body of the redirection."""
    looked = False
    faults = []
    for entry, response, _ in _redirections(seen):
        looked = True
        reason = _reason(response)
        if reason != MIGRATED:
            faults.append(
                Fault(
                    f"forwarding-reason: {MIGRATED}",
                    f"forwarding-reason: {reason}" if reason else "no forwarding-reason",
                    number=entry.number,
                    text=(reason or "").encode(),
                )
            )
    return faults if looked else None


def _reason(response: Response) -> str | None:
    service = service_of_content_type(response.content_type or "")
    if service is None:
        return None
    try:
        return read_communication(response.body, service).forwarding_reason
    except PeerError:
        return None
