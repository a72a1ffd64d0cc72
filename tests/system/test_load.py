"""A load from one process onto nodes that are others, whose records are read afterwards."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from .serving import Served, with_addresses

USERS = 20
STEPS = [
    {"authenticate": {"client": "alice-ue", "in": "partner"}},
    {"register": {"client": "alice-ue", "in": "partner"}},
    {"migrate": {"client": "alice-ue", "to": "partner", "profile": 2}},
]


def write(folder: Path) -> tuple[Path, Path]:
    """Write a topology whose nodes have addresses, and a scenario; return both."""
    nodes = {"core": {"role": "sip-core"}, "server": {"role": "mc-server"}}
    nodes["gateway"] = {"role": "mc-gateway"}
    systems: dict[str, Any] = {
        name: {"domain": f"{name}.example", "nodes": {n: dict(node) for n, node in nodes.items()}}
        for name in ("primary", "partner")
    }
    profiles = {2: {"migrate_to": ["partner"]}}
    systems["primary"]["users"] = {
        "alice": {"mc_id": "sip:alice@primary.example", "profiles": profiles}
    }
    systems["partner"]["visitors"] = [{"from": "primary"}]
    with_addresses(systems)
    topology = {
        "systems": systems,
        "agreements": [{"between": ["primary", "partner"]}],
        "clients": {"alice-ue": {"user": "primary.alice"}},
    }
    (folder / "topology.yaml").write_text(yaml.safe_dump(topology))
    scenario = {"name": "Load", "topology": "topology.yaml", "steps": STEPS}
    (folder / "scenario.yaml").write_text(yaml.safe_dump(scenario, sort_keys=False))
    return folder / "topology.yaml", folder / "scenario.yaml"


def with_certificates(topology: Path, scenario: Path) -> Path:
    """Give every node and client a certificate, as the README says; return the topology."""
    secure = topology.with_name("with-tls.yaml")
    made = str(topology.with_name("certificates"))
    command = [sys.executable, "-m", "mcsip", "certs", made, "--topology", str(topology)]
    secure.write_bytes(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    scenario.write_text(scenario.read_text().replace(topology.name, secure.name))
    return secure


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_users_of_one_process_migrate_by_the_nodes_of_another(
    tmp_path: Path, transport: str
) -> None:
    topology, scenario = write(tmp_path)
    if transport == "tls":
        topology = with_certificates(topology, scenario)
    data, report = tmp_path / "data", tmp_path / "report.json"
    options = ["--topology", str(topology), "--data", str(data), "--users", str(USERS), "-q"]
    options += ["-t", transport]
    arguments = ["--nodes", "served", "-r", "20", "-m", str(USERS), "-n", str(USERS), "-q"]
    arguments += ["-t", transport]
    for system in ("primary", "partner"):
        arguments += ["--records", f"{system}.server={data / f'{system}.server.sqlite'}"]

    async def main() -> int:
        served = Served(["primary", "partner"], options, tmp_path / "served.log")
        await served.start()
        try:
            command = ["load", str(scenario), *arguments, "--json", str(report)]
            return await asyncio.to_thread(run_in_a_process, command)
        finally:
            assert await served.end() == 0

    assert asyncio.run(main()) == 0
    told = json.loads(report.read_text())
    assert told["calls"]["ok"] == USERS
    assert told["records"] | {"reason": ""} == {
        "verdict": "pass", "away": USERS, "visitors": USERS, "waiting": 0, "disagreements": [],
        "more": 0, "unread": [], "reason": "",
    }  # fmt: skip
    assert (told["rules"]["users"], told["rules"]["broken"]) == (10, {})


def run_in_a_process(command: list[str]) -> int:
    """Run a command line in a process of its own: signals are a matter of its main thread."""
    return subprocess.run(
        [sys.executable, "-m", "mcsip", *command], check=False, timeout=120
    ).returncode
