"""What docs/load.md says is so: its commands and its files, as they are written, at other ports."""

import asyncio
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.load import THRESHOLDS, VERDICTS
from mcsip.load.plan import make_plan
from mcsip.load.threshold import parse_threshold
from mcsip.load.user import RESET
from mcsip.load.verdict import LoadVerdict
from mcsip.scenario.load import load_scenario
from mcsip.topology.injection import read_injection
from mcsip.topology.load import load_topology
from tests.ports import free_port
from tests.system.serving import Served

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "docs" / "load"
PAGE = (ROOT / "docs" / "load.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(text.replace("\\\n", " "))
    for text in re.findall(r"^ {4}\.venv/bin/mcsip ((?:.*\\\n)*.*)$", PAGE, re.MULTILINE)
]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return a folder like a clone, in which the topology's addresses are free ones."""
    shutil.copytree(FILES, tmp_path / "docs" / "load")
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    topology = tmp_path / "docs" / "load" / "load.topology.yaml"
    text = topology.read_text(encoding="utf-8")
    moved, count = re.subn(r"(?<=127\.0\.0\.1:)\d+", lambda _: str(free_port()), text)
    assert count == 6
    topology.write_text(moved, encoding="utf-8")
    return tmp_path


def quick(arguments: list[str]) -> list[str]:
    """Return a command that takes two seconds instead of ten."""
    assert "-d 10" in " ".join(arguments)
    return [
        "2" if before == "-d" else each
        for before, each in zip(["", *arguments], arguments, strict=False)
    ]


def mcsip(folder: Path, arguments: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "mcsip", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_first_command_works(desk: Path) -> None:
    done = mcsip(desk, quick(COMMANDS[0]))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_nodes_elsewhere_are_loaded_as_it_says(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve, load = COMMANDS[1:]
    assert (serve[0], load[0]) == ("serve", "load")
    monkeypatch.chdir(desk)

    async def main() -> "subprocess.CompletedProcess[str]":
        served = Served(serve[1:], [], desk / "served.log")
        await served.start()
        try:
            return await asyncio.to_thread(mcsip, desk, quick(load))
        finally:
            assert await served.end() == 0

    done = asyncio.run(main())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "records    agree: 40 users away, nobody is half-migrated" in done.stdout


def test_the_scenario_can_be_loaded_and_the_users_are_its_own() -> None:
    plan = make_plan(load_scenario(FILES / "load.yaml"))
    assert plan.driven == ("authenticate", "register", "migrate")
    topology = load_topology(FILES / "load.topology.yaml")
    assert len(read_injection(FILES / "users.csv", topology).copies) == 3


@pytest.mark.parametrize("text", re.findall(r"`([^`]*[<>][^`]*)`", " ".join(THRESHOLDS)))
def test_its_thresholds_are_such(text: str) -> None:
    parse_threshold(text, ("register", "migrate", RESET))


def test_verdicts_are_listed_from_the_best_to_the_worst() -> None:
    assert list(VERDICTS) == list(LoadVerdict)
