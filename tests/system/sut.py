"""Scenarios against nodes that are not ours: topologies with addresses, runs with ``--sut``."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.run import Run, run_scenario
from mcsip.topology.under_test import parse_under_test
from tests.nodes.world import BASE, Changes, merged
from tests.system.serving import with_addresses

SEED = 0
"""The seed of ``mcsip serve`` where none is given: keys are made from it."""

AUTHORIZATION = """
  - authenticate: {client: alice-ue, in: partner}
  - register: {client: alice-ue, in: partner}
  - migrate: {client: alice-ue, to: partner, profile: 2}
  - expect_messages:
      exactly: true
      list:
        - [alice-ue, partner.server, migration-service-authorization-request]
        - [partner.server, partner.gateway, migration-service-authorization-request]
        - [partner.gateway, primary.gateway, migration-service-authorization-request]
        - [primary.gateway, primary.server, migration-service-authorization-request]
        - [primary.server, primary.gateway, migration-service-authorization-response]
        - [primary.gateway, partner.gateway, migration-service-authorization-response]
        - [partner.gateway, partner.server, migration-service-authorization-response]
        - [partner.server, alice-ue, migration-service-authorization-response]
  - expect_record:
      primary.server: {user: sip:alice@primary.example, status: migrated, partner: partner.example}
      partner.server: {user: sip:alice@primary.example, status: active}
"""
RETURN_HOME = """
  - return_home: {client: alice-ue}
  - expect_messages:
      exactly: true
      list:
        - [primary.server, primary.gateway, migration-service-deauthorization-notification]
        - [primary.gateway, partner.gateway, migration-service-deauthorization-notification]
        - [partner.gateway, partner.server, migration-service-deauthorization-notification]
  - expect_record:
      primary.server: {user: sip:alice@primary.example, status: home}
      partner.server: {user: sip:alice@primary.example, status: retained}
"""


def write_topology(folder: Path, changes: Changes | None = None) -> Path:
    """Write two systems, every node at an address of its own; return the file."""
    topology: dict[str, Any] = merged(BASE, changes or {})
    with_addresses(topology["systems"])
    path = folder / "two.topology.yaml"
    path.write_text(yaml.safe_dump(topology))
    return path


def write_scenario(folder: Path, steps: str, options: Mapping[str, Any] | None = None) -> Path:
    """Write a scenario with the topology of ``write_topology``; return the file."""
    path = folder / "x.scenario.yaml"
    head = f"name: X\ntopology: two.topology.yaml\noptions: {json.dumps(dict(options or {}))}\n"
    path.write_text(f"{head}steps:\n{steps}")
    return path


def run_with(path: Path, sut: Sequence[str], **options: Any) -> Run:
    """Run a scenario with systems under test, ``NODE=TARGET``."""
    under_test = tuple(parse_under_test(text) for text in sut)
    scenario = load_scenario(path, over=RunOptions(under_test=under_test, **options))
    assert not scenario.no_meaning, scenario.no_meaning
    return run_scenario(scenario, seed=SEED)


def told(run: Run) -> str:
    """Return what a run says against itself."""
    lines = [finding.render() for finding in run.result.findings]
    return "\n".join(lines) or run.result.reason
