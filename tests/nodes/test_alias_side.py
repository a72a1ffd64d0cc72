"""Functional aliases at a server: TS 23.280 10.16.3, 5.2.9.1."""

from dataclasses import replace

import pytest

from mcsip.migration.records import PartnerStatus
from mcsip.nodes.client_alias import publish_alias

from .world import ALICE, BOB, in_memory, make_topology, running, written

DISPATCH, CHIEF = "sip:dispatch@partner.example", "sip:chief@partner.example"
ALIASES = {
    "systems": {
        "partner": {
            "functional_aliases": {
                DISPATCH: {"users": "any"},
                CHIEF: {"users": ["sip:bob@primary.example"]},
            }
        }
    }
}


def test_active_until_the_user_leaves() -> None:
    """A call by the alias reaches the visitor; after the de-authorization nobody."""

    async def test() -> None:
        async with running(make_topology(ALIASES)) as world:
            await world.admit(world.bob, "primary")
            await world.migrate()
            aliases = world.server("partner.server").aliases
            assert aliases.holder(DISPATCH) is None
            assert (await publish_alias(world.alice, DISPATCH)).result == "success"
            assert aliases.holder(DISPATCH) == world.primary().partner_id
            assert (await world.bob.calls.call(DISPATCH)).result == "established"
            await world.bob.calls.hang_up()
            await world.alice.return_home()
            await world.settle()
            assert aliases.holder(DISPATCH) is None
            await world.migrate()  # another stay: the alias is to be activated again
            await world.settle()
            assert aliases.holder(DISPATCH) is None
            assert (await world.bob.calls.call(DISPATCH)).reason == "alias-not-active"

    in_memory(test())


def test_while_another_profile_is_asked_for_the_present_stay_counts() -> None:
    """He is behind his alias, calls and is called, and may activate another one."""
    names = {each: {"users": "any"} for each in (DISPATCH, CHIEF)}

    async def test() -> None:
        changes = {"systems": {"partner": {"functional_aliases": names}}}
        async with running(make_topology(changes)) as world:
            await world.admit(world.bob, "primary")
            await world.migrate()
            assert (await publish_alias(world.alice, DISPATCH)).result == "success"
            stay = world.partner()
            asked = replace(
                stay, status=PartnerStatus.PENDING, profile=3, attempt="z", until=1e12, former=stay
            )
            await world.store("partner.server").commit(asked)
            aliases = world.server("partner.server").aliases
            assert aliases.holder(DISPATCH) == stay.partner_id
            assert (await publish_alias(world.alice, CHIEF)).result == "success"
            assert aliases.holder(CHIEF) == stay.partner_id
            assert (await world.alice.calls.call(BOB)).result == "established"
            await world.alice.calls.hang_up()
            assert (await world.bob.calls.call(DISPATCH)).result == "established"
            await world.bob.calls.hang_up()

    in_memory(test())


def test_deactivated() -> None:
    """RFC 3903 4.5: Expires 0."""

    async def test() -> None:
        async with running(make_topology(ALIASES)) as world:
            await world.migrate()
            await publish_alias(world.alice, DISPATCH)
            assert (await publish_alias(world.alice, DISPATCH, active=False)).status == 200
            assert world.store("partner.server").activation(DISPATCH) is None

    in_memory(test())


@pytest.mark.parametrize(
    ("alias", "status", "reason"),
    [(CHIEF, 403, "alias-not-permitted"), ("sip:x@partner.example", 404, "alias-unknown")],
)
def test_refused(alias: str, status: int, reason: str) -> None:
    async def test() -> None:
        async with running(make_topology(ALIASES)) as world:
            await world.migrate()
            outcome = await publish_alias(world.alice, alias)
            assert (outcome.result, outcome.status) == ("refused", status)
            assert outcome.reason == reason
            assert world.store("partner.server").activation(alias) is None

    in_memory(test())


def test_who_is_not_here_activates_nothing() -> None:
    async def test() -> None:
        async with running(make_topology(ALIASES)) as world:
            await world.admit()
            world.alice.place = "partner"
            assert (await publish_alias(world.alice, DISPATCH)).reason == "caller-unknown"
            peer = await world.peer()
            sent = written("PUBLISH", "sip:server@partner.example", fields=["Event: presence"])
            assert (await peer.ask(sent, world.target("partner.server"))).status == 400

    in_memory(test())


def test_a_user_of_the_system_itself() -> None:
    """At home a user has the alias; away nobody answers to it."""

    async def test() -> None:
        alias = "sip:desk@primary.example"
        changes = {"systems": {"primary": {"functional_aliases": {alias: {"users": [ALICE]}}}}}
        async with running(make_topology(changes)) as world:
            await world.admit(world.alice, "primary")
            assert (await publish_alias(world.alice, alias)).result == "success"
            aliases = world.server("primary.server").aliases
            assert aliases.holder(alias) == ALICE
            await world.migrate()
            assert aliases.holder(alias) is None

    in_memory(test())
