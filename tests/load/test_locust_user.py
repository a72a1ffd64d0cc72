"""Users under Locust, in one process: what it is told, and what is refused.

A master with workers and its web page: ``tests/interop/test_locust.py``.
"""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from .test_locust_job import write

pytestmark = [pytest.mark.slow, pytest.mark.interop]

LOCUSTFILE = str(Path(__file__).resolve().parents[2] / "mcsip/load/locustfile.py")
LIMIT_S = 60
ALONE = ("--headless", "-u", "3", "-r", "3", "-t", "2s", "--json", "--only-summary")


@pytest.fixture(autouse=True)
def locust() -> None:
    """Skip where Locust is not installed, but not under CI."""
    if find_spec("locust") is None:
        reason = "Locust is not installed (pip install mcsip[load])"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def run(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "locust", "-f", LOCUSTFILE, *ALONE, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def test_failures_are_told_by_step_and_reason(tmp_path: Path) -> None:
    """Nobody listens at the addresses of the topology; and of three users there are two."""
    scenario = write(tmp_path)
    found = run(tmp_path, "--scenario", str(scenario), "--users-per-worker", "2")
    assert found.returncode == 1, found.stderr
    rows: list[dict[str, Any]] = json.loads(found.stdout)
    counts = {
        row["name"]: (row["method"], row["num_requests"], row["num_failures"]) for row in rows
    }
    kind, calls, failures = counts["total"]
    assert kind == "CALL"
    assert calls == failures > 2, "calls go on, however they end"
    assert "no user is left: this worker has 2 (--users-per-worker)" in found.stderr
    assert counts["migrate"] == ("SIP", calls - 1, calls - 1), "one call of the third user, no step"
    assert "migrate: result: failed, reason: unreachable" in found.stderr
    assert "WARNING/mcsip.load.locust_user: user 1: alice-ue-1 migrates to partner" in found.stderr
    assert "Traceback" not in found.stderr


def test_the_scenario_may_come_from_the_environment(tmp_path: Path) -> None:
    found = run(tmp_path, LOCUST_SCENARIO=str(write(tmp_path)))
    assert "migrate" in {row["name"] for row in json.loads(found.stdout)}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "which scenario? Name one with --scenario or LOCUST_SCENARIO"),
        (("--scenario", "none.yaml"), "none.yaml:1:1: "),
        (("--scenario", "load.yaml", "--pace", "0"), "more than 0 seconds"),
        (("--scenario", "load.yaml", "--users-per-worker", "-3"), "fewer than none"),
        (("--scenario", "load.yaml", "--transport", "sctp"), "sctp"),
        (("--scenario", "load.yaml", "--service", "mcfax"), "mcfax"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_starts(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    write(tmp_path)
    found = run(tmp_path, *arguments)
    assert found.returncode != 0
    assert told in found.stderr
    assert "Traceback" not in found.stderr
    assert found.stdout == ""


def test_too_few_users_in_a_file_end_the_process(tmp_path: Path) -> None:
    users = tmp_path / "users.csv"
    users.write_text("SEQUENTIAL\nsip:u1@primary.example\n")
    found = run(tmp_path, "--scenario", str(write(tmp_path)), "--users-file", str(users))
    assert found.returncode == 3
    assert "3 users are wanted, and the file has 1" in found.stderr
    assert "Traceback" not in found.stderr
