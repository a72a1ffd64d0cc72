"""From a scenario file to a scenario; every fault of a broken one, as its golden text says."""

import re
from pathlib import Path
from typing import Any

import pytest

from mcsip.errors import FileError
from mcsip.resources import scenarios_dir
from mcsip.scenario.load import Scenario, load_scenario
from mcsip.scenario.model import FaultOptions, RunOptions
from mcsip.topology.under_test import parse_under_test

FOLDER = Path(__file__).parent / "broken"
BROKEN = [path for path in sorted(FOLDER.glob("*.yaml")) if path.name != "topology.yaml"]


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_golden_texts(path: Path) -> None:
    with pytest.raises(FileError) as caught:
        load_scenario(path, name=path.name)
    assert f"{caught.value}\n" == path.with_suffix(".err").read_text(encoding="utf-8")


def write(folder: Path, text: str) -> Path:
    (folder / "topology.yaml").write_text((FOLDER / "topology.yaml").read_text())
    path = folder / "x.scenario.yaml"
    path.write_text(f"name: X\ntopology: topology.yaml\n{text}")
    return path


STEPS = "steps:\n  - authenticate: {client: alice-ue, in: partner}\n"


def test_a_scenario(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "description: D\nclauses: [C 1]\ntags: [t]\n"
        "options: {seed: 7, transport: udp, service: mcvideo, faults: {loss: 0.1, delay: 0.2},\n"
        "  timeouts: {t1: 0.1, settle: 3, scenario: 60}, pending_timeout_s: 9,\n"
        "  retention_s: 8, confirmation_s: 7, gateways: none, durable: true}\n" + STEPS,
    )
    scenario = load_scenario(path, name="x.scenario.yaml")
    assert (scenario.name, scenario.stem, scenario.description) == ("X", "x", "D")
    assert (scenario.clauses, scenario.tags) == (("C 1",), ("t",))
    assert scenario.options == RunOptions(
        seed=7, transport="udp", service="mcvideo", network="memory",
        faults=FaultOptions(0.1, 0.0, 0.0, 0.2), t1_s=0.1,
        settle_s=3.0, timeout_s=60.0, pending_timeout_s=9.0,
        retention_s=8.0, confirmation_s=7.0, gateways="none", durable=True,
    )  # fmt: skip
    assert scenario.topology.service.key == "mcvideo"
    assert scenario.topology.transport == "UDP"
    assert [step.title for step in scenario.steps] == ["alice-ue authenticates in partner"]


def test_layers_of_options(tmp_path: Path) -> None:
    """Configuration file < the scenario's options < environment and command line."""
    path = write(tmp_path, "options: {seed: 2, service: mcvideo}\n" + STEPS)
    scenario = load_scenario(
        path,
        over=RunOptions(service="mcdata"),
        under=RunOptions(seed=1, service="mcptt", transport="udp"),
    )
    assert scenario.options == RunOptions(seed=2, service="mcdata", transport="udp")
    assert scenario.topology.service.key == "mcdata"


def test_steps_of_included_files_come_first(tmp_path: Path) -> None:
    (tmp_path / "first.yaml").write_text("steps:\n  - register: {client: alice-ue, in: primary}\n")
    path = write(tmp_path, "include: first.yaml\n" + STEPS)
    scenario = load_scenario(path, name="x.yaml")
    assert [step.verb for step in scenario.steps] == ["register", "authenticate"]
    assert [str(step.position) for step in scenario.steps] == ["first.yaml:2:5", "x.yaml:5:5"]


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "refused-by-primary",
        "return-home",
        "on-to-third-system",
        "without-interconnection",
    ],
)
def test_the_contract(shared: Path, name: str) -> None:
    scenario = load_scenario(shared / "contract" / f"{name}.scenario.yaml")
    assert scenario.stem == name
    assert scenario.steps


@pytest.mark.parametrize(
    ("name", "lines", "hints"),
    [
        ("not-yaml", [3], ["missing"]),
        ("two-errors", [4, 6], ["primary, partner", "'status'"]),
        ("unknown-client", [4], ["'alice-ue'"]),
        ("unknown-step", [5], ["'migrate'"]),
    ],
)
def test_the_broken_files_of_the_contract(
    shared: Path, name: str, lines: list[int], hints: list[str]
) -> None:
    path = shared / "contract" / "broken" / f"{name}.scenario.yaml"
    promised = [int(n) for n in re.findall(r"# line (\d+)", path.read_text())]
    with pytest.raises(FileError) as caught:
        load_scenario(path)
    found = caught.value.diagnostics
    assert [fault.line for fault in found] == lines
    assert not promised or promised == lines
    for fault, hint in zip(found, hints, strict=True):
        assert hint in (fault.hint or "")


class TestUnderTest:
    """Nodes that the user says are somebody else's: ``--sut``."""

    SUT = (parse_under_test("partner.gateway=udp:192.0.2.1:5062"),)

    def load(self, folder: Path, head: str = "", **options: Any) -> Scenario:
        options.setdefault("under_test", self.SUT)
        topology = scenarios_dir() / "topologies" / "two-systems.yaml"
        path = folder / "x.scenario.yaml"
        path.write_text(f"name: X\ntopology: {topology}\n{head}{STEPS}")
        return load_scenario(path, over=RunOptions(**options))

    def test_they_are_in_the_topology(self, tmp_path: Path) -> None:
        scenario = self.load(tmp_path)
        assert scenario.no_meaning == ""
        assert scenario.topology.foreign == ["partner.gateway"]

    @pytest.mark.parametrize(
        ("options", "why"),
        [
            ({"gateways": "none"}, "partner.gateway is left out by 'gateways: none'"),
            ({"network": "memory"}, "it runs in memory, where partner.gateway cannot be reached"),
            (
                {"under_test": (parse_under_test("partner.gatway=udp:192.0.2.1:1"),)},
                "did you mean 'partner.gateway'?",
            ),
        ],
    )
    def test_why_a_scenario_has_no_meaning(
        self, tmp_path: Path, options: dict[str, Any], why: str
    ) -> None:
        assert why in self.load(tmp_path, **options).no_meaning

    def test_pjsip_has_no_meaning_in_memory(self, tmp_path: Path) -> None:
        topology = scenarios_dir() / "topologies" / "two-systems.yaml"
        overlay = f"include: {topology}\nclients: {{alice-ue: {{backend: pjsua2}}}}\n"
        (tmp_path / "pjsip.topology.yaml").write_text(overlay)
        path = tmp_path / "x.scenario.yaml"
        path.write_text(f"name: X\ntopology: pjsip.topology.yaml\n{STEPS}")
        assert load_scenario(path).no_meaning == ""
        there = load_scenario(path, over=RunOptions(network="memory")).no_meaning
        assert "in memory, where alice-ue cannot be reached" in there

    def test_virtual_time_of_the_file_has_no_meaning_either(self, tmp_path: Path) -> None:
        assert "in memory" in self.load(tmp_path, "options: {network: memory}\n").no_meaning
