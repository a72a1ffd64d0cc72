"""``mcsip load``: exit codes, files, and what is told of bad input, golden."""

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcsip.cli.exit_code import ExitCode

Cli = Callable[..., Any]
GOLDEN = Path(__file__).parent / "golden"
QUICK = ("--network", "memory", "-r", "10", "-d", "2", "-n", "4")
START_S = 60.0


@pytest.fixture
def load(cli: Cli, files: Path) -> Cli:
    """Run ``mcsip load`` for a scenario of the folder ``files``, in memory."""

    def run(name: str, *arguments: object) -> Any:
        return cli("load", files / name, *QUICK, *arguments)

    return run


def test_a_load_that_works(load: Cli) -> None:
    done = load(
        "good.yaml", "--threshold", "p95(migrate)<1s, failures<1%", "--threshold", "rate>=99%"
    )
    assert done.code == ExitCode.OK
    assert "calls      20 due, 20 begun" in done.out
    assert "agree: 0 users away, nobody is half-migrated" in done.out  # they went home
    assert "no rule is broken" in done.out
    assert done.out.endswith("  PASS\n")


def test_quiet_says_nothing_where_all_is_well(load: Cli) -> None:
    assert load("good.yaml", "-q").out == ""


def test_a_missed_threshold_is_7(load: Cli) -> None:
    done = load("good.yaml", "--threshold", "p50(migrate)<1us")
    assert done.code == ExitCode.THRESHOLD
    assert "MISSED  p50(migrate)<1us" in done.out


def test_calls_that_nobody_could_make_are_a_missed_threshold_where_none_is_named(load: Cli) -> None:
    done = load("good.yaml", "-n", "1", "-r", "200")
    assert done.code == ExitCode.THRESHOLD
    assert "MISSED  failures<=0" in done.out


def test_who_answers_otherwise_than_expected_is_1_whatever_the_thresholds(load: Cli) -> None:
    done = load("wrong.yaml", "--threshold", "failures<=100%")
    assert done.code == ExitCode.FAIL
    assert "migrate: result: refused, by: primary.server" in done.out
    assert "met     failures<=100%" in done.out


def test_reports_of_all_kinds(load: Cli, tmp_path: Path) -> None:
    out = tmp_path / "out"
    names = {"json": out / "l.json", "csv": out / "l.csv", "html": out / "l.html"}
    options = [text for kind, path in names.items() for text in (f"--{kind}", path)]
    done = load("good.yaml", *options, "--plots", out / "plots")
    assert done.code == ExitCode.OK
    report = json.loads(names["json"].read_text())
    assert (report["format"], report["verdict"], report["calls"]["ok"]) == (
        "mcsip-load",
        "pass",
        20,
    )
    rows = list(csv.DictReader(names["csv"].read_text().splitlines(), delimiter=";"))
    assert rows[-1]["SuccessfulCall(C)"] == "20"
    page = names["html"].read_text()
    assert page.count("data:image/png;base64,") == 7
    assert "nobody is half-migrated" in page
    plots = sorted(path.name for path in (out / "plots").iterdir())
    assert plots == [
        "failures.png", "latency-authenticate.png", "latency-migrate.png", "latency-register.png",
        "latency-reset.png", "latency-total.png", "rate.png",
    ]  # fmt: skip
    assert f"written to {names['json']}" in done.err


def test_users_of_a_file(load: Cli, tmp_path: Path) -> None:
    lines = "".join(f"sip:u{n}@primary.example\n" for n in range(4))
    (tmp_path / "users.csv").write_text(f"SEQUENTIAL\n{lines}")
    done = load("good.yaml", "--users-file", tmp_path / "users.csv", "--no-reset")
    assert done.code == ExitCode.OK
    assert "agree: 4 users away" in done.out


def test_steps_and_ramps_and_calls(load: Cli, cli: Cli, files: Path) -> None:
    good = files / "good.yaml"
    stepped = cli("load", good, "--network", "memory", "--steps", "2:2,10:1", "-n", "3")
    assert "14 due, 14 begun" in stepped.out
    ramped = cli(
        "load", good, "--network", "memory", "-r", "10", "-d", "4", "--ramp", "2", "-n", "3"
    )
    assert "30 due, 30 begun" in ramped.out
    counted = cli("load", good, "--network", "memory", "-r", "10", "-m", "7", "-n", "3")
    assert "7 due, 7 begun" in counted.out


