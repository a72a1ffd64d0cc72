"""A peer that misbehaves in the place of a node: a clear verdict in time, and the reason on disk.

T1 is 10 ms here, so that Timer F fires after 0.64 s, a partner gives the primary up after 0.8 s, and
a client its partner after 1.2 s.
"""

import json
import re
from pathlib import Path

import pytest

from mcsip.cli.main import run_cli
from mcsip.scenario.result import Verdict
from tests.ports import free_port

from .misbehaving import HOST, PEERS, misbehaving
from .sut import AUTHORIZATION, run_with, told, write_scenario, write_topology

ROLES = ("partner.gateway", "partner.server", "partner.core", "primary.gateway", "primary.server")
T1_S = 0.01
SHORT = {"timeouts": {"t1": T1_S, "settle": 0.1, "scenario": 60}}
TRANSPORTS = ("udp", "tcp")
CONNECTIONS_ONLY = {"closes", "closes-in-mid-message", "never-reads"}
"""Over UDP these are one with the silent, or the half."""

KINDS = [
    (name, transport)
    for name in PEERS
    for transport in TRANSPORTS
    if transport == "tcp" or name not in CONNECTIONS_ONLY
]


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    write_topology(tmp_path)
    return write_scenario(tmp_path, AUTHORIZATION, SHORT)


SAMPLE = [
    (role, *kind)
    for number, kind in enumerate(KINDS)
    for role in {ROLES[number % len(ROLES)]: None, ROLES[(2 * number + 1) % len(ROLES)]: None}
]
"""Every kind in the place of two roles, or one; every role meets most kinds."""


@pytest.mark.slow
@pytest.mark.parametrize(("role", "name", "transport"), SAMPLE)
def test_a_clear_verdict_in_time(
    scenario: Path, role: str, name: str, transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    with misbehaving(name, transport) as port:
        done = run_with(scenario, [f"{role}={transport}:{HOST}:{port}"], transport=transport)
    # An MC server that accepts everything and does nothing is all that the steps before see.
    assert done.result.verdict is Verdict.FAIL, told(done)
    assert "not complete after" not in told(done)
    assert not [record for record in caplog.records if record.exc_info], caplog.text


@pytest.mark.parametrize(
    ("role", "transport", "said"),
    [
        ("partner.gateway", "udp", "Connection refused"),
        ("partner.gateway", "tcp", "Connection refused"),
        ("partner.core", "udp", "Connection refused"),
        ("partner.core", "tcp", "Connection refused"),
        ("primary.server", "udp", "500 Server Internal Error"),
    ],
)
def test_a_peer_that_is_not_there(scenario: Path, role: str, transport: str, said: str) -> None:
    """ICMP port unreachable, or a connection refused: nobody waits for Timer F (RFC 3261 18.4)."""
    target = f"{role}={transport}:{HOST}:{free_port()}"
    done = run_with(scenario, [target], transport=transport)
    assert done.result.verdict is Verdict.FAIL, told(done)
    assert said in told(done)
    notes = [note.text for note in done.trace.notes if note.clause == "RFC 3261 18.4"]
    assert notes
    assert "was not delivered" in notes[0]


@pytest.mark.parametrize(
    ("role", "name", "transport", "traced"),
    [
        ("partner.gateway", "garbage", "udp", r"\(no SIP\)"),
        ("partner.gateway", "503", "tcp", r"503 Service Unavailable"),
        ("partner.server", "both-ways", "udp", r"403 Forbidden"),
        ("partner.server", "closes-in-mid-message", "tcp", r"ended in the middle of a message"),
        ("primary.gateway", "circle", "tcp", r"302 Moved Temporarily"),
        ("primary.server", "silent", "udp", r"primary.server"),
    ],
)
def test_the_run_directory_shows_why(
    scenario: Path,
    role: str,
    name: str,
    transport: str,
    traced: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = scenario.parent / "out"
    with misbehaving(name, transport) as port:
        target = f"{role}={transport}:{HOST}:{port}"
        code = run_cli(["run", str(scenario), "-t", transport, "--sut", target, "--out", str(out)])
    said = capsys.readouterr()
    assert code == 1, said
    assert f"{role} is under test at {transport}:{HOST}:{port}" in said.err
    assert f"under test (*): {role}" in said.out
    assert "Traceback" not in said.out + said.err
    folder = out / "latest" / "x"
    assert re.search(traced, (folder / "messages.log").read_text())
    report = json.loads((folder / "report.json").read_text())
    assert "fail" in json.dumps(report)
    lines = (folder / "trace.jsonl").read_text().splitlines()
    nodes = [json.loads(line) for line in lines if '"kind": "node"' in line]
    assert [node["name"] for node in nodes if node.get("mode") == "sut"] == [role]


def test_the_time_for_the_whole_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--timeout`` ends a run whose peer is silent, with the usual timers: exit code 6."""
    write_topology(tmp_path)
    path = write_scenario(tmp_path, AUTHORIZATION)
    with misbehaving("silent", "udp") as port:
        target = f"partner.gateway=udp:{HOST}:{port}"
        arguments = ["run", path, "-t", "udp", "--sut", target, "--timeout", 2]
        code = run_cli([str(each) for each in (*arguments, "--out", tmp_path / "out")])
    said = capsys.readouterr().out
    assert code == 6, said
    assert "the time for the whole run was over" in said
    assert "migrates to partner" in said


def test_t1_of_the_command_line(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All waits for an answer are multiples of it."""
    path = write_scenario(scenario.parent, AUTHORIZATION)
    with misbehaving("silent", "tcp") as port:
        target = f"partner.gateway=tcp:{HOST}:{port}"
        arguments = ["run", path, "--sut", target, "--t1", 0.01, "--out", path.parent / "out"]
        code = run_cli([str(each) for each in arguments])
    assert code == 1
    assert "primary-timeout" in capsys.readouterr().out
