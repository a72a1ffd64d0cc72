"""The view of one MC system on the others."""

from mcsip.mc.roles import Role
from mcsip.migration.routing import Hop
from mcsip.nodes.routes import router_of, system_route

from .world import ALICE, make_topology


def test_a_system_is_seen_with_gateway_servers_and_assignments() -> None:
    users = {"alice": {"server": "server-2"}}
    topology = make_topology(
        {"systems": {"primary": {"nodes": {"server-2": {"role": "mc-server"}}, "users": users}}}
    )
    route = system_route(topology.systems["primary"])
    assert route.domain == "primary.example"
    assert route.servers == ("primary.server", "primary.server-2")
    assert route.gateway == "primary.gateway"
    assert route.assignments == {ALICE: "primary.server-2"}


def test_the_router_of_a_system_starts_from_it() -> None:
    router = router_of(make_topology(), "partner.example")
    hop = router.next_hop(ALICE, at=Role.MC_SERVER)
    assert hop == Hop("partner.example", Role.MC_GATEWAY, "partner.gateway")
