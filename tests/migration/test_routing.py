"""Next hops with gateways on both sides, on one, on none (TS 23.280 10.6.3.3 steps 3 to 5, NOTE 3)."""

import pytest

from mcsip.errors import UsageError
from mcsip.mc.roles import Role
from mcsip.migration.decision import Decision, Reason
from mcsip.migration.policy import Agreement, Agreements
from mcsip.migration.routing import Router, SystemRoute, serving_server

P, B = "primary.example", "b.example"
ALICE = "sip:alice@primary.example"
SERVERS = ("s1", "s2", "s3")


def router(own: str, *, p_gateway: bool, b_gateway: bool, agreements: Agreements) -> Router:
    systems = [
        SystemRoute(P, ("primary.server",), "primary.gateway" if p_gateway else None),
        SystemRoute(B, ("b.server",), "b.gateway" if b_gateway else None),
    ]
    return Router(own, systems, agreements)


AGREED = Agreements([Agreement(P, B)])


@pytest.mark.parametrize(
    ("p_gateway", "b_gateway", "expected"),
    [
        (True, True, ["b.gateway", "primary.gateway", "primary.server"]),
        (True, False, ["primary.gateway", "primary.server"]),
        (False, True, ["b.gateway", "primary.server"]),
        (False, False, ["primary.server"]),
    ],
    ids=["both", "primary", "partner", "none"],
)
def test_way_to_the_primary(p_gateway: bool, b_gateway: bool, expected: list[str]) -> None:
    """From the partner's server to the primary's: steps 3 to 5, NOTE 3."""
    at, domain, way = Role.MC_SERVER, B, []
    while True:
        here = router(domain, p_gateway=p_gateway, b_gateway=b_gateway, agreements=AGREED)
        hop = here.next_hop(ALICE, at=at)
        assert not isinstance(hop, Decision)
        way.append(hop.node)
        if hop.role is Role.MC_SERVER:
            break
        at, domain = hop.role, hop.domain
    assert way == expected


@pytest.mark.parametrize(
    ("mc_id", "agreements", "reason"),
    [
        ("sip:x@nowhere.example", AGREED, Reason.UNKNOWN_SYSTEM),
        (ALICE, Agreements(), Reason.NO_AGREEMENT),
        (ALICE, Agreements([Agreement(P, B, interconnection=False)]), Reason.NO_INTERCONNECTION),
    ],
)
def test_refusals(mc_id: str, agreements: Agreements, reason: Reason) -> None:
    """404 for an unknown system, 403 with warning 179 without agreement; by the gateway if any."""
    with_gateway = router(B, p_gateway=True, b_gateway=True, agreements=agreements)
    first = with_gateway.next_hop(mc_id, at=Role.MC_SERVER)
    assert not isinstance(first, Decision)
    refused = with_gateway.next_hop(mc_id, at=Role.MC_GATEWAY)
    assert isinstance(refused, Decision)
    assert refused.reason is reason
    without = router(B, p_gateway=True, b_gateway=False, agreements=agreements)
    assert without.next_hop(mc_id, at=Role.MC_SERVER) == refused


def test_own_system_must_exist() -> None:
    with pytest.raises(UsageError):
        Router("c.example", [SystemRoute(P, ("s",))], AGREED)


def test_assignment_wins() -> None:
    assert serving_server(ALICE, SERVERS, {ALICE: "s3"}) == "s3"
    assert serving_server(ALICE, ("only",), {}) == "only"
    with pytest.raises(UsageError):
        serving_server(ALICE, (), {})


def test_users_spread_and_stay() -> None:
    """A server that goes moves only its own users; the order of the list does not matter."""
    users = [f"sip:user{n}@primary.example" for n in range(600)]
    before = {user: serving_server(user, SERVERS, {}) for user in users}
    for server in SERVERS:
        assert 140 < sum(1 for s in before.values() if s == server) < 260
    after = {user: serving_server(user, ("s3", "s1"), {}) for user in users}
    assert all(after[u] == s for u, s in before.items() if s != "s2")


def test_choice_is_the_same_everywhere() -> None:
    """Golden: another process, another release of Python, the same server."""
    assert [serving_server(f"sip:u{n}@primary.example", SERVERS, {}) for n in range(6)] == GOLDEN


GOLDEN = ["s3", "s2", "s3", "s1", "s1", "s3"]
