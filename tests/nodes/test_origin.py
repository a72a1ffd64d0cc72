"""Who is believed about migration between systems (RFC 3325 5, TS 23.280 5.2.9.1)."""

import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mcsip.mc.info import Info
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE, USER_AUTHORISATION, Side
from mcsip.mc.messages import MESSAGES as ROWS
from mcsip.net.certificates import ThrowawayAuthority
from mcsip.net.network import ListenSpec
from mcsip.net.sockets import SocketNetwork
from mcsip.net.tls import TlsConfig
from mcsip.net.virtual import run_real
from mcsip.sip.message import Response

from .world import (
    ALICE,
    BarePeer,
    World,
    in_memory,
    make_topology,
    mc_message,
    nodes,
    running,
    written,
)

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


# --- what certificates prove (RFC 5922 7.3)


class Systems:
    """Three systems that speak TLS with each other, each with a certificate of its own.

    Args:
        folder: where the certificates go.
        inside: what the nodes of a system speak with each other.
    """

    def __init__(self, folder: Path, inside: str = "tls") -> None:
        authority = ThrowawayAuthority(folder, time.time())
        names = ("primary", "partner", "third")
        issued = {name: authority.issue(name, domains=[f"{name}.example"]) for name in names}
        self.certificates = {name: replace(config, verify=False) for name, config in issued.items()}
        clients = authority.issue("clients", domains=["clients.example"], addresses=["127.0.0.1"])

        def entry(config: TlsConfig, *, mutual: bool) -> dict[str, Any]:
            return {
                "certificate": str(config.certificate),
                "key": str(config.key),
                "ca": str(config.authorities),
                "mutual": mutual,
            }

        def tls(system: str, node: str) -> dict[str, Any]:
            transport = "tls" if node == "gateway" or system == "third" else inside
            mutual = node != "core"
            return {"transport": transport, "tls": entry(issued[system], mutual=mutual)}

        own = {node: tls("primary", node) for node in ("core", "server", "gateway")}
        there = {node: tls("partner", node) for node in ("core", "server", "gateway")}
        third = {"nodes": {"server": {"role": "mc-server", **tls("third", "server")}}}
        client = {"tls": entry(clients, mutual=False)}
        self.topology = make_topology(
            {
                **THIRD,
                "transport": inside,
                "systems": {
                    "primary": {"nodes": own},
                    "partner": {"nodes": there},
                    "third": {"domain": "third.example", **third},
                },
                "clients": {"alice-ue": client, "bob-ue": client},
            }
        )


def over_sockets(
    systems: Systems, test: Callable[[World], Coroutine[object, object, None]]
) -> None:
    async def run() -> None:
        async with running(systems.topology, network=SocketNetwork()) as world:
            await test(world)

    run_real(run())


async def peer_of(world: World, systems: Systems, system: str) -> BarePeer:
    """Return a peer that holds the certificate of a system."""
    peer = BarePeer()
    listen = ListenSpec(transports=frozenset({"TLS", "TCP"}))
    config = systems.certificates[system]
    peer.attachment = await world.network.attach("peer", listen, peer, None, config)
    world.peers.append(peer)
    return peer


@pytest.mark.parametrize("inside", ["tls", "tcp"])
def test_systems_with_certificates_come_to_terms(tmp_path: Path, inside: str) -> None:
    async def test(world: World) -> None:
        assert (await world.migrate()).result == "success"
        assert (await world.alice.return_home()).result == "success"

    over_sockets(Systems(tmp_path, inside), test)


@pytest.mark.parametrize("role", ["server", "gateway"])
@pytest.mark.parametrize("message", MESSAGES)
def test_a_system_cannot_speak_for_another(tmp_path: Path, message: str, role: str) -> None:
    """It is in the trust domain, asserts what would be believed, and its certificate says no."""
    systems = Systems(tmp_path)

    async def test(world: World) -> None:
        other = {"primary": "partner", "partner": "primary"}[receiver(message)]
        node = f"{receiver(message)}.{role}"
        peer = await peer_of(world, systems, "third")
        for asserted in (other, receiver(message)):
            sender = f"sip:gateway@{asserted}.example"
            data = mc_message(
                said(world, message), world.sim.env.directory.psi(node), sender=sender
            )
            response = await peer.ask(data, world.target(node, "TLS"))
            assert response.status == 403
            (warning,) = response.values("warning")
            assert "wrong-certificate: " in warning
            assert f"{sender} from third.example" in warning
        assert world.primary().status == "home"
        assert world.partner().status == "absent"
        assert not world.requests(node)

    over_sockets(systems, test)


def test_a_system_speaks_for_itself(tmp_path: Path) -> None:
    """What its certificate names is what it asserts; the gateway sends the message on."""
    systems = Systems(tmp_path)

    async def test(world: World) -> None:
        peer = await peer_of(world, systems, "partner")
        uri = world.sim.env.directory.psi("primary.gateway")
        data = mc_message(said(world, REQUEST), uri, sender="sip:gateway@partner.example")
        response = await peer.ask(data, world.target("primary.gateway", "TLS"))
        assert response.status == 200
        assert world.requests("primary.gateway", "primary.server")

    over_sockets(systems, test)


@pytest.mark.parametrize("role", ["server", "gateway"])
@pytest.mark.parametrize("method", ["INVITE", "MESSAGE"])
def test_calls_and_data_too(tmp_path: Path, role: str, method: str) -> None:
    """Whatever a request is about, it is refused before its body is read."""
    systems = Systems(tmp_path)

    async def test(world: World) -> None:
        peer = await peer_of(world, systems, "third")
        node = f"partner.{role}"
        asserted = "P-Asserted-Identity: <sip:gateway@primary.example>"
        data = written(method, world.sim.env.directory.psi(node), fields=(asserted,))
        response = await peer.ask(data, world.target(node, "TLS"))
        assert response.status == 403
        assert "wrong-certificate: " in response.values("warning")[0]

    over_sockets(systems, test)


def test_plain_text_proves_nothing_at_the_border(tmp_path: Path) -> None:
    """Where gateways speak TLS and the nodes inside TCP, nobody gets round the certificate."""
    systems = Systems(tmp_path, inside="tcp")

    async def test(world: World) -> None:
        peer = await peer_of(world, systems, "third")
        data = mc_message(
            said(world, REQUEST),
            "sip:gateway@primary.example",
            sender="sip:gateway@partner.example",
        )
        response = await peer.ask(data, world.target("primary.gateway", "TCP"))
        assert response.status == 403
        assert "gateway@partner.example from nobody" in response.values("warning")[0]

    over_sockets(systems, test)
