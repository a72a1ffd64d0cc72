"""Kamailio 5.6 in the place of a node, by what ``mcsip export kamailio`` writes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcsip.export.kamailio import export_core, export_gateway, export_relay
from mcsip.resources import scenarios_dir
from mcsip.scenario.result import Verdict
from mcsip.sip.message import Message
from mcsip.topology import Topology
from mcsip.topology.address import Address
from mcsip.topology.load import load_topology
from mcsip.trace import Direction
from tests.nodes.world import Changes, message_of
from tests.ports import free_port
from tests.system.sut import (
    AUTHORIZATION,
    RETURN_HOME,
    run_with,
    told,
    write_scenario,
    write_topology,
)

from .programs import Program, require, running

pytestmark = [pytest.mark.interop, pytest.mark.slow]

TRANSPORTS = pytest.mark.parametrize("transport", ["udp", "tcp"])
CALLS = ("forwarded", "from-visitor", "media-through-the-primary", "redirected")
OPTIONS = {
    "media-through-the-primary": {"media": "anchor"},
    "redirected": {"migrated_users": "redirect"},
}
"""What the primary system of a scenario's topology says beside what all of them say."""


@pytest.fixture(scope="module", name="tool")
def kamailio_tool() -> str:
    """Kamailio, or the reason why these tests are skipped."""
    return require("kamailio", "kamailio")


def topology_of(folder: Path, transport: str, primary: Changes | None = None) -> Topology:
    """Write and read two systems, every node at an address of its own."""
    changes: dict[str, Any] = {"transport": transport}
    if primary:
        changes["systems"] = {"primary": dict(primary)}
    return load_topology(write_topology(folder, changes))


def scenario_of(folder: Path, name: str) -> Path:
    """Write a shipped scenario with the topology of ``write_topology``."""
    content = yaml.safe_load((scenarios_dir() / f"{name}.yaml").read_text())
    path = folder / f"{name.replace('/', '-')}.scenario.yaml"
    path.write_text(yaml.safe_dump({**content, "topology": "two.topology.yaml"}))
    return path


@contextmanager
def kamailio(
    tool: str, folder: Path, configurations: Mapping[int, str]
) -> Iterator[Sequence[Program]]:
    """Run a Kamailio for each configuration, by the port that it listens at."""
    with ExitStack() as stack:
        programs = []
        for port, text in configurations.items():
            place = folder / f"kamailio-{port}"
            place.mkdir()
            (place / "kamailio.cfg").write_text(text)
            arguments: list[str | Path] = [
                tool, "-DD", "-E", "-m", "64", "-Y", place, "-P", place / "pid",
                "-f", place / "kamailio.cfg",
            ]  # fmt: skip
            programs.append((stack.enter_context(running(arguments, place)), port))
        for program, port in programs:
            for transport in ("udp", "tcp"):
                program.wait_for(program.listens(port, transport))
        yield [program for program, _ in programs]


def check(
    scenario: Path, sut: Sequence[str], transport: str, programs: Sequence[Program]
) -> list[tuple[str, Message]]:
    """Run a scenario; return what the nodes of ours received, with who."""
    run = run_with(scenario, sut, transport=transport)
    said = [program.output[-4000:] for program in programs]
    assert run.result.verdict is Verdict.PASS, "\n".join((told(run), *said))
    names = {each.partition("=")[0] for each in sut}
    assert not names & {entry.node for entry in run.trace.entries}
    return [
        (entry.node, message_of(entry))
        for entry in run.trace.entries
        if entry.direction is Direction.RECEIVED
    ]


@TRANSPORTS
def test_kamailio_is_the_sip_core_of_both_systems(
    tmp_path: Path, tool: str, transport: str
) -> None:
    """Registration, RFC 3261 10.3; routing and asserting, RFC 3325 5; the whole migration."""
    topology = topology_of(tmp_path, transport)
    cores = [system.core for system in topology.systems.values() if system.core]
    texts = {core.port: export_core(topology, topology.systems[core.system]) for core in cores}
    sut = [f"{core.name}={transport}:127.0.0.1:{core.port}" for core in cores]
    with kamailio(tool, tmp_path, texts) as programs:
        scenario = write_scenario(tmp_path, AUTHORIZATION + RETURN_HOME)
        received = check(scenario, sut, transport, programs)
        check(scenario_of(tmp_path, "calls/at-home"), sut, transport, programs)
    asked = next(message for node, message in received if node == "partner.server")
    assert asked.values("p-asserted-identity") == [str(f"<{asked.from_.uri}>")]
    assert asked.first("p-asserted-service") == topology.service.icsi
    assert asked.first("p-preferred-identity") is None


@TRANSPORTS
@pytest.mark.parametrize("system", ["primary", "partner"])
def test_kamailio_hides_in_the_place_of_a_gateway(
    tmp_path: Path, tool: str, system: str, transport: str
) -> None:
    """Private calls, TS 23.280 10.16.5, through topoh; the migration before them too."""
    other = {"primary": "partner.gateway", "partner": "primary.gateway"}[system]
    for number, name in enumerate(CALLS):
        folder = tmp_path / str(number)
        folder.mkdir()
        topology = topology_of(folder, transport, OPTIONS.get(name))
        own = topology.systems[system]
        assert own.gateway is not None
        sut = [f"{own.gateway.name}={transport}:127.0.0.1:{own.gateway.port}"]
        texts = {own.gateway.port: export_gateway(topology, own, secret="of a test")}
        with kamailio(tool, folder, texts) as programs:
            scenario = scenario_of(folder, f"calls/{name}")
            received = check(scenario, sut, transport, programs)
        own_place = f"127.0.0.1:{own.gateway.port}"
        outside = [
            message
            for node, message in received
            if node == other and own_place in message.values("via")[0]
        ]
        assert outside, "nothing came from Kamailio"
        for message in outside:
            for field in ("via", "contact", "record-route"):
                assert f":{own.servers[0].port}" not in " ".join(message.values(field)), message
            assert "server@" not in " ".join(message.values("p-asserted-identity")), message
        if name == {"primary": "forwarded", "partner": "from-visitor"}[system]:
            assert any("127.0.0.8" in (each.first("contact") or "") for each in outside)


@TRANSPORTS
def test_kamailio_is_a_relay_between_the_gateways(
    tmp_path: Path, tool: str, transport: str
) -> None:
    """Each gateway takes the relay for the other one; the primary runs in another process."""
    from tests.system.test_under_test import served

    topology = topology_of(tmp_path, transport)
    port = free_port()
    text = export_relay(topology, Address(None, "127.0.0.1", port))
    beyond = yaml.safe_load((tmp_path / "two.topology.yaml").read_text())
    beyond["systems"]["partner"]["nodes"]["gateway"]["address"] = f"127.0.0.1:{port}"
    file = tmp_path / "beyond.topology.yaml"
    file.write_text(yaml.safe_dump(beyond))
    scenario = write_scenario(tmp_path, AUTHORIZATION + RETURN_HOME)
    sut = [
        f"primary.gateway={transport}:127.0.0.1:{port}",
        *(f"primary.{name}" for name in ("server", "core")),
    ]
    with (
        kamailio(tool, tmp_path, {port: text}) as programs,
        served(tmp_path, file, ["primary.core", "primary.server", "primary.gateway"]),
    ):
        received = check(scenario, sut, transport, programs)
    inward = [message for node, message in received if node == "partner.gateway"]
    relayed = [each for each in inward if f"127.0.0.1:{port}" in (each.first("via") or "")]
    assert relayed, "nothing came through the relay"
