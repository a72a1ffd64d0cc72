"""Where the target of a communication is: TR 23.781 6.x.1, TS 23.280 10.16.5, 10.6.3.3 step 11."""

from dataclasses import replace

import pytest

from mcsip.mc.communication import Communication
from mcsip.mc.roles import Role
from mcsip.mc.services import MCPTT
from mcsip.migration.decision import Decision, Reason
from mcsip.migration.records import PartnerRecord, PartnerStatus, Placement, PrimaryRecord
from mcsip.nodes.whereabouts import Deliver, Redirect, SendOn, Where, Whereabouts

from .world import ALICE, BOB, in_memory, make_topology, running

VISITOR = "sip:visitor@partner.example"
AWAY = PrimaryRecord(ALICE, Placement("partner.example", VISITOR, 2, "a", 1.0, taken=True))
HERE = PartnerRecord(ALICE, PartnerStatus.ACTIVE, VISITOR, 2, "a", 1.0)
LEFT = replace(HERE, status=PartnerStatus.RETAINED, until=1e12)
ABOUT = Communication(MCPTT, target=ALICE, caller=BOB, session_type="private")


def find(
    server: str,
    about: Communication,
    *records: PrimaryRecord | PartnerRecord,
    redirect: bool = False,
) -> Where:
    """Return where a server with these records finds a target."""
    found: list[Where] = []

    async def test() -> None:
        changes = {"systems": {"primary": {"migrated_users": "redirect"}}} if redirect else {}
        async with running(make_topology(changes)) as world:
            await world.store(server).commit(*records)
            found.append(Whereabouts(world.server(server)).find(about))

    in_memory(test())
    return found[0]


def refused(where: Where) -> Reason | None:
    assert isinstance(where, Decision)
    return where.reason


def test_a_user_at_home_and_an_active_visitor_are_here() -> None:
    assert find("primary.server", ABOUT) == Deliver(ABOUT)
    there = replace(ABOUT, target=VISITOR)
    assert find("partner.server", there, HERE) == Deliver(there)


def test_a_migrated_user_is_at_the_partner() -> None:
    where = find("primary.server", ABOUT, AWAY)
    assert isinstance(where, SendOn)
    assert where.about == replace(ABOUT, target=VISITOR)
    assert (where.hop.role, where.hop.node) == (Role.MC_GATEWAY, "primary.gateway")


def test_a_partner_that_issued_no_id_is_named() -> None:
    """TR 23.781: then a caller cannot be redirected."""
    assert AWAY.current is not None
    away = PrimaryRecord(ALICE, replace(AWAY.current, partner_id=None))
    where = find("primary.server", ABOUT, away, redirect=True)
    assert isinstance(where, SendOn)
    assert where.about == replace(ABOUT, partner_system="partner.example")


def test_redirection() -> None:
    assert find("primary.server", ABOUT, AWAY, redirect=True) == Redirect(VISITOR)


def test_a_visitor_who_has_left_is_at_the_primary() -> None:
    where = find("partner.server", replace(ABOUT, target=VISITOR), LEFT)
    assert isinstance(where, SendOn)
    assert where.about == replace(ABOUT, returned_by=("partner.example",))


@pytest.mark.parametrize(
    ("server", "record"), [("primary.server", AWAY), ("partner.server", LEFT)], ids=str
)
def test_no_loops(server: str, record: PrimaryRecord | PartnerRecord) -> None:
    target = ALICE if server == "primary.server" else VISITOR
    about = replace(ABOUT, target=target, returned_by=("partner.example",))
    assert refused(find(server, about, record)) is Reason.SENT_BACK


def test_a_visitor_who_is_not_yet_here() -> None:
    pending = replace(HERE, status=PartnerStatus.PENDING, until=1e12)
    about = replace(ABOUT, target=VISITOR)
    assert refused(find("partner.server", about, pending)) is Reason.NOT_YET_HERE
    again = replace(pending, former=LEFT)
    assert isinstance(find("partner.server", about, again), SendOn)


def test_anybody_else_is_unknown() -> None:
    about = replace(ABOUT, target="sip:x@partner.example")
    assert refused(find("partner.server", about)) is Reason.TARGET_UNKNOWN
    assert isinstance(find("primary.server", about), SendOn)
