"""The step migrate: TS 23.280 10.6.3.3, and how it ended for the client."""

from pathlib import Path

import pytest

from mcsip.mc.roles import Role
from mcsip.nodes.client_outcome import MigrationOutcome
from mcsip.resources import scenarios_dir
from mcsip.scenario.steps.migrate import describe_outcome, refusing_node
from mcsip.topology.load import load_topology

from .playing import READY, faults, play, verdicts

TOPOLOGY = load_topology(scenarios_dir() / "topologies" / "several-servers.yaml")


def refused(domain: str | None, role: Role | None) -> MigrationOutcome:
    return MigrationOutcome(
        "refused", "no-agreement", "no", by_domain=domain, by_role=role, status=403
    )


@pytest.mark.parametrize(
    ("domain", "role", "wanted", "node"),
    [
        ("primary.example", Role.MC_GATEWAY, (), "primary.gateway"),
        ("primary.example", Role.MC_SERVER, (), "primary.server"),
        ("primary.example", Role.MC_SERVER, ("primary.server-2",), "primary.server-2"),
        ("primary.example", Role.MC_SERVER, ("partner.server",), "primary.server"),
        ("strange.example", Role.MC_SERVER, (), "strange.example"),
        ("primary.example", None, (), "primary.example"),
        ("primary.example", Role.CLIENT, (), None),
        (None, None, (), None),
    ],
)
def test_who_refused(
    domain: str | None, role: Role | None, wanted: tuple[str, ...], node: str | None
) -> None:
    """Of several nodes with the role in the system each may be it."""
    assert refusing_node(refused(domain, role), TOPOLOGY, wanted) == node


def test_an_outcome_in_one_line() -> None:
    outcome = refused("partner.example", Role.MC_SERVER)
    line = "result: refused, by: partner.server, reason: no-agreement, status: 403 (no)"
    assert describe_outcome(outcome, TOPOLOGY) == line


@pytest.mark.parametrize(
    ("expect", "verdict"),
    [
        ("", "pass"),
        ("  expect: {result: success}", "pass"),
        ("  expect: {status: 200}", "pass"),
        ("  expect: {status: 403}", "fail"),
        ("  expect: {result: refused}", "fail"),
    ],
)
def test_success_and_what_is_expected(tmp_path: Path, expect: str, verdict: str) -> None:
    steps = f"{READY}- migrate: {{client: alice-ue, to: partner, profile: 2}}\n{expect}\n"
    assert verdicts(play(tmp_path, steps))[2] == verdict


@pytest.mark.parametrize(
    ("expect", "wrong"),
    [
        ("by: primary.server, reason: profile-not-permitted", []),
        ("by: partner.server", ["another node than expected"]),
        ("reason: user-unknown", ["another reason than expected"]),
    ],
)
def test_refusal_and_what_is_expected(tmp_path: Path, expect: str, wrong: list[str]) -> None:
    run = play(
        tmp_path,
        f"{READY}- migrate: {{client: alice-ue, to: partner, profile: 1}}\n"
        f"  expect: {{result: refused, {expect}}}\n",
    )
    findings = run.result.steps[2].findings
    assert [f.message for f in findings if f.verdict.value == "fail"] == wrong


def test_names_are_checked(tmp_path: Path) -> None:
    wrong = """
- migrate: {client: x, to: y, profile: 2}
  expect: {by: primary.servr, reason: user-unknwon}
"""
    assert faults(tmp_path, wrong) == [
        "there is no client 'x'",
        "there is no system 'y'",
        "success has no 'by'",
        "there is no node 'primary.servr'",
        "success has no 'reason'",
        "there is no reason 'user-unknwon'",
    ]
