"""Who is believed about migration between systems (RFC 3325 5, TS 23.280 5.2.9.1)."""

from typing import Any

import pytest

from mcsip.mc.info import Info
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE, USER_AUTHORISATION, Side
from mcsip.mc.messages import MESSAGES as ROWS
from mcsip.sip.message import Response

from .world import ALICE, World, in_memory, make_topology, mc_message, nodes, running

VISITOR = "sip:visitor-x@partner.example"
THIRD: dict[str, Any] = {
    "systems": {
        "third": {"domain": "third.example", "nodes": {"server": {"role": "mc-server"}}},
    },
    "agreements": [
        {"between": ["primary", "partner"], "migration": "both_ways", "interconnection": True},
        {"between": ["primary", "third"], "migration": "both_ways", "interconnection": True},
        {"between": ["partner", "third"], "migration": "both_ways", "interconnection": True},
    ],
}
MESSAGES = (REQUEST, RESPONSE, DEAUTHORIZATION, USER_AUTHORISATION)


def said(world: World, message: str) -> Info:
    """Return a message between systems, as sound as it can be."""
    return Info(
        world.sim.env.service,
        message,
        primary_id=ALICE,
        partner_id=VISITOR,
        profile_index=2 if message == REQUEST else None,
        success=True if message == RESPONSE else None,
    )


def receiver(message: str) -> str:
    """Return the system that a message goes to."""
    return "primary" if ROWS[message].towards is Side.PRIMARY else "partner"


async def ask(world: World, message: str, role: str, sender: str) -> Response:
    node = f"{receiver(message)}.{role}"
    uri = world.sim.env.directory.psi(node)
    data = mc_message(said(world, message), uri, sender=sender)
    peer = await world.peer()
    return await peer.ask(data, world.target(node))


@pytest.mark.parametrize("role", ["server", "gateway"])
@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize(
    ("sender", "said_of_it"),
    [
        ("", "nobody asserts who sends"),
        ("sip:server@third.example", "third.example is not"),
        ("sip:server@{receiver}.example", "{receiver}.example is not"),
        (ALICE, "no server that we know"),
        ("sip:core@partner.example", "no server that we know"),
        ("sip:server@nowhere.example", "no server that we know"),
    ],
    ids=["nobody", "third system", "own system", "a user", "a SIP core", "unknown"],
)
def test_who_is_not_believed(message: str, role: str, sender: str, said_of_it: str) -> None:
    """RFC 3325 5: what a message claims is held against who asserts that it sends; else 403."""

    async def test() -> None:
        async with running(make_topology(THIRD)) as world:
            system = receiver(message)
            response = await ask(world, message, role, sender.format(receiver=system))
            assert response.status == 403
            (warning,) = response.values("warning")
            assert "wrong-origin: " in warning
            assert said_of_it.format(receiver=system) in warning
            assert world.primary().status == "home"
            assert world.partner().status == "absent"
            assert not world.requests(f"{system}.{role}")

    in_memory(test())


@pytest.mark.parametrize("role", ["server", "gateway"])
@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("node", ["server", "gateway"])
def test_who_is_believed(message: str, role: str, node: str) -> None:
    """A server of the system that it comes from, or the gateway that hides it."""

    async def test() -> None:
        async with running(make_topology(THIRD)) as world:
            other = {"primary": "partner", "partner": "primary"}[receiver(message)]
            response = await ask(world, message, role, f"sip:{node}@{other}.example")
            assert response.status == (481 if message == RESPONSE else 200)

    in_memory(test())


def test_an_identity_of_its_own_choice() -> None:
    """A foreign server asserts the identity that the topology gives it."""

    async def test() -> None:
        changes = nodes("partner", {"server": {"psi": "sip:mc.one@partner.example"}})
        async with running(make_topology(changes)) as world:
            for sender, status in (
                ("sip:mc.one@partner.example", 200),
                ("sip:server@partner.example", 403),
            ):
                assert (await ask(world, REQUEST, "server", sender)).status == status

    in_memory(test())


def test_an_outsider_cannot_send_through_a_gateway_in_the_name_of_its_system() -> None:
    """Outward, too, the message is held against who asserts that it sends."""

    async def test() -> None:
        async with running(make_topology(THIRD)) as world:
            data = mc_message(
                said(world, DEAUTHORIZATION),
                "sip:gateway@primary.example",
                sender="sip:server@third.example",
            )
            peer = await world.peer()
            response = await peer.ask(data, world.target("primary.gateway"))
            assert response.status == 403
            assert not world.requests("primary.gateway")

    in_memory(test())


def test_an_identity_that_cannot_be_read() -> None:
    """RFC 3325 9.1: malformed is 400."""

    async def test() -> None:
        async with running(make_topology()) as world:
            for role in ("server", "gateway"):
                assert (await ask(world, REQUEST, role, "sip:a b")).status == 400

    in_memory(test())
