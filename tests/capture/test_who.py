"""Who is who in the captures of every shipped scenario: inferred, and with its topology.

The trace of the run knows it; the capture, which does not say, is held against it.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from mcsip.capture import open_source
from mcsip.mc.roles import Role
from mcsip.report.pcap import build_pcap
from mcsip.report.wire import WireMessage, wire_messages
from mcsip.resources import scenarios_dir
from mcsip.scenario.load import Scenario, load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.run import run_scenario
from mcsip.topology import Topology
from mcsip.trace import NodeInfo, Trace
from tests.capture.crafting import B, frames, ipv4, message, pcap, udp

SHIPPED = {
    f"{path.parent.name}/{path.stem}": path
    for path in sorted(scenarios_dir().glob("*/*.yaml"))
    if path.parent.name != "topologies"
}
NOT_SHOWN = {
    "authorization/refused-unknown-system": "the client presents an ID of a system that is not its",
    "general/failure-denied": "the server behind the gateway is dead: it looks like its server",
}
"""Scenarios whose messages do not show who somebody is, and why."""
NO_PRIMARY_ID = "without-interconnection/refused-"
"""In these the body that names the primary's ID is wrong, so only the partner's name is shown."""


@dataclass(frozen=True)
class Ran:
    """A run: its capture, and who was who in it."""

    scenario: Scenario
    trace: Trace
    wire: list[WireMessage]
    capture: bytes


@cache
def ran(name: str) -> Ran:
    scenario = load_scenario(SHIPPED[name], over=RunOptions(network="memory"))
    trace = run_scenario(scenario, seed=1).trace
    return Ran(scenario, trace, wire_messages(trace), build_pcap(trace))


def seen(path: Path, run: Ran, topology: Topology | None) -> list[tuple[NodeInfo, NodeInfo | None]]:
    """Return who it was and who it seems to be, for each end of each message."""
    path.write_bytes(run.capture)
    source = open_source(path, topology)
    entries = list(source.entries())
    assert [entry.data for entry in entries] == [message.data for message in run.wire]
    pairs = []
    for message_, entry in zip(run.wire, entries, strict=True):
        receiver = source.trace.node_at(entry.remote, entry.transport)
        for was, seems in ((message_.sender, entry.node), (message_.receiver, receiver)):
            pairs.append((run.trace.nodes[was], source.trace.nodes.get(seems or "")))
    return pairs


@pytest.mark.parametrize("name", [name for name in SHIPPED if name not in NOT_SHOWN])
def test_inferred(tmp_path: Path, name: str) -> None:
    run = ran(name)
    for was, seems in seen(tmp_path / "a.pcap", run, None):
        assert seems is not None, was
        assert seems.role is was.role, (was, seems)
        if not (was.role is Role.CLIENT and name.startswith(NO_PRIMARY_ID)):
            assert seems.domain == was.domain, (was, seems)


@pytest.mark.parametrize("name", SHIPPED)
def test_with_the_topology(tmp_path: Path, name: str) -> None:
    """Its nodes have no ports: they are found by identity, host name or role."""
    run = ran(name)
    for was, seems in seen(tmp_path / "a.pcap", run, run.scenario.topology):
        assert seems is not None
        assert (seems.name, seems.system, seems.role) == (was.name, was.system, was.role)


def test_strangers_after_the_look_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client shows itself with its first message; others stand by their address."""
    monkeypatch.setattr("mcsip.capture.captured.LOOK_AHEAD_MESSAGES", 1)
    register = message("REGISTER", uri="sip:primary.example", via="SIP/2.0/UDP 10.0.0.7:5060")
    options = message("OPTIONS", uri="sip:primary.example", via="SIP/2.0/UDP 10.0.0.8:5060")
    packets = [ipv4(udp(message()))]
    for host, data in (("10.0.0.7", register), ("10.0.0.8", options)):
        packets.append(ipv4(udp(data, (host, 5060), B), source=(host, 5060), target=B))
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(frames(packets)))
    source = open_source(path)
    before = set(source.trace.nodes)
    names = [entry.node for entry in source.entries()]
    assert names[1:] == ["bob", "10.0.0.8:5060"]
    late = source.trace.nodes["bob"]
    assert (late.role, late.domain) == (Role.CLIENT, "partner.example")
    assert set(source.trace.nodes) - before == {"bob", "10.0.0.8:5060"}
    assert "registers" in source.describe()


def test_too_many_nodes_stand_by_their_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcsip.capture.evidence.MAX_NODES", 2)
    packets = [
        ipv4(udp(message(via=f"SIP/2.0/UDP {host}:5060"), (host, 5060), B), source=(host, 5060))
        for host in ("10.0.0.7", "10.0.0.8", "10.0.0.9")
    ]
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(frames(packets)))
    source = open_source(path)
    names = [entry.node for entry in source.entries()]
    assert names[1:] == ["10.0.0.8:5060", "10.0.0.9:5060"]
    assert len(source.trace.nodes) == 2
