"""What is a scenario, what a topology, and what is neither."""

from pathlib import Path

import pytest

from mcsip.resources import scenarios_dir
from mcsip.scenario.files import SUFFIXES, is_scenario, is_topology


def test_every_shipped_file_is_one_of_the_two() -> None:
    for path in scenarios_dir().rglob("*"):
        if path.suffix in SUFFIXES:
            assert is_scenario(path) is not is_topology(path), path
            assert is_topology(path) is (path.parent.name == "topologies"), path


@pytest.mark.parametrize(
    ("text", "scenario", "topology"),
    [
        ("name: x\ntopology: t.yaml\nsteps:\n  - wait: 1\n", True, False),
        ("include: base.yaml\nsteps :\n", True, False),
        ("steps:\n  - run: make\n", False, False),
        ("jobs:\n  a:\n    steps: []\ntopology: ring\n", False, False),
        ("systems: {}\n", False, True),
        ("clients: {}\nsteps: []\n", False, False),
        ("", False, False),
    ],
)
def test_by_the_keys_of_the_file(tmp_path: Path, text: str, scenario: bool, topology: bool) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    assert (is_scenario(path), is_topology(path)) == (scenario, topology)


def test_steps_are_enough_for_a_file_that_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text("steps: []\n", encoding="utf-8")
    assert is_scenario(path, named=True)
    path.write_text("a: 1\n", encoding="utf-8")
    assert not is_scenario(path, named=True)


def test_by_its_name_a_topology_is_one(tmp_path: Path) -> None:
    path = tmp_path / "x.topology.yaml"
    path.write_text("steps: []", encoding="utf-8")
    assert is_topology(path)


def test_what_cannot_be_read_is_neither(tmp_path: Path) -> None:
    assert not is_topology(tmp_path / "missing.yaml")
    assert not is_scenario(tmp_path / "missing.yaml")
