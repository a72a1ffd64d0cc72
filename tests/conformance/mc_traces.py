"""Small traces of MC messages for the rules about requests and info bodies, for each service.

The system "home" is the partner: its client, SIP core, server and gateway; "away" is the primary's
gateway. A case says what is right, what is wrong, and what is found in it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mcsip.conformance.catalogue import RULES
from mcsip.conformance.check import check_trace
from mcsip.conformance.views import Release
from mcsip.mc.info import Info, InfoReason, build_info
from mcsip.mc.messages import (
    DEAUTHORIZATION,
    REQUEST,
    RESPONSE,
    TRIGGER,
    USER_AUTHORISATION,
)
from mcsip.mc.request import Identities, mc_fields
from mcsip.mc.roles import Role
from mcsip.mc.services import Service
from mcsip.trace import Trace
from tests.conformance.rfc3261.wire import Changes, request, trace, via

PARTNER_ID = "sip:visitor@home.example"
PRIMARY_ID = "sip:alice@away.example"
PSI = "sip:server@home.example"
CLIENT_ID = "urn:uuid:01cc0649-2571-5472-be8d-20322945ef5d"
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"
REASON = InfoReason(
    "profile-unknown", "no such profile", "TS 23.280 10.6.3.3", "away.example", Role.MC_SERVER
)
_IDS = {"primary_id": PRIMARY_ID, "partner_id": PARTNER_ID}
_CARRIES: dict[str, dict[str, object]] = {
    REQUEST: {**_IDS, "profile_index": 2},
    RESPONSE: {**_IDS, "success": True},
    DEAUTHORIZATION: {**_IDS},
    USER_AUTHORISATION: {**_IDS},
    TRIGGER: {"primary_id": PRIMARY_ID, "partner_system": "home.example", "profile_index": 2},
}


def info(service: Service, message: str = REQUEST, *, client: bool = True, **more: object) -> bytes:
    """Return the info body of a good message.

    Args:
        service: the MC service.
        message: its name.
        client: whether it travels on the client hop, so that a request has a token.
        more: fields of ``Info`` that are to be different.
    """
    said: dict[str, object] = {**_CARRIES[message]}
    if client and message == REQUEST:
        said |= {"access_token": TOKEN, "client_id": CLIENT_ID}
    return build_info(Info(service, message, **(said | more)))  # type: ignore[arg-type]  # names of Info


def carried(
    service: Service,
    octets: bytes,
    sender: str = "ue",
    changes: Changes | None = None,
    *,
    method: str = "MESSAGE",
    uri: str = PSI,
) -> bytes:
    """Return the request that carries a body, as it should be, with changes of its fields."""
    asserted = sender != "ue"
    identity = "sip:server@home.example" if asserted else PARTNER_ID
    fields = mc_fields(service, Identities(identity, identity, asserted))
    usual: Changes = {"From": f"<{identity}>;tag=from", "Content-Type": service.content_type}
    kept = [(name, value) for name, value in fields if name not in (changes or {})]
    vias = (via(sender),) if sender != "core" else (via("core"), via("ue", "two"))
    return request(method, usual | (changes or {}), *kept, uri=uri, body=octets, vias=vias)


def hop(data: bytes, sender: str = "ue", receiver: str = "core") -> Trace:
    """Return the trace of one message."""
    return trace((sender, receiver, data))


@dataclass(frozen=True)
class Case:
    """What proves a rule.

    Attributes:
        good, bad: make the traces.
        actual: what the finding says that was there.
        marked: the octets that it marks begin with this; None: it marks nothing.
    """

    good: Callable[[], Trace]
    bad: Callable[[], Trace]
    actual: str
    marked: str | None


Cases = dict[str, Callable[[Service], Case]]
"""For each rule of a clause, by the last part of its id, what proves it for a service."""

Proofs = dict[str, tuple[Callable[[], Trace], Callable[[], Trace]]]
"""By the ids of rules what makes a good trace and a bad one."""

_RULES = {rule.id: rule for rule in RULES}


def found(rule: str, made: Trace, release: Release = Release.R18) -> list[tuple[str, str]] | None:
    """Return what a rule finds: what was there, and which octets are marked.

    None: it had nothing to look at.
    """
    [result] = check_trace(made, rules=[_RULES[rule]], release=release).rules
    if not result.looked_at:
        return None
    data = {entry.number: entry.data for entry in made.entries}
    return [
        (
            it.actual,
            "" if it.span is None else data[it.number][slice(*it.span)].decode("utf-8", "replace"),
        )
        for it in result.findings
    ]


def check_case(rule: str, case: Case) -> None:
    """Assert that a rule passes the good trace, and finds exactly the one fault of the bad one."""
    assert found(rule, case.good()) == []
    faults = found(rule, case.bad())
    assert faults is not None
    assert [actual for actual, _ in faults] == [case.actual], faults
    marked = faults[0][1]
    if case.marked is None:
        assert marked == ""
    else:
        assert case.marked
        assert marked.startswith(case.marked), marked


def proofs(prefix: str, service: Service, cases: Cases) -> Proofs:
    """Return, by the ids of the rules, what makes a good trace and a bad one.

    Args:
        prefix: document and clause, "ts24379/F.1".
        service: the service of that document.
        cases: what proves each rule.
    """
    made = {name: case(service) for name, case in cases.items()}
    return {f"{prefix}/{name}": (case.good, case.bad) for name, case in made.items()}


def rules_of(prefix: str) -> Iterator[str]:
    """Yield the last parts of the ids of a clause's rules."""
    return (rule.id.rpartition("/")[2] for rule in RULES if rule.id.startswith(f"{prefix}/"))
