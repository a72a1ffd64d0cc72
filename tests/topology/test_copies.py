"""Copies of users: they have what the users have that they are made from."""

from dataclasses import replace

from mcsip.mc.identity import domain_of
from mcsip.resources import scenarios_dir
from mcsip.topology import Backend, Topology
from mcsip.topology.copies import numbered_copies, numbered_id, with_copies
from mcsip.topology.load import load_topology
from mcsip.trace import Mode

ALICE = "sip:alice@primary.example"


def shipped(name: str) -> Topology:
    return load_topology(scenarios_dir() / "topologies" / f"{name}.yaml")


def test_the_names_of_a_copy_do_not_depend_on_how_many_there_are() -> None:
    topology = shipped("two-systems")
    assert numbered_copies(topology, 3) == numbered_copies(topology, 1000)[:3]
    third = numbered_copies(topology, 3)[2]
    assert third.words == {
        "alice-ue": "alice-ue-3",
        "bob-ue": "bob-ue-3",
        ALICE: "sip:alice-3@primary.example",
        "sip:bob@primary.example": "sip:bob-3@primary.example",
    }


def test_a_copy_has_profiles_and_server_of_its_user() -> None:
    topology = shipped("several-servers")
    copied = with_copies(topology, numbered_copies(topology, 2))
    for system in topology.systems.values():
        for user in system.users.values():
            made = copied.systems[system.name].users[numbered_id(user.mc_id, 2)]
            assert (made.profiles, made.server) == (user.profiles, user.server)


def test_what_was_there_stays() -> None:
    topology = shipped("two-systems")
    copied = with_copies(topology, numbered_copies(topology, 2))
    assert set(topology.clients) < set(copied.clients)
    assert set(topology.systems["primary"].users) < set(copied.systems["primary"].users)
    assert len(copied.clients) == 3 * len(topology.clients)


def test_who_may_visit_by_name_may_visit_as_a_copy_and_nobody_else() -> None:
    topology = shipped("listed-visitors")
    listed = topology.systems["partner"].visitors[0].users
    assert listed
    copied = (
        with_copies(topology, numbered_copies(topology, 1)).systems["partner"].visitors[0].users
    )
    known = {client.mc_id for client in topology.clients.values()}
    assert copied == listed | {numbered_id(user, 1) for user in listed & known}


def test_who_is_provisioned_is_provisioned_as_a_copy_by_another_id() -> None:
    topology = shipped("isolated-partner-trusting")
    before = topology.systems["tactical"].provisioned
    after = with_copies(topology, numbered_copies(topology, 3)).systems["tactical"].provisioned
    assert len(after) == 4 * len(before)
    assert len({user.partner_id for user in after}) == len(after)
    assert {domain_of(user.partner_id) for user in after} == {"tactical.example"}


def test_who_may_activate_an_alias_may_as_a_copy() -> None:
    topology = shipped("functional-alias")
    copied = with_copies(topology, numbered_copies(topology, 1))
    for system in topology.systems.values():
        for alias, users in system.functional_aliases.items():
            allowed = copied.systems[system.name].functional_aliases[alias]
            assert (allowed is None) == (users is None)
            if users is not None and ALICE in users:
                assert allowed is not None
                assert numbered_id(ALICE, 1) in allowed


def test_a_client_that_presents_a_wrong_id_presents_a_wrong_id_as_a_copy() -> None:
    topology = shipped("strangers")
    strangers = [c for c in topology.clients.values() if c.mc_id not in _users(topology)]
    assert strangers
    copied = with_copies(topology, numbered_copies(topology, 1))
    for client in strangers:
        assert copied.clients[f"{client.name}-1"].mc_id not in _users(copied)


def _users(topology: Topology) -> set[str]:
    return {user for system in topology.systems.values() for user in system.users}


def test_copies_of_clients_are_ours_whoever_plays_the_original() -> None:
    topology = shipped("two-systems")
    client = replace(topology.clients["alice-ue"], mode=Mode.SUT, backend=Backend.PJSUA2)
    changed = replace(topology, clients={**topology.clients, "alice-ue": client})
    made = with_copies(changed, numbered_copies(changed, 1)).clients["alice-ue-1"]
    assert (made.mode, made.backend) == (Mode.SIMULATED, Backend.SIMULATED)
