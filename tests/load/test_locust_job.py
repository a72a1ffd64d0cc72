"""Which users a worker of Locust drives, and where: options, blocks of users, addresses."""

import math
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcsip.errors import FileError, UsageError
from mcsip.load.locust_job import LocustOptions, from_here, locust_plan, share
from mcsip.load.plan import Plan
from mcsip.topology import Topology
from mcsip.trace import Mode

SCENARIO = """\
name: Users migrate
topology: world.topology.yaml
steps:
  - authenticate: {client: alice-ue, in: partner}
  - migrate: {client: alice-ue, to: partner, profile: 2}
"""


def write(folder: Path, scenario: str = SCENARIO, *, addresses: bool = True) -> Path:
    """Write a scenario and its topology; return the scenario."""
    profile = {2: {"migrate_to": ["partner"]}}
    systems: dict[str, dict[str, Any]] = {
        "primary": {
            "domain": "primary.example",
            "nodes": {"server": {"role": "mc-server"}},
            "users": {"alice": {"mc_id": "sip:alice@primary.example", "profiles": profile}},
        },
        "partner": {
            "domain": "partner.example",
            "nodes": {"core": {"role": "sip-core"}, "server": {"role": "mc-server"}},
            "visitors": [{"from": "primary"}],
        },
    }
    if addresses:
        nodes = [node for system in systems.values() for node in system["nodes"].values()]
        for number, node in enumerate(nodes):
            node["address"] = f"127.0.0.1:{6100 + number}"
    topology = {
        "systems": systems,
        "agreements": [{"between": ["primary", "partner"]}],
        "clients": {"alice-ue": {"user": "primary.alice"}},
    }
    (folder / "world.topology.yaml").write_text(yaml.safe_dump(topology))
    file = folder / "load.yaml"
    file.write_text(scenario)
    return file


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return locust_plan(LocustOptions(write(tmp_path)))


def test_all_nodes_run_elsewhere_and_all_clients_here(plan: Plan) -> None:
    topology = plan.scenario.topology
    assert {node.mode for node in topology.nodes.values()} == {Mode.SUT}
    assert {client.mode for client in topology.clients.values()} == {Mode.SIMULATED}
    assert plan.driven == ("authenticate", "migrate")


def test_the_transport_is_that_of_the_options(tmp_path: Path) -> None:
    found = locust_plan(LocustOptions(write(tmp_path), transport="udp"))
    assert found.scenario.topology.transport == "UDP"


@pytest.mark.parametrize("block", [1, 7, 50])
def test_blocks_of_users_are_disjoint_and_leave_nobody_out(plan: Plan, block: int) -> None:
    options = LocustOptions(Path("any"))
    blocks = [[copy.number for copy in share(options, plan, i, block)] for i in range(4)]
    assert [len(each) for each in blocks] == [block] * 4
    assert list(chain(*blocks)) == list(range(1, 4 * block + 1))


def test_users_of_a_file_are_divided_likewise(plan: Plan, tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    lines = [f"sip:u{number}@primary.example" for number in range(1, 5)]
    file.write_text("\n".join(["SEQUENTIAL", *lines]))
    options = LocustOptions(Path("any"), users_file=file)
    blocks = [
        [c.ids["sip:alice@primary.example"] for c in share(options, plan, i, 2)] for i in (0, 1)
    ]
    assert list(chain(*blocks)) == lines
    with pytest.raises(FileError, match="6 users are wanted, and the file has 4"):
        share(options, plan, 2, 2)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"pace_s": 0.0}, "more than 0 seconds"),
        ({"pace_s": -1.0}, "more than 0 seconds"),
        ({"pace_s": math.inf}, "more than 0 seconds"),
        ({"pace_s": math.nan}, "more than 0 seconds"),
        ({"users_per_worker": -1}, "fewer than none"),
        ({"quiet_s": -1.0}, "0 seconds or more"),
        ({"quiet_s": math.nan}, "0 seconds or more"),
        ({"records": ("partner.sever=x",)}, "did you mean 'partner.server'"),
    ],
)
def test_an_impossible_option_is_refused(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    options = replace(LocustOptions(write(tmp_path)), **change)
    with pytest.raises(UsageError, match=told):
        locust_plan(options)


def test_a_node_without_an_address_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"partner\.core, partner\.server, primary\.server: no"):
        locust_plan(LocustOptions(write(tmp_path, addresses=False)))


def test_a_scenario_in_memory_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, SCENARIO + "options: {network: memory}\n")
    with pytest.raises(UsageError, match="in memory"):
        locust_plan(LocustOptions(file))


def test_a_scenario_that_acts_on_nodes_is_refused_with_its_place(tmp_path: Path) -> None:
    file = write(tmp_path, SCENARIO + "  - stop: primary.server\n")
    with pytest.raises(FileError) as caught:
        locust_plan(LocustOptions(file))
    assert [(each.line, each.file) for each in caught.value.diagnostics] == [(6, str(file))]


def _moved(topology: Topology, host: str) -> Topology:
    partner = topology.systems["partner"]
    nodes = {name: replace(node, host=host) for name, node in partner.nodes.items()}
    return replace(topology, systems={**topology.systems, "partner": replace(partner, nodes=nodes)})


def test_clients_listen_where_nodes_on_other_machines_reach_them(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's own address towards the nodes is taken (RFC 3261 18.1.1: who can answer)."""
    monkeypatch.setattr("mcsip.load.locust_job._address_towards", lambda host, port: f"from {host}")
    topology = plan.scenario.topology
    assert from_here(topology) is topology, "all nodes are on this machine"
    away = from_here(_moved(topology, "192.0.2.1"))
    assert away.clients["alice-ue"].host == "from 192.0.2.1"
    alice = replace(topology.clients["alice-ue"], host="198.51.100.7")
    named = replace(_moved(topology, "192.0.2.1"), clients={"alice-ue": alice})
    assert from_here(named).clients["alice-ue"].host == "198.51.100.7"


def test_the_address_towards_this_machine_is_its_own() -> None:
    from mcsip.load.locust_job import _address_towards

    assert _address_towards("127.0.0.1", 5060) == "127.0.0.1"
