"""The MC gateway server: routing by MC service ID, refusals, directions (TS 23.280 10.6.3.3)."""

from typing import Any

import pytest

from mcsip.mc.info import Info
from mcsip.mc.messages import DEAUTHORIZATION
from mcsip.mc.multipart import Part, build_multipart
from mcsip.sip.message import Response

from .world import (
    ALICE,
    INFO,
    World,
    in_memory,
    make_topology,
    mc_message,
    request_info,
    response_info,
    running,
    written,
)

VISITOR = "sip:visitor-x@partner.example"
GATEWAY = "sip:gateway@partner.example"


async def at_gateway(world: World, data: bytes, node: str = "partner.gateway") -> Response:
    peer = await world.peer(f"peer of {node}")
    return await peer.ask(data, world.target(node))


def one(data: Any, changes: dict[str, Any] | None = None) -> tuple[Response, World]:
    """Send one message to the partner's gateway; return its answer and the world afterwards."""
    kept: list[tuple[Response, World]] = []

    async def test() -> None:
        async with running(make_topology(changes)) as world:
            octets = data(world) if callable(data) else data
            kept.append((await at_gateway(world, octets), world))

    in_memory(test())
    return kept[0]


def test_outward_it_goes_to_the_gateway_of_the_system_of_the_id() -> None:
    """Step 4: the domain of the primary ID; the Request-URI becomes the other gateway's."""
    response, world = one(lambda w: mc_message(request_info(w, partner_id=VISITOR), GATEWAY))
    assert response.status == 200
    (sent,) = world.requests("partner.gateway", "primary.gateway")
    assert sent.uri == "sip:gateway@primary.example"
    assert len(sent.vias) == 1  # those below are taken off
    assert sent.max_forwards == 69


def test_inward_it_goes_to_the_server_that_serves_the_id() -> None:
    """Step 5: inside, the Request-URI is the identity of the serving MC service server."""

    async def test() -> None:
        async with running(make_topology()) as world:
            data = mc_message(
                request_info(world, partner_id=VISITOR), "sip:gateway@primary.example"
            )
            assert (await at_gateway(world, data, "primary.gateway")).status == 200
            (sent,) = world.requests("primary.gateway", "primary.server")
            assert sent.uri == "sip:server@primary.example"
            assert len(sent.vias) == 2

    in_memory(test())


def test_a_response_follows_the_partner_id() -> None:
    """Steps 9 and 10: towards the partner the ID that it issued decides."""
    response, world = one(lambda w: mc_message(response_info(w, partner_id=VISITOR), GATEWAY))
    assert response.status == 481  # nobody waits for it
    assert world.requests("partner.gateway", "partner.server")


def test_a_multipart_body_is_routed_by_its_info_part() -> None:
    def data(world: World) -> bytes:
        sound = mc_message(request_info(world, partner_id=VISITOR), GATEWAY)
        part = Part(INFO, sound.partition(b"\r\n\r\n")[2])
        content_type, octets = build_multipart([Part("text/plain", b"hello"), part], "limit")
        asserted = ["P-Asserted-Identity: <sip:server@partner.example>"]
        return written(uri=GATEWAY, content_type=content_type, body=octets, fields=asserted)

    response, world = one(data)
    assert response.status == 200
    assert world.requests("partner.gateway", "primary.gateway")


def test_an_unknown_system_is_404() -> None:
    """10.6.3.3 step 4: no system has this domain."""
    stranger = "sip:alice@nowhere.example"
    response, world = one(
        lambda w: mc_message(request_info(w, partner_id=VISITOR, primary_id=stranger), GATEWAY)
    )
    assert response.status == 404
    assert any("unknown-system" in value for value in response.values("warning"))
    assert not world.requests("partner.gateway")


