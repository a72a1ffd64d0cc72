"""What the README says is so: its commands, its scenario, its error."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from mcsip.errors import FileError
from mcsip.scenario.load import load_scenario

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\.venv/bin/mcsip (.*?)(?: {2,}#.*)?$", README, re.MULTILINE)
TOPOLOGY = f"include: {ROOT / 'scenarios/topologies/two-systems.yaml'}\n"


def blocks(language: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [text for name, text in fenced if name == language]


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what the commands name: the scenarios, a capture and its topology."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "scenarios").symlink_to(ROOT / "scenarios")
    (folder / "ours.yaml").write_text(TOPOLOGY, encoding="utf-8")
    capture = str(folder / "capture.pcapng")
    done = mcsip(folder, "run", "scenarios/authorization/success.yaml", "--pcap", capture)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def mcsip(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "mcsip", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_work(command: str, desk: Path, tmp_path: Path) -> None:
    arguments = shlex.split(command)
    if arguments[0] == "run":
        arguments += ["--out", str(tmp_path)]
    if "192.0.2." in command:  # an address for documents (RFC 5737): nobody is there
        arguments.append("--dry-run")
    done = mcsip(desk, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_scenario_is_one(tmp_path: Path) -> None:
    (tmp_path / "two-systems.topology.yaml").write_text(TOPOLOGY, encoding="utf-8")
    path = tmp_path / "my.scenario.yaml"
    (text,) = blocks("yaml")
    path.write_text(text, encoding="utf-8")
    assert len(load_scenario(path).steps) == 5


def test_the_error_is_told_like_that(tmp_path: Path) -> None:
    (told,) = (block for block in blocks("") if "alize-ue" in block)
    line = told.splitlines()[1].partition("|  ")[2]
    (tmp_path / "two-systems.topology.yaml").write_text(TOPOLOGY, encoding="utf-8")
    path = tmp_path / "my.scenario.yaml"
    path.write_text(
        f"name: x\ntopology: two-systems.topology.yaml\nsteps:\n{line}\n", encoding="utf-8"
    )
    with pytest.raises(FileError) as caught:
        load_scenario(path, name="my.scenario.yaml")
    assert str(caught.value).strip() == told.strip()


def test_the_exit_codes_are_those_of_the_product() -> None:
    from mcsip.cli.exit_code import ExitCode

    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert listed == {int(code) for code in ExitCode}


def test_the_ladder_fits_a_terminal() -> None:
    (ladder,) = (block for block in blocks("") if "PASS" in block)
    assert max(map(len, ladder.splitlines())) <= 80


def test_the_figures_are_those_of_a_run() -> None:
    """No figure stands here that no command gives: they are where a run of the benchmark put them."""
    speed = README.partition("## Speed")[2].partition("\n## ")[0]
    assert "docs/performance.md" in speed
    assert not re.search(r"\d+ (µs|ms|/s)", speed)
