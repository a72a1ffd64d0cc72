"""The SIP core: registrar, routing by public service identity and by binding, asserted identity."""

import pytest

from mcsip.mc.services import MCPTT, MCVIDEO
from mcsip.sip.message import Request, Response

from .world import ALICE, BarePeer, World, in_memory, make_topology, running, written

VISITOR = "sip:somebody@partner.example"
SERVER = "sip:server@partner.example"


async def registered(world: World, identity: str = VISITOR, transport: str = "TCP") -> BarePeer:
    """Return a peer that is registered with the partner's core."""
    peer = await world.peer()
    at = peer.address(transport)
    contact = f"<sip:{at.host}:{at.port};transport={transport.lower()}>"
    response = await peer.ask(
        written(
            "REGISTER", "sip:partner.example", from_=f"<{identity}>;tag=r", to=f"<{identity}>",
            call_id="registering", fields=[f"Contact: {contact}"],
            via=f"SIP/2.0/{transport} {at.host}:{at.port};branch=z9hG4bKregister",
        ),
        world.target("partner.core", transport),
    )  # fmt: skip
    assert response.status == 200
    return peer


async def ask(world: World, peer: BarePeer, data: bytes, transport: str = "TCP") -> Response:
    return await peer.ask(data, world.target("partner.core", transport))


def at_server(world: World) -> Request:
    """Return what the core sent to the server last."""
    return world.requests("partner.core", "partner.server", "OPTIONS")[-1]


def test_a_public_service_identity_leads_to_its_node() -> None:
    """RFC 3261 16.5: the target of a PSI is the node that serves it; the Request-URI stays."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            response = await ask(world, peer, written("OPTIONS", SERVER))
            assert response.status == 200
            sent = at_server(world)
            assert sent.uri == SERVER
            assert sent.max_forwards == 69
            assert len(sent.vias) == 2

    in_memory(test())


@pytest.mark.parametrize("transport", ["TCP", "UDP"])
def test_a_user_is_reached_at_the_contact(transport: str) -> None:
    """RFC 3261 16.5, 16.6 item 2: the Request-URI becomes the contact of the binding."""

    async def test() -> None:
        async with running(make_topology()) as world:
            user = await registered(world, transport=transport)
            other = await world.peer("other")
            assert (await ask(world, other, written("OPTIONS", VISITOR))).status == 200
            got = await user.request()
            at = user.address(transport)
            assert got.uri == f"sip:{at.host}:{at.port};transport={transport.lower()}"

    in_memory(test())


@pytest.mark.parametrize(
    "uri",
    [
        "sip:nobody@partner.example",
        "sip:server@primary.example",
        ALICE,
        "sip:partner.example",
        "sip:server@elsewhere.example",
        "tel:+123",
    ],
)
def test_nobody_is_404(uri: str) -> None:
    """RFC 3261 16.5, 21.4.5: no binding, or not our domain; foreign PSIs are not ours to reach."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            assert (await ask(world, peer, written("OPTIONS", uri))).status == 404

    in_memory(test())


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (written("OPTIONS", "http://a.example/", to="<sip:a@a.example>"), 416),
        (written("MESSAGE", SERVER, max_forwards="0"), 483),
        (written("OPTIONS", SERVER, fields=["Proxy-Require: magic"]), 420),
    ],
    ids=["16.3 item 2", "16.3 item 3", "16.3 item 5"],
)
def test_requests_are_validated(data: bytes, status: int) -> None:
    """RFC 3261 16.3."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            response = await ask(world, peer, data)
            assert response.status == status
            if status == 420:
                assert response.items("unsupported") == ["magic"]

    in_memory(test())


def test_a_registered_identity_is_asserted() -> None:
    """RFC 3325 5: the identity that the sender registered with, in place of what it preferred."""

    async def test() -> None:
        async with running(make_topology()) as world:
            user = await registered(world)
            preferred = f"P-Preferred-Identity: <{VISITOR}>"
            data = written("OPTIONS", SERVER, from_=f"<{VISITOR}>;tag=a", fields=[preferred])
            await ask(world, user, data)
            sent = at_server(world)
            assert sent.values("p-asserted-identity") == [f"<{VISITOR}>"]
            assert sent.values("p-preferred-identity") == []

    in_memory(test())


@pytest.mark.parametrize("transport", ["TCP", "UDP"])
def test_nothing_is_asserted_for_a_stranger(transport: str) -> None:
    """An identity that somebody else registered is not asserted for who sends from elsewhere."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await registered(world, transport=transport)
            thief = await world.peer("thief")
            data = written("OPTIONS", SERVER, from_=f"<{VISITOR}>;tag=a")
            assert (await ask(world, thief, data, transport)).status == 200
            assert at_server(world).values("p-asserted-identity") == []

    in_memory(test())


