"""Neighbours that a topology names by a URI: found, expected by their domain, named in the trace."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from mcsip.errors import NetworkError, UsageError
from mcsip.mc.info import Info
from mcsip.mc.messages import DEAUTHORIZATION
from mcsip.net.lookup import DnsConfig
from mcsip.net.network import ListenSpec
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.service import Service
from mcsip.sip.locate import Wanted
from mcsip.sip.transport_rules import Target
from mcsip.trace import Peer, Trace
from tests.net.nameserver import NameServer, name_server

from .world import ALICE, WAIT_S, BarePeer, make_topology, nodes

ZONE = """
_sip._tcp 60 IN SRV 10 0 5070 one
_sip._tcp 60 IN SRV 20 0 5071 two
_sips._tcp 60 IN SRV 10 0 5061 one
one 60 IN A 127.0.0.2
two 60 IN A 127.0.0.3
"""


def looked_up(server: NameServer, address: str, **more: Any) -> dict[str, Any]:
    """Return changes by which the partner's gateway is looked up."""
    host, port = server.address
    return {
        "dns": {"servers": [f"{host}:{port}"]},
        **nodes("partner", {"gateway": {"address": address, **more}}),
    }


def play(scenario: Callable[[Service, Trace], Awaitable[None]], address: str, **more: Any) -> None:
    """Serve the primary's gateway in a world in which the partner's is looked up."""

    async def run() -> None:
        async with name_server(ZONE) as server:
            topology = make_topology(looked_up(server, address, **more))
            trace = Trace()
            service = Service(
                topology, ["primary.gateway"], network=SocketNetwork(), secret="1", trace=trace
            )
            try:
                await service.start()
                await scenario(service, trace)
            finally:
                await service.stop()

    run_real(run())


def test_where_a_neighbour_is_says_dns() -> None:
    async def scenario(service: Service, trace: Trace) -> None:
        assert "partner.gateway" not in service.missing
        directory = service.env.directory
        first, second = Target("TCP", "127.0.0.2", 5070), Target("TCP", "127.0.0.3", 5071)
        assert directory.targets("partner.gateway") == [first, second]
        assert directory.target("partner.gateway") == first
        assert trace.node_at(Peer("127.0.0.3", 5071), "TCP") == "partner.gateway"

    play(scenario, "sip:p.example")


def test_its_certificate_names_its_system() -> None:
    """RFC 5922 7.3: not the host that DNS named."""

    async def run() -> None:
        async with name_server(ZONE) as server:
            topology = make_topology(looked_up(server, "sip:p.example;transport=tls"))
            service = Service(topology, (), network=SocketNetwork(), secret="1")
            try:
                await service.start()
                directory = service.env.directory
                assert directory.target("partner.gateway") == Target("TLS", "127.0.0.2", 5061)
                assert directory.domains["127.0.0.2", 5061] == "partner.example"
                directory.expect("partner.gateway", ())
                assert ("127.0.0.2", 5061) not in directory.domains
            finally:
                await service.stop()

    run_real(run())


def test_nobody_takes_the_address_of_another() -> None:
    """Who writes his own DNS records does not say what another's certificate has to name."""

    async def scenario(service: Service, trace: Trace) -> None:
        directory = service.env.directory
        at = Target("TLS", "127.0.0.9", 5061)
        directory.expect("partner.server", [at])
        directory.expect("partner.gateway", [at])
        directory.expect("primary.server", [at])
        assert directory.domains["127.0.0.9", 5061] == "partner.example"
        directory.expect("primary.server", ())
        assert directory.domains["127.0.0.9", 5061] == "partner.example"

    play(scenario, "sip:p.example")


def test_a_name_that_nobody_knows() -> None:
    async def scenario(service: Service, trace: Trace) -> None:
        with pytest.raises(NetworkError, match=r"DNS knows no server of sip:q\.p\.example"):
            service.env.directory.target("partner.gateway")

    play(scenario, "sip:q.p.example")


def test_a_node_of_ours_needs_an_address() -> None:
    async def run() -> None:
        async with name_server(ZONE) as server:
            topology = make_topology(looked_up(server, "sip:p.example"))
            service = Service(topology, ["partner.gateway"], network=SocketNetwork(), secret="1")
            try:
                with pytest.raises(UsageError, match="give it an address to listen at"):
                    await service.start()
            finally:
                await service.stop()

    run_real(run())


def test_a_topology_must_say_whom_to_ask() -> None:
    async def run() -> None:
        topology = make_topology()
        system = topology.systems["partner"]
        gateway = replace(topology.nodes["partner.gateway"], lookup=Wanted("p.example"))
        systems = {
            **topology.systems,
            "partner": replace(system, nodes={**system.nodes, gateway.name: gateway}),
        }
        without = replace(topology, systems=systems)
        with pytest.raises(UsageError, match="the topology has no 'dns'"):
            Service(without, ["primary.gateway"], network=SocketNetwork(), secret="1")
        asked = replace(without, dns=DnsConfig((("127.0.0.1", 9),)))
        Service(asked, ["primary.gateway"], network=SocketNetwork(), secret="1")

    run_real(run())


def test_a_server_sends_to_the_next_one() -> None:
    """RFC 3263 4.3, where no gateway searches: nobody listens at the first address."""

    async def run() -> None:
        async with name_server() as names:
            host, port = names.address
            changes = {
                "dns": {"servers": [f"{host}:{port}"]},
                "systems": {
                    "primary": {"nodes": {"gateway": None}},
                    "partner": {"nodes": {"gateway": None, "server": {"address": "sip:p.example"}}},
                },
            }
            peer = BarePeer()
            peer.attachment = await SocketNetwork().attach("peer", ListenSpec(), peer, None, None)
            alive = peer.address("TCP").port
            names.holds(
                f"_sip._tcp IN 60 SRV 1 0 9 one\n_sip._tcp IN 60 SRV 2 0 {alive} one\n"
                "one 60 IN A 127.0.0.1\n"
            )
            topology = make_topology(changes)
            service = Service(topology, ["primary.server"], network=SocketNetwork(), secret="1")
            try:
                await service.start()
                server = service.nodes["primary.server"]
                assert isinstance(server, McServer)
                said = Info(
                    topology.service,
                    DEAUTHORIZATION,
                    primary_id=ALICE,
                    partner_id="sip:v@partner.example",
                )
                answered = asyncio.Event()
                user = SimpleNamespace(on_response=lambda *_: answered.set())
                assert server.originate(said, "sip:v@partner.example", user) is None
                assert (await peer.request()).uri == "sip:server@partner.example"
                await asyncio.wait_for(answered.wait(), WAIT_S)
            finally:
                await service.stop()
                await peer.attachment.close()

    run_real(run())