BAD = {
    "rate-0": ("good.yaml", "-r", "0", "-d", "1"),
    "rate-negative": ("good.yaml", "-r", "-5", "-d", "1"),
    "rate-nan": ("good.yaml", "-r", "nan", "-d", "1"),
    "ramp-nan": ("good.yaml", *QUICK, "--ramp", "nan"),
    "grace-nan": ("good.yaml", *QUICK, "--grace", "nan"),
    "quiet-endless": ("good.yaml", *QUICK, "--quiet-within", "inf"),
    "t1-nan": ("good.yaml", *QUICK, "--t1", "nan"),
    "rate-endless": ("good.yaml", "-r", "1e12", "-d", "1"),
    "no-rate": ("good.yaml", "-d", "1"),
    "no-duration": ("good.yaml", "-r", "1"),
    "users-0": ("good.yaml", *QUICK, "-n", "0"),
    "users-too-many": ("good.yaml", *QUICK, "-n", "99999999999"),
    "memory-too-long": ("good.yaml", "--network", "memory", "-r", "1", "-d", "604800"),
    "ramp-too-long": ("good.yaml", *QUICK, "--ramp", "5"),
    "steps-none": ("good.yaml", "--steps", "10"),
    "steps-and-rate": ("good.yaml", "--steps", "10:1", "-r", "5"),
    "threshold-none": ("good.yaml", *QUICK, "--threshold", "fast"),
    "threshold-metric": ("good.yaml", *QUICK, "--threshold", "speed<1ms"),
    "threshold-step": ("good.yaml", *QUICK, "--threshold", "p95(migrat)<1ms"),
    "users-file-short": ("good.yaml", *QUICK, "--users-file", "{files}/users.csv"),
    "users-file-broken": ("good.yaml", *QUICK, "--users-file", "{files}/broken.csv"),
    "output-no-folder": ("good.yaml", *QUICK, "--json", "{files}/good.yaml/report.json"),
    "output-a-folder": ("good.yaml", *QUICK, "--csv", "{files}/folder/x"),
    "output-none": ("good.yaml", *QUICK, "--json", ""),
    "output-standard": ("good.yaml", *QUICK, "--json", "-"),
    "output-twice": ("good.yaml", *QUICK, "--json", "{files}/out", "--csv", "{files}/out"),
    "plots-a-file": ("good.yaml", *QUICK, "--plots", "{files}/good.yaml"),
    "scenario-none": ("nothing.yaml", *QUICK),
    "scenario-several": (".", *QUICK),
    "scenario-stops-nodes": ("stops.yaml", *QUICK),
    "scenario-with-faults": ("faults.yaml", "-r", "1", "-d", "1"),
    "served-without-addresses": ("good.yaml", "-r", "1", "-d", "1", "--nodes", "served"),
    "served-in-memory": ("good.yaml", *QUICK, "--nodes", "served"),
    "served-with-data": ("good.yaml", *QUICK, "--nodes", "served", "--data", "x"),
    "served-with-sut": ("good.yaml", *QUICK, "--nodes", "served", "--sut", "primary.server"),
    "records-none": ("good.yaml", *QUICK, "--records", "partner.server"),
    "records-of-nobody": ("good.yaml", *QUICK, "--records", "partner.sever=x"),
    "records-read-here": ("good.yaml", *QUICK, "--records", "partner.server=x"),
    "threshold-reset": ("good.yaml", *QUICK, "--no-reset", "--threshold", "p95(reset)<1s"),
    "client-under-test": ("good.yaml", "-r", "1", "-d", "1", "--sut", "alice-ue=udp:127.0.0.1:5999"),
}  # fmt: skip


def prepare(files: Path) -> None:
    """Write what the bad command lines name."""
    (files / "folder" / "x").mkdir(parents=True)
    (files / "users.csv").write_text("SEQUENTIAL\nsip:u1@primary.example\n")
    (files / "broken.csv").write_text("SEQUENTIAL\nalice\nsip:u1@elsewhere.example\n")
    good = (files / "good.yaml").read_text()
    (files / "stops.yaml").write_text(f"{good}  - stop: {{node: partner.server}}\n")
    faulty = good.replace("{network: memory}", "{faults: {loss: 0.1}}")
    (files / "faults.yaml").write_text(faulty)


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told_before_anything_is_begun(
    cli: Cli, files: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(files)
    scenario, *arguments = BAD[name]
    monkeypatch.setattr("mcsip.cli.load_output.run_load", None)
    done = cli("load", files / scenario, *(text.format(files=files) for text in arguments))
    assert done.out == ""
    text = f"exit code {done.code}\n{done.err}".replace(str(files), "FILES")
    path = GOLDEN / f"load-{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path.name} differs (UPDATE_GOLDEN=1)"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_load_that_is_interrupted_ends_with_its_report(
    files: Path, tmp_path: Path, number: signal.Signals
) -> None:
    report = tmp_path / "report.json"
    arguments = [str(files / "good.yaml"), "-r", "5", "-d", "600", "-n", "3", "--json", str(report)]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "mcsip", "load", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        assert process.stderr is not None
        line = process.stderr.readline()  # of how it goes, after five seconds
        assert "5/s due, " in line
        assert "/s begun  " in line
        os.kill(process.pid, number)
        out, _ = process.communicate(timeout=START_S)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == ExitCode.INTERRUPTED
    assert "INTERRUPTED, PASS" in out
    told = json.loads(report.read_text())
    assert told["interrupted"]
    assert told["records"]["verdict"] == "pass"
    assert 5 < told["duration_s"] < START_S
