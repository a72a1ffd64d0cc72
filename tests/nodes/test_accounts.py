"""What an identity management server knows of users."""

import random

import pytest

from mcsip.net.ids import SeededIds
from mcsip.nodes.accounts import TopologyAccounts
from mcsip.nodes.identities import Identities
from mcsip.topology import Topology

from .idms_world import GUEST, alone, password_of
from .world import ALICE, BOB, make_topology

STRANGER = "sip:stranger@abroad.example"


def make(topology: Topology, system: str) -> tuple[TopologyAccounts, Identities]:
    identities = Identities(topology, "1", SeededIds(random.Random("1")))
    at = topology.systems[system]
    accounts = TopologyAccounts(topology, at, identities.password, identities.visitor_id)
    return accounts, identities


def test_a_user_logs_in_at_home() -> None:
    accounts, identities = make(make_topology(), "primary")
    assert accounts.login(ALICE, password_of(identities)) == ALICE
    assert accounts.login("SIP:alice@PRIMARY.example", password_of(identities)) == ALICE


@pytest.mark.parametrize(
    ("user", "password"),
    [(ALICE, ""), (ALICE, "wrong"), (ALICE, "ä\ud800"), ("", ""), ("alice", "x"), ("a\nb@c", "x")],
)
def test_whoever_is_not_believed(user: str, password: str) -> None:
    accounts, _ = make(make_topology(), "primary")
    assert accounts.login(user, password) is None


def test_nobody_logs_in_with_the_password_of_another() -> None:
    accounts, identities = make(make_topology(), "primary")
    assert accounts.login(ALICE, password_of(identities, BOB)) is None


def test_a_stranger_with_the_right_password_is_not_known() -> None:
    accounts, identities = make(make_topology(), "primary")
    assert accounts.login(STRANGER, password_of(identities, STRANGER)) is None


def test_a_visitor_has_an_account_where_the_systems_are_interconnected() -> None:
    accounts, identities = make(make_topology(), "partner")
    issued = accounts.login(ALICE, password_of(identities))
    assert issued is not None
    assert issued.startswith("sip:visitor-")
    assert issued == accounts.visitor_id(ALICE)


def test_without_interconnection_only_a_security_token_lets_in() -> None:
    """TR 23.700-90 7.X.2."""
    accounts, identities = make(alone(), "partner")
    assert accounts.login(ALICE, password_of(identities)) is None
    assert accounts.visitor_id(ALICE) == GUEST
    assert accounts.visitor_id(BOB) is None
    assert accounts.visitor_id(STRANGER) is None


def test_all_ids_are_with_others() -> None:
    changes = {"systems": {"partner": {"temporary_identities": ["sip:only@partner.example"]}}}
    topology = make_topology(changes)
    accounts, identities = make(topology, "partner")
    assert accounts.login(ALICE, password_of(identities)) == "sip:only@partner.example"
    assert accounts.login(BOB, password_of(identities, BOB)) is None


@pytest.mark.parametrize(
    ("user", "partner", "migration", "reason"),
    [
        (ALICE, "partner.example", "both_ways", None),
        (BOB, "partner.example", "both_ways", "partner-not-permitted"),
        (STRANGER, "partner.example", "both_ways", "user-unknown"),
        (ALICE, "elsewhere.example", "both_ways", "no-agreement"),
        (ALICE, "partner.example", "none", "direction-not-agreed"),
        (ALICE, "partner.example", {"from": "partner", "to": "primary"}, "direction-not-agreed"),
    ],
)
def test_who_may_visit_whom(user: str, partner: str, migration: object, reason: str | None) -> None:
    """TS 23.280 5.2.9.1; TR 23.700-90 7.X.2: the profile includes authorization for migration."""
    changes = {"agreements": [{"between": ["primary", "partner"], "migration": migration}]}
    accounts, _ = make(make_topology(changes), "primary")
    assert accounts.refusal_to_visit(user, partner) == reason