@pytest.mark.parametrize("known", [True, False], ids=["registered", "unknown"])
def test_what_a_client_asserts_is_removed(known: bool) -> None:
    """RFC 3325 5: a P-Asserted-Identity from outside the trust domain is not believed."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await (registered(world) if known else world.peer())
            spoofed = [f"P-Asserted-Identity: <{ALICE}>", f"P-Asserted-Identity: <{SERVER}>"]
            data = written("OPTIONS", SERVER, from_=f"<{VISITOR}>;tag=a", fields=spoofed)
            await ask(world, peer, data)
            asserted = at_server(world).values("p-asserted-identity")
            assert asserted == ([f"<{VISITOR}>"] if known else [])

    in_memory(test())


@pytest.mark.parametrize(
    ("field", "asserted"),
    [
        (f"P-Preferred-Service: {MCPTT.icsi}", [MCPTT.icsi]),
        (f"P-Preferred-Service: {MCVIDEO.icsi}", []),
        (f"P-Asserted-Service: {MCPTT.icsi}", []),
    ],
    ids=["ours", "not ours", "asserted by the client"],
)
@pytest.mark.parametrize("known", [True, False], ids=["registered", "unknown"])
def test_the_preferred_service_of_a_user_is_asserted(
    field: str, asserted: list[str], known: bool
) -> None:
    """RFC 6050 5.1.2: from a registered user, and only the service of this system."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await (registered(world) if known else world.peer())
            data = written("OPTIONS", SERVER, from_=f"<{VISITOR}>;tag=a", fields=[field])
            await ask(world, peer, data)
            sent = at_server(world)
            assert sent.values("p-preferred-service") == []
            assert sent.values("p-asserted-service") == (asserted if known else [])

    in_memory(test())


def test_a_stranger_s_preference_goes_no_further() -> None:
    """RFC 3325 6: whoever is not registered may prefer what he likes: nothing of it goes on."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            preferred = f"P-Preferred-Identity: <{ALICE}>"
            await ask(world, peer, written("OPTIONS", SERVER, fields=[preferred]))
            assert at_server(world).values("p-preferred-identity") == []

    in_memory(test())


def test_the_assertion_of_our_own_server_stays() -> None:
    """Between nodes of the system the asserted identity goes on to the client (step 12)."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.migrate()
            (told,) = world.requests("partner.core", "alice-ue")
            assert told.values("p-asserted-identity") == [f"<{SERVER}>"]
            asked = world.requests("partner.core", "partner.server")[0]
            identity = world.partner().partner_id
            assert asked.values("p-asserted-identity") == [f"<{identity}>"]

    in_memory(test())


def test_a_register_that_is_bad_is_refused() -> None:
    """RFC 3261 10.3 items 2 and 6: Require, and a Contact that cannot be read."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            to = f"<{VISITOR}>"
            for number, (fields, status) in enumerate(
                [(["Require: magic"], 420), (["Contact: <<>"], 400)]
            ):
                data = written(
                    "REGISTER", "sip:partner.example", to=to, fields=fields,
                    via=f"SIP/2.0/TCP 192.0.2.9;branch=z9hG4bK{number}",
                )  # fmt: skip
                assert (await ask(world, peer, data)).status == status

    in_memory(test())


def test_a_client_that_is_gone_is_no_longer_reached() -> None:
    """RFC 3261 16.9: a contact that cannot be connected to is as if it had answered 503."""

    async def test() -> None:
        async with running(make_topology()) as world:
            user = await registered(world)
            await user.attachment.close()
            other = await world.peer("other")
            response = await ask(world, other, written("OPTIONS", VISITOR))
            assert response.status == 500  # 16.7 item 6: a 503 is not passed on
            world.peers.remove(user)

    in_memory(test())


def test_what_a_server_tells_a_client_goes_first_under_load() -> None:
    """It ends what the client asked for; a client's own request does not."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.migrate()
            core = world.sim.nodes["partner.core"]
            (told,) = world.requests("partner.core", "alice-ue")
            (asked,) = world.requests("partner.core", "partner.server")
            assert core.favours(told.octets())
            assert not core.favours(asked.octets())

    in_memory(test())
