"""Short data at servers and gateways: TR 23.781 6.x.1, TS 23.280 10.6.3.3 step 11, 10.16.5."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from mcsip.mc.communication import ONE_TO_ONE_SDS, Communication, parse_communication
from mcsip.mc.services import MCDATA
from mcsip.mc.short_data import ShortData, Signalling, build_short_data, parse_short_data, readdress
from mcsip.migration.records import PartnerStatus
from mcsip.nodes.client_data import DataOutcome
from mcsip.sip.message import Response
from mcsip.topology import Topology

from .world import ALICE, BOB, World, in_memory, make_topology, message_of, running, written

REDIRECT = {"systems": {"primary": {"migrated_users": "redirect"}}}
NO_GATEWAYS = {
    "systems": {
        "primary": {"nodes": {"gateway": None}},
        "partner": {"nodes": {"gateway": None}},
    }
}


def topology(changes: Any = None) -> Topology:
    return make_topology(changes, service="mcdata")


async def ready(world: World) -> str:
    """Bob is at home, Alice has migrated; return her ID there."""
    await world.admit(world.bob, "primary")
    assert (await world.migrate()).result == "success"
    await world.settle()
    partner_id = world.partner().partner_id
    assert partner_id is not None
    return partner_id


def texts(world: World) -> list[tuple[str, str | None]]:
    return [(data.text, data.about.caller) for data in world.alice.data.received]


def between(world: World, target: str, sender: str, **options: Any) -> bytes:
    """Return short data as the server or gateway of another system would send it."""
    returned = options.pop("returned_by", ())
    caller = options.pop("caller", BOB)
    built = build_short_data(
        ShortData(
            Communication(MCDATA, ONE_TO_ONE_SDS, target), Signalling(0, b"c" * 16, b"m" * 16), "x"
        )
    )
    said = Communication(MCDATA, ONE_TO_ONE_SDS, target, caller, returned_by=returned)
    content_type, body = readdress(*built, said)
    psi = world.sim.env.directory.psi(sender)
    fields = [f"P-Asserted-Identity: <{psi}>"]
    return written(fields=fields, content_type=content_type, body=body, **options)


async def ask(world: World, node: str, data: bytes) -> Response:
    peer = await world.peer()
    return await peer.ask(data, world.target(node))


@pytest.mark.parametrize("changes", [{}, NO_GATEWAYS], ids=["gateways", "none"])
def test_forwarded(changes: Any) -> None:
    async def main() -> None:
        async with running(topology(changes)) as world:
            partner_id = await ready(world)
            assert await world.bob.data.send(ALICE, "hi") == DataOutcome("success", 200)
            assert texts(world) == [("hi", BOB)]
            told = world.requests("partner.server", "partner.core")[-1]
            data = parse_short_data(told.first("content-type") or "", told.body)
            assert data.about == Communication(MCDATA, ONE_TO_ONE_SDS, partner_id, BOB)

    in_memory(main())


def test_redirected_with_the_new_id_and_the_reason() -> None:
    """10.16.5; RFC 3261 21.3.3; TS 24.379 F.1: forwarding-reason migrated."""

    async def main() -> None:
        async with running(topology(REDIRECT)) as world:
            partner_id = await ready(world)
            outcome = await world.bob.data.send(ALICE, "hi")
            assert outcome == DataOutcome("success", 200, redirected=(partner_id,))
            assert texts(world) == [("hi", BOB)]
            answers = [message_of(entry) for entry in world.sent("primary.server", "primary.core")]
            moved = next(m for m in answers if isinstance(m, Response) and m.status == 302)
            assert moved.values("contact") == [f"<{partner_id}>"]
            said = parse_communication(moved.body, MCDATA)
            assert (said.forwarding_reason, said.target) == ("migrated", partner_id)

    in_memory(main())


def test_nothing_of_the_inside_is_seen_outside() -> None:
    """The gateways hide their systems for short data too, on the way there and back."""

    async def main() -> None:
        async with running(topology()) as world:
            partner_id = await ready(world)
            before = len(world.trace.entries)
            await world.bob.data.send(ALICE, "there")
            await world.alice.return_home()
            await world.settle()
            await world.bob.data.send(partner_id, "and back")
            assert [text for text, _ in texts(world)] == ["there", "and back"]
            crossing = [
                entry
                for entry in world.trace.entries[before:]
                if entry.node.endswith("gateway")
                and world.trace.node_at(entry.remote, entry.transport)
                in {"primary.gateway", "partner.gateway"}
            ]
            assert crossing
            for entry in crossing:
                for name in ("server", "core"):
                    assert f"{name}.primary.example".encode() not in entry.data
                    assert f"{name}.partner.example".encode() not in entry.data
                    assert world.sim.env.directory.psi(f"primary.{name}").encode() not in entry.data
                    assert world.sim.env.directory.psi(f"partner.{name}").encode() not in entry.data

    in_memory(main())


def test_sent_back_while_the_mapping_is_retained_then_refused() -> None:
    """10.6.3.3 step 11; 10.6.3.3.2.1 NOTE 2."""

    async def main() -> None:
        async with running(topology(), retention_s=100.0) as world:
            partner_id = await ready(world)
            await world.alice.return_home()
            await world.settle()
            assert world.partner().status == "retained"
            assert (await world.bob.data.send(partner_id, "back")).result == "success"
            assert texts(world) == [("back", BOB)]
            await asyncio.sleep(101.0)
            outcome = await world.bob.data.send(partner_id, "late")
            assert (outcome.status, outcome.reason) == (404, "target-unknown")
            assert texts(world) == [("back", BOB)]

    in_memory(main())


def test_a_system_that_sent_data_back_does_not_get_it_again() -> None:
    async def main() -> None:
        async with running(topology()) as world:
            partner_id = await ready(world)
            back = between(world, ALICE, "primary.gateway", returned_by=("partner.example",))
            answer = await ask(world, "primary.server", back)
            assert answer.status == 482
            await world.alice.return_home()
            await world.settle()
            again = between(world, partner_id, "partner.gateway", returned_by=("partner.example",))
            answer = await ask(world, "partner.server", again)
            assert answer.status == 482
            assert texts(world) == []

    in_memory(main())


def test_hops_are_counted_over_all_legs() -> None:
    """RFC 3261 16.3 item 3: 483."""

    async def main() -> None:
        async with running(topology()) as world:
            await ready(world)
            data = between(world, ALICE, "primary.gateway", max_forwards="0")
            assert (await ask(world, "primary.server", data)).status == 483
            data = between(world, ALICE, "primary.gateway", max_forwards="3")
            assert (await ask(world, "primary.server", data)).status == 483
            assert texts(world) == []
            data = between(world, ALICE, "primary.gateway", max_forwards="9")
            assert (await ask(world, "primary.server", data)).status == 200
            assert texts(world) == [("x", BOB)]

    in_memory(main())


def test_who_may_send() -> None:
    async def main() -> None:
        async with running(topology()) as world:
            outcome = await world.bob.data.send(ALICE, "not registered")
            assert (outcome.status, outcome.reason) == (404, "caller-unknown")
            await world.admit(world.alice)
            world.alice.place = "partner"
            outcome = await world.alice.data.send(BOB, "registered, not migrated")
            assert (outcome.status, outcome.reason) == (404, "caller-unknown")

    in_memory(main())


@pytest.mark.parametrize("node", ["partner.server", "partner.gateway"])
@pytest.mark.parametrize(
    ("agreement", "reason"),
    [({"interconnection": False}, "no-interconnection"), (None, "no-agreement")],
)
def test_from_a_system_without_interconnection(node: str, agreement: Any, reason: str) -> None:
    """TS 23.280 5.2.9.1."""
    agreements = [] if agreement is None else [{"between": ["primary", "partner"], **agreement}]

    async def main() -> None:
        async with running(topology({"agreements": agreements})) as world:
            data = between(world, "sip:v@partner.example", "primary.gateway")
            answer = await ask(world, node, data)
            assert answer.status == 403
            assert reason in (answer.values("warning") or [""])[-1]

    in_memory(main())


def test_a_gateway_believes_no_stranger() -> None:
    async def main() -> None:
        async with running(topology()) as world:
            data = between(world, "sip:v@partner.example", "primary.gateway")
            psi = world.sim.env.directory.psi("primary.gateway").encode()
            answer = await ask(world, "partner.gateway", data.replace(psi, b"sip:x@y.example"))
            assert answer.status == 403

    in_memory(main())


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"one-to-one-sds", b"group-sds", 403),
        (b"sip:bob@", b"tel:", 200),
        (b"sip:alice@", b"tel:", 400),
        (b"mcdata-calling-user-id", b"mcdata-other", 400),
        (b"mcdata-request-uri", b"mcdata-other", 400),
        (b"mcdata-signalling\r\n", b"mcdata-signalling;x\r\n", 200),
    ],
)
def test_bad_input(old: bytes, new: bytes, status: int) -> None:
    async def main() -> None:
        async with running(topology()) as world:
            await ready(world)
            data = between(world, ALICE, "primary.gateway")
            head, _, body = data.replace(b"c" * 16, b"C" * 16).partition(b"\r\n\r\n")
            changed = body.replace(old, new)
            size = f"Content-Length: {len(body)}".encode()
            head = head.replace(size, f"Content-Length: {len(changed)}".encode())
            answer = await ask(world, "primary.server", head + b"\r\n\r\n" + changed)
            assert answer.status == status

    in_memory(main())


def test_a_server_of_another_service_has_no_short_data() -> None:
    async def main() -> None:
        async with running(make_topology()) as world:
            data = between(world, ALICE, "primary.gateway")
            answer = await ask(world, "primary.server", data)
            assert answer.status == 403
            assert "no-short-data" in answer.values("warning")[-1]

    in_memory(main())


def test_while_a_stay_is_pending_the_former_one_counts() -> None:
    """Without a former one the user is not here yet: 480."""

    async def main() -> None:
        async with running(topology()) as world:
            partner_id = await ready(world)
            active = world.partner()
            until = world.sim.env.clock.wall() + 100.0
            pending = replace(active, status=PartnerStatus.PENDING, until=until, attempt="x")
            await world.store("partner.server").commit(pending)
            assert (await world.bob.data.send(partner_id, "early")).status == 480
            await world.store("partner.server").commit(replace(pending, former=active))
            assert (await world.bob.data.send(partner_id, "again")).status == 200
            assert texts(world) == [("again", BOB)]

    in_memory(main())


def test_nobody_answers() -> None:
    """The client's own timer ends the wait; nothing is delivered later."""

    async def main() -> None:
        async with running(topology()) as world:
            await ready(world)
            await world.sim.stop_node("partner.server")
            outcome = await world.bob.data.send(ALICE, "x")
            assert outcome.result == "failed"
            await world.sim.stop_node("primary.gateway")
            outcome = await world.bob.data.send(ALICE, "y")
            assert (outcome.result, outcome.status) == (
                "failed",
                500,
            )  # 503 at the core: RFC 3261 16.7

    in_memory(main())
