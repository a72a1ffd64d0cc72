"""``mcsip run``: verdicts, selection, reports, exit codes."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
CONTRACT_BROKEN = ["not-yaml", "two-errors", "unknown-client", "unknown-step"]


def test_a_pass(cli: Cli, files: Path) -> None:
    done = cli("run", files / "good.yaml", "--seed", "7")
    assert done.code == 0
    assert "PASS" in done.out
    assert "migration-service-authorization-request" in done.out
    assert "seed 7" in done.out
    assert "\x1b" not in done.out
    assert all(len(line) <= 80 for line in done.out.splitlines())


def test_a_fail_of_several(cli: Cli, files: Path) -> None:
    done = cli("run", files)
    assert done.code == 1
    assert "2 scenarios: 1 pass, 1 fail" in done.out
    assert "wrong.yaml:9:5: another result than expected" in done.out


def test_an_error_wins_over_a_fail(cli: Cli, files: Path) -> None:
    text = (files / "good.yaml").read_text()
    (files / "error.yaml").write_text(
        text.replace("  - authenticate: {client: alice-ue, in: partner}\n", "")
    )
    assert cli("run", files).code == 4


@pytest.mark.parametrize("name", CONTRACT_BROKEN)
def test_the_broken_files_of_the_contract(cli: Cli, shared: Path, name: str) -> None:
    done = cli("run", shared / "contract" / "broken" / f"{name}.scenario.yaml")
    assert done.code == 3
    assert f"{name}.scenario.yaml:" in done.err
    assert not Path("mcsip-out").exists()


def test_all_faults_of_all_files_and_nothing_runs(cli: Cli, files: Path) -> None:
    for name in ("good", "wrong"):
        path = files / f"{name}.yaml"
        path.write_text(path.read_text().replace("alice-ue", "alize-ue"))
    done = cli("run", files)
    assert done.code == 3
    assert done.err.count("there is no client 'alize-ue'") == 6


@pytest.mark.parametrize(
    ("options", "selected"),
    [
        (["-k", "good"], ["good"]),
        (["-k", "not good"], ["wrong"]),
        (["--tag", "fine"], ["good"]),
        (["--tag", "fine", "--tag", "bad"], ["good", "wrong"]),
        (["--exclude", "fine"], ["wrong"]),
        (["-k", "10.6.3.3"], ["good", "wrong"]),
    ],
)
def test_selection(cli: Cli, files: Path, options: list[str], selected: list[str]) -> None:
    done = cli("run", files, "--dry-run", *options)
    assert done.code == 0
    assert [Path(line.partition(":")[0]).stem for line in done.out.splitlines()] == selected


def test_nothing_selected(cli: Cli, files: Path, tmp_path: Path) -> None:
    assert cli("run", files, "--tag", "zzz").code == 5
    assert cli("run", files, "--tag", "zzz", "--dry-run").code == 5
    (tmp_path / "empty").mkdir()
    assert cli("run", tmp_path / "empty").code == 5


def test_wrong_command_lines(cli: Cli, files: Path) -> None:
    for arguments in (
        ["run"],
        ["run", "nowhere.yaml"],
        ["run", files, "-k", "("],
        ["run", files, "--transport", "sctp"],
        ["run", files, "--timeout", "0"],
    ):
        assert cli(*arguments).code == 2


def test_fail_fast_leaves_the_rest_out(cli: Cli, files: Path) -> None:
    (files / "zz.yaml").write_text((files / "good.yaml").read_text())
    done = cli("run", files / "wrong.yaml", files / "zz.yaml", "--fail-fast", "--junit", "j.xml")
    assert done.code == 1
    assert "<skipped" in Path("j.xml").read_text()


def test_the_run_directory(cli: Cli, files: Path) -> None:
    assert cli("run", files, "--seed", "7", "--service", "all", "-k", "good").code == 0
    (folder,) = [path for path in Path("mcsip-out").iterdir() if not path.is_symlink()]
    assert folder.name.endswith("Z-7")
    assert ":" not in folder.name
    assert (Path("mcsip-out") / "latest").resolve() == folder.resolve()
    assert sorted(path.name for path in folder.iterdir()) == ["good", "good-mcdata", "good-mcvideo"]
    assert {path.name for path in (folder / "good").iterdir()} >= {
        "report.json", "ladder.mmd", "capture.pcap", "messages.log",
    }  # fmt: skip


def test_reports_at_paths_of_their_own(cli: Cli, files: Path) -> None:
    done = cli(
        "run", files, "--junit", "r/j.xml", "--json", "r/j.json", "--tap", "r/t.tap",
        "--pcap", "r/c.pcap", "--mermaid", "r/m.mmd", "-q", "--out", "elsewhere",
    )  # fmt: skip
    assert done.code == 1
    assert sorted(path.name for path in Path("r").iterdir()) == [
        "c-good.pcap", "c-wrong.pcap", "j.json", "j.xml", "m-good.mmd", "m-wrong.mmd", "t.tap",
    ]  # fmt: skip
    report = json.loads(Path("r/j.json").read_text())
    assert report["verdict"] == "fail"
    assert Path("elsewhere/latest").is_dir()
    assert cli("run", files / "good.yaml", "--pcap", "one.pcap").code == 0
    assert Path("one.pcap").is_file()


def test_quiet_and_verbose(cli: Cli, files: Path) -> None:
    assert cli("run", files / "good.yaml", "-q").out == ""
    assert cli("-q", "run", files / "good.yaml").out == ""
    both = cli("run", files / "good.yaml", files / "wrong.yaml", "-v").out
    assert both.count("TS 23.280 10.6.3.3 ─") == 2


@pytest.mark.parametrize(
    ("options", "no_color", "coloured"),
    [([], "", False), (["--color", "always"], "1", True), (["--color", "never"], "", False)],
)
def test_colours(
    cli: Cli,
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    no_color: str,
    coloured: bool,
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    assert ("\x1b[" in cli("run", files / "good.yaml", *options).out) is coloured
    assert ("\x1b[" in cli(*options, "run", files / "good.yaml").out) is coloured


def test_the_time_for_the_whole_run(cli: Cli, files: Path) -> None:
    done = cli("run", files / "good.yaml", files / "good.yaml", "--timeout", "0.000001")
    assert done.code == 6
    assert "PASS" not in done.out, "what was not complete has not passed"


def test_the_seed_repeats_a_run(cli: Cli, files: Path) -> None:
    """In memory every file repeats octet for octet, but for the time of the run."""
    folders = []
    for name in ("a", "b"):
        assert cli("run", files / "good.yaml", "--seed", "5", "--out", name).code == 0
        folder = Path(name) / "latest" / "good"
        folders.append({file.name: file.read_bytes() for file in folder.iterdir()})
    reports = [json.loads(folder.pop("report.json")) for folder in folders]
    assert folders[0] == folders[1]
    assert {"trace.jsonl", "messages.log", "ladder.mmd", "capture.pcap"} <= set(folders[0])
    for report in reports:
        (case,) = report["scenarios"]
        assert case.pop("elapsed_s") > 0
        assert case.pop("pcap").endswith("capture.pcap")  # in a folder named by the time
    assert reports[0] == reports[1]


def test_the_installed_command(files: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mcsip.cli.main", "run", str(files / "good.yaml")],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "PASS" in done.stdout


def test_the_rules_are_asked_on_demand(cli: Cli, files: Path) -> None:
    plain = cli("run", files / "good.yaml", "--seed", "7", "--json", "a.json")
    assert "rules kept" not in plain.out
    done = cli("run", files / "good.yaml", "--seed", "7", "--check", "--strict", "--json", "b.json")
    assert done.code == 0, done.out
    assert re.search(r"\d+ rules kept, release 18", done.out)
    (without,) = json.loads(Path("a.json").read_text())["scenarios"]
    (checked,) = json.loads(Path("b.json").read_text())["scenarios"]
    assert without["conformance"] is None
    assert checked["conformance"]["verdict"] == "pass"
    assert checked["conformance"]["strict"] is True


def test_a_broken_rule_makes_a_run_fail(cli: Cli, files: Path) -> None:
    """The release in which there was no migration: its elements are findings then."""
    reports = ("--json", "r.json", "--junit", "r.xml", "--tap", "r.tap", "--html", "r.html")
    done = cli("run", files / "good.yaml", "--check", "--release", "17", *reports)
    assert done.code == 1
    (scenario,) = json.loads(Path("r.json").read_text())["scenarios"]
    assert scenario["verdict"] == "fail"
    broken = [rule["id"] for rule in scenario["conformance"]["rules"] if rule["verdict"] == "fail"]
    assert broken
    assert broken[0] in scenario["reason"]
    for report in ("r.xml", "r.tap", "r.html"):
        assert broken[0] in Path(report).read_text()
    assert broken[0] in done.out
    assert "release 17" in done.out


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("partner.server=sctp:192.0.2.1:5060", "the transport 'sctp' is not one of udp, tcp, tls"),
        ("partner.server=192.0.2.1", "is not host:port"),
        ("=udp:192.0.2.1:5060", "names no node: write NODE=udp:HOST:PORT"),
        ("partner.server=udp:192.0.2.1:0", "has the port 0"),
    ],
)
def test_a_system_under_test_that_is_wrongly_named(
    cli: Cli, files: Path, value: str, said: str
) -> None:
    done = cli("run", files / "good.yaml", "--sut", value)
    assert done.code == 2
    assert "--sut" in done.err
    assert said in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("partner.srver=udp:192.0.2.1:5060",), "did you mean 'partner.server'?"),
        (
            ("partner.server",),
            "partner.server has no address in the topology: write partner.server=",
        ),
        (
            ("partner.server=udp:192.0.2.1:5060", "--network", "memory"),
            "it runs in memory, where partner.server cannot be reached",
        ),
    ],
)
def test_a_system_under_test_that_cannot_be(
    cli: Cli, files: Path, arguments: tuple[str, ...], said: str
) -> None:
    """The scenario has no meaning with it: nothing is run, and the reason is told."""
    done = cli("run", files / "good.yaml", "--sut", *arguments)
    assert done.code == 5
    assert said in done.err
    assert not Path("mcsip-out").exists()