@pytest.mark.parametrize(
    ("agreements", "key"),
    [
        ([], "no-agreement"),
        ([{"between": ["primary", "partner"], "migration": "both_ways", "interconnection": False}],
         "no-interconnection"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("inward", [True, False], ids=["inward", "outward"])
def test_without_agreement_it_is_403_with_warning_179(
    agreements: list[Any], key: str, inward: bool
) -> None:
    """TS 23.280 5.2.9.1; TS 24.379 4.4, warning 179; the agent is the system, not a host."""

    def data(world: World) -> bytes:
        info = (
            response_info(world, partner_id=VISITOR)
            if inward
            else request_info(world, partner_id=VISITOR)
        )
        return mc_message(info, GATEWAY)

    response, world = one(data, {"agreements": agreements})
    assert response.status == 403
    warnings = response.values("warning")
    assert warnings[0].startswith('399 partner.example "179 ')
    assert any(key in value for value in warnings)
    assert not world.requests("partner.gateway")
    assert any("refused" in note.text for note in world.trace.notes)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (written(uri=GATEWAY, content_type="text/plain", body=b"hello"), 404),
        (written(uri=GATEWAY), 404),
        (written(uri=GATEWAY, content_type=INFO, body=b"no xml"), 400),
        (written(uri=GATEWAY, content_type=INFO, body=b"<a/>"), 400),
        (written(uri=GATEWAY, content_type="multipart/mixed", body=b"a"), 400),
        (written("OPTIONS", GATEWAY), 404),
        (written(uri=GATEWAY, max_forwards="0"), 483),
        (written(uri=GATEWAY, fields=["Proxy-Require: magic"]), 420),
    ],
    ids=["foreign body", "no body", "no XML", "other XML", "multipart", "OPTIONS", "483", "420"],
)
def test_what_cannot_be_routed_is_refused(data: bytes, status: int) -> None:
    """RFC 3261 16.3, 21.4: the status that fits."""
    response, world = one(data)
    assert response.status == status
    assert not world.requests("partner.gateway")


@pytest.mark.parametrize("id_", ["primary_id", "partner_id"])
def test_a_body_without_the_id_to_route_by_is_400(id_: str) -> None:
    def data(world: World) -> bytes:
        name = "request" if id_ == "primary_id" else "response"
        make = request_info if name == "request" else response_info
        values: dict[str, Any] = {"partner_id": VISITOR, "primary_id": ALICE, id_: None}
        return mc_message(make(world, **values), GATEWAY)

    assert one(data)[0].status == 400


@pytest.mark.parametrize("text", ["tel:+123", "sip:", "alice", "sip:alice@"])
def test_an_id_that_is_none_is_400(text: str) -> None:
    response, _ = one(
        lambda w: mc_message(request_info(w, partner_id=VISITOR, primary_id=text), GATEWAY)
    )
    assert response.status == 400


def test_a_notification_goes_towards_the_partner() -> None:
    """10.6.3.3.2.1 step 3, from the primary's side outward."""

    async def test() -> None:
        async with running(make_topology()) as world:
            service = world.sim.env.service
            info = Info(service, DEAUTHORIZATION, primary_id=ALICE, partner_id=VISITOR)
            data = mc_message(info, "sip:gateway@primary.example")
            assert (await at_gateway(world, data, "primary.gateway")).status == 200
            assert world.requests("primary.gateway", "partner.gateway")

    in_memory(test())


def test_a_server_that_is_down_is_500() -> None:
    """RFC 3261 16.9 and 16.7 item 6: 503 is not passed on."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.sim.stop_node("primary.gateway")
            data = mc_message(request_info(world, partner_id=VISITOR), GATEWAY)
            assert (await at_gateway(world, data)).status == 500

    in_memory(test())


def test_without_a_gateway_over_there_its_server_is_the_next_hop() -> None:
    """NOTE 3 of 10.6.3.3."""
    changes = {"systems": {"primary": {"nodes": {"gateway": None}}}}
    _, world = one(lambda w: mc_message(request_info(w, partner_id=VISITOR), GATEWAY), changes)
    (sent,) = world.requests("partner.gateway", "primary.server")
    assert sent.uri == "sip:server@primary.example"
