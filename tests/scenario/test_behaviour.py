"""What messages show of records, against the records that the servers really held."""

from collections.abc import Awaitable, Callable

import pytest

from mcsip.exchanges import find_exchanges
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE
from mcsip.net.virtual import run_virtual
from mcsip.scenario.behaviour import Shown, shown_record
from tests.nodes.world import ALICE, World, make_topology, running
from tests.tracing import Writer

Acts = Callable[[World], Awaitable[None]]
SERVERS = {"primary.server": True, "partner.server": False}


async def nothing(_world: World) -> None:
    """Nobody asks for anything."""


async def migrate(world: World) -> None:
    assert (await world.migrate()).result == "success"


async def refused(world: World) -> None:
    assert (await world.migrate(profile=1)).result == "refused"


async def bad_token(world: World) -> None:
    assert (await world.migrate(token="expired")).result == "refused"


async def twice(world: World) -> None:
    await migrate(world)
    assert (await world.alice.migrate("partner", 2)).result == "success"


async def there_and_back(world: World) -> None:
    await migrate(world)
    assert (await world.alice.return_home()).result == "success"


async def refused_after_a_visit(world: World) -> None:
    await there_and_back(world)
    assert (await world.migrate(profile=1)).result == "refused"


async def unanswered(world: World) -> None:
    await world.sim.stop_node("primary.gateway")
    assert (await world.migrate()).result == "failed"


def shown_by(world: World, node: str) -> Shown:
    found = shown_record(find_exchanges(world.trace), node, ALICE, primary=SERVERS[node])
    return found or Shown()


@pytest.mark.parametrize("node", SERVERS)
@pytest.mark.parametrize(
    "acts",
    [nothing, migrate, refused, bad_token, twice, there_and_back, unanswered],
)
def test_what_is_shown_is_so(acts: Acts, node: str) -> None:
    """TS 23.280 10.6.3.3 steps 7 and 11, 10.6.3.3.2.1."""

    async def main() -> None:
        async with running(make_topology()) as world:
            await acts(world)
            await world.settle()
            record, shown = world.sim.record(node, ALICE), shown_by(world, node)
            for key, value in shown.fields.items():
                real = getattr(record, key)
                assert value == (real if isinstance(real, int) or real is None else str(real)), key
            shows_nothing = acts is nothing or (
                node == "primary.server" and acts in {bad_token, unanswered}
            )
            assert bool(shown.fields) is not shows_nothing

    run_virtual(main())


def test_a_refusal_ends_no_retention() -> None:
    async def main() -> None:
        async with running(make_topology()) as world:
            await refused_after_a_visit(world)
            await world.settle()
            assert shown_by(world, "primary.server").fields == {"status": "home"}

    run_virtual(main())


def test_somebody_elses_messages_show_nothing() -> None:
    writer = Writer()
    writer.hop("away.server", "away.gateway", REQUEST)
    exchanges = find_exchanges(writer.trace)
    other = "sip:b@home.example"
    assert shown_record(exchanges, "away.server", other, primary=False) is None
    assert shown_record(exchanges, "third.server", "sip:a@home.example", primary=False) is None


def test_a_message_that_was_not_taken_shows_nothing_of_its_receiver() -> None:
    writer = Writer()
    writer.hop("away.gateway", "away.server", RESPONSE, status=503)
    user = "sip:a@home.example"
    exchanges = find_exchanges(writer.trace)
    assert shown_record(exchanges, "away.server", user, primary=False) is None


def test_the_evidence_is_named() -> None:
    writer = Writer()
    writer.hop("home.server", "home.gateway", RESPONSE)
    user = "sip:a@home.example"
    shown = shown_record(find_exchanges(writer.trace), "home.server", user, primary=True)
    assert shown is not None
    assert shown.fields == {
        "status": "migrated", "partner": "away.example", "profile": 2,
        "partner_id": "sip:v@away.example",
    }  # fmt: skip
    assert shown.evidence == f"home.server → home.gateway: {RESPONSE} success, answered 200"


def test_a_deauthorization_shows_that_the_user_is_home() -> None:
    writer = Writer()
    writer.hop("home.server", "home.gateway", RESPONSE, call="one")
    writer.hop("home.server", "home.gateway", DEAUTHORIZATION, call="two")
    user = "sip:a@home.example"
    shown = shown_record(find_exchanges(writer.trace), "home.server", user, primary=True)
    assert shown is not None
    assert shown.fields == {"status": "home"}
