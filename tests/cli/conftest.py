"""Command lines in this process: exit code, standard output, standard error."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from mcsip.cli.main import run_cli

SCENARIO = """name: {name}
clauses: [TS 23.280 10.6.3.3]
tags: [{tag}]
topology: topology.yaml
options: {{network: memory}}
steps:
  - authenticate: {{client: alice-ue, in: partner}}
  - register: {{client: alice-ue, in: partner}}
  - migrate: {{client: alice-ue, to: partner, profile: {profile}}}
"""
TOPOLOGY = """systems:
  primary:
    domain: primary.example
    nodes: {core: {role: sip-core}, server: {role: mc-server}}
    users:
      alice: {mc_id: sip:alice@primary.example, profiles: {1: {}, 2: {migrate_to: [partner]}}}
  partner:
    domain: partner.example
    nodes: {core: {role: sip-core}, server: {role: mc-server}}
    visitors: [{from: primary}]
agreements: [{between: [primary, partner]}]
clients: {alice-ue: {user: primary.alice}}
"""


class Outcome(NamedTuple):
    """What a command line came to."""

    code: int
    out: str
    err: str


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """Run command lines in an empty folder of their own."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("NO_COLOR", "MCSIP_RUN_SEED"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object) -> Outcome:
        code = run_cli([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Return a folder with a topology, a scenario that passes and one that fails."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "topology.yaml").write_text(TOPOLOGY)
    (folder / "good.yaml").write_text(SCENARIO.format(name="Good one", tag="fine", profile=2))
    (folder / "wrong.yaml").write_text(SCENARIO.format(name="Wrong one", tag="bad", profile=1))
    return folder
