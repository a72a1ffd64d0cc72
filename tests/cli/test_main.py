"""The command line as a whole: errors without a traceback, exit codes, configuration."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from mcsip import __version__
from mcsip.cli import main
from mcsip.errors import McsipError, NetworkError, UsageError
from mcsip.resources import scenarios_dir

Cli = Callable[..., Any]


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version").out == f"mcsip {__version__}\n"
    text = cli("--help").out
    for name in main.COMMANDS:
        assert f"  {name} " in text


def test_an_unknown_command_has_a_hint(cli: Cli) -> None:
    done = cli("rum")
    assert done.code == 2
    assert "There is no command 'rum'; did you mean 'run'?" in done.err


def test_an_unknown_option_is_a_usage_error(cli: Cli) -> None:
    assert cli("run", "--sed", "1", "x").code == 2


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (UsageError("wrong"), 2, "Error: wrong\n"),
        (NetworkError("no bind"), 4, "Error: no bind\n"),
        (McsipError("no"), 4, "Error: no\n"),
        (OSError(28, "No space left"), 4, "Error: No space left\n"),
        (OSError(2, "No such file", "/proc/x"), 4, "Error: /proc/x: No such file\n"),
        (KeyboardInterrupt(), 130, "\ninterrupted\n"),
    ],
)
def test_errors_become_exit_codes(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, text: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("mcsip.cli.discover.find_scenarios", fail)
    done = cli("run", "x")
    assert (done.code, done.err) == (code, text)


def test_a_crash_shows_no_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("mcsip.cli.discover.find_scenarios", fail)
    done = cli("run", "x")
    assert done.code == 4
    assert "internal: RuntimeError: boom" in done.err
    assert "Traceback" not in done.err


def test_configuration_file_scenario_environment_command_line(
    cli: Cli, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Low to high: mcsip.toml, the scenario's options, MCSIP_*, the command line."""
    good = files / "good.yaml"
    Path("mcsip.toml").write_text('[run]\nservice = "mcvideo"\nnetwork = "loopback"\n')
    text = good.read_text()
    assert "[mcvideo]" in cli("run", good, "--dry-run").out
    good.write_text(text.replace("network: memory", "network: memory, service: mcdata"))
    assert "[mcdata]" in cli("run", good, "--dry-run").out
    monkeypatch.setenv("MCSIP_RUN_SERVICE", "mcptt")
    assert "[mcptt]" in cli("run", good, "--dry-run").out
    assert "[mcvideo]" in cli("run", good, "--dry-run", "--service", "mcvideo").out


def test_an_unknown_key_of_the_configuration(cli: Cli, files: Path) -> None:
    Path("mcsip.toml").write_text("[run]\nsed = 1\n")
    done = cli("run", files / "good.yaml")
    assert done.code == 3
    assert "mcsip.toml:2:1: unknown key 'sed'" in done.err


HEAVY = ("asyncio", "cryptography", "jwt", "lxml", "pydantic", "rich", "yaml")


def loaded(arguments: list[str], names: Sequence[str]) -> list[str]:
    """Return which of these modules a command has imported when it ends."""
    script = (
        "import sys; from mcsip.cli.main import run_cli\n"
        f"assert run_cli({arguments!r}) == 0\n"
        f"print(*[name for name in {list(names)!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1].split()


@pytest.mark.parametrize("command", ["", "run", "demo", "check", "show", "list", "validate"])
def test_help_imports_nothing_that_it_does_not_need(command: str) -> None:
    assert loaded([*command.split(), "--help"], HEAVY) == []


def test_the_version_imports_nothing_that_it_does_not_need() -> None:
    assert loaded(["--version"], HEAVY) == []


def test_the_main_scenario_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    scenario = scenarios_dir() / "authorization" / "success.yaml"
    unneeded = (
        *("aiohttp", "authlib", "dns", "jinja2", "rich", "mcsip.conformance", "mcsip.load"),
        *("mcsip.net.certificates", "mcsip.net.memory", "mcsip.net.rtp"),
        *("mcsip.nodes.call_agent", "mcsip.nodes.data_side", "mcsip.nodes.pjsua_client"),
        *("mcsip.report.html", "mcsip.report.svg", "mcsip.scenario.steps.call", "mcsip.sip.call"),
    )
    assert loaded(["run", str(scenario), "--out", str(tmp_path)], unneeded) == []


def test_a_bad_value_in_the_configuration_names_file_and_line(cli: Cli, files: Path) -> None:
    Path("mcsip.toml").write_text("[run]\n# a comment\nseed = 'many'\n")
    done = cli("run", files / "good.yaml")
    assert done.code == 3
    assert "mcsip.toml:3:" in done.err
    assert "'many' is not a valid" in done.err
    assert cli("run", files / "good.yaml", "--seed", "many").code == 2


def test_a_variable_that_sets_nothing_is_a_usage_error(
    cli: Cli, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCSIP_RUN_SEEED", "5")
    done = cli("run", files / "good.yaml")
    assert done.code == 2
    assert "MCSIP_RUN_SEEED sets nothing; did you mean 'MCSIP_RUN_SEED'" in done.err
    monkeypatch.delenv("MCSIP_RUN_SEEED")
    monkeypatch.setenv("MCSIP_RUN_SEED", "5")
    assert cli("run", files / "good.yaml").code == 0
