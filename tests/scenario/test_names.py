"""Names in a scenario against its topology, each fault with the nearest known name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mcsip.errors import Diagnostic
from mcsip.mc.roles import Role
from mcsip.resources import scenarios_dir
from mcsip.scenario.names import CLIENT_REASONS, Names
from mcsip.topology.load import load_topology
from mcsip.yamlfile import parse_document

TOPOLOGY = load_topology(scenarios_dir() / "topologies" / "two-systems.yaml")
ALICE = "sip:alice@primary.example"
HERE = ("x",)


def faults(check: Callable[[Names], object], *, known: bool = True) -> list[tuple[str, str | None]]:
    found: list[Diagnostic] = []
    root = parse_document(b"x: y\n", "x.yaml", Path())
    check(Names(root, TOPOLOGY if known else None, found))
    return [(fault.message, fault.hint) for fault in found]


@pytest.mark.parametrize(
    "check",
    [
        lambda names: names.client(HERE, "alice-ue"),
        lambda names: names.system(HERE, "partner", with_core=True),
        lambda names: names.node(HERE, "primary.gateway", role=Role.MC_GATEWAY),
        lambda names: names.party(HERE, "alice-ue"),
        lambda names: names.party(HERE, "partner.core"),
        lambda names: names.message(HERE, "migration-service-authorization-request"),
        lambda names: names.reason(HERE, "no-agreement"),
        lambda names: names.reason(HERE, CLIENT_REASONS[0]),
        lambda names: names.user(HERE, ALICE),
        lambda names: names.status(HERE, "primary.server", ALICE, "home"),
        lambda names: names.status(HERE, "partner.server", ALICE, "retained"),
        lambda names: names.domain(HERE, "partner"),
        lambda names: names.domain(HERE, "partner.example"),
    ],
)
def test_what_is_known(check: Callable[[Names], object]) -> None:
    assert faults(check) == []


@pytest.mark.parametrize(
    ("check", "message", "hint"),
    [
        (
            lambda names: names.client(HERE, "alize-ue"),
            "there is no client 'alize-ue'",
            "did you mean 'alice-ue'?",
        ),
        (
            lambda names: names.node(HERE, "partner.core", role=Role.MC_SERVER),
            "'partner.core' is a sip-core, expected a mc-server",
            None,
        ),
        (
            lambda names: names.message(HERE, "migration-service-authorisation-request"),
            "there is no message 'migration-service-authorisation-request'",
            "did you mean 'migration-service-authorization-request'?",
        ),
        (
            lambda names: names.reason(HERE, "no-agrement"),
            "there is no reason 'no-agrement'",
            "did you mean 'no-agreement'?",
        ),
        (
            lambda names: names.status(HERE, "primary.server", ALICE, "active"),
            "the record of a primary is never 'active'",
            "one of home, migrated",
        ),
    ],
)
def test_what_is_not(check: Callable[[Names], object], message: str, hint: str | None) -> None:
    ((found, said),) = faults(check)
    assert found == message
    assert hint is None or said == hint


def test_without_a_topology_only_what_needs_none_is_checked() -> None:
    assert faults(lambda names: names.client(HERE, "nobody"), known=False) == []
    assert faults(lambda names: names.system(HERE, "nowhere"), known=False) == []
    assert faults(lambda names: names.reason(HERE, "nothing"), known=False) != []
