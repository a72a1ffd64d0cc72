"""Locust in one process, for tests: it ends when there were enough calls, however fast that is."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

LOCUSTFILE = str(Path(__file__).resolve().parents[2] / "mcsip/load/locustfile.py")
LIMIT_S = 120
USERS = 3
ENOUGH = 8
"""Calls after which the process ends."""
ALONE = ("--headless", "-u", str(USERS), "-r", str(USERS), "-t", "100s", "--json", "--only-summary")
COUNTING = """\
import gevent
from locust import events
from mcsip.load.locustfile import MissionCriticalUser

runners = []
calls = []

@events.init.add_listener
def keep(environment, **_):
    runners.append(environment.runner)

@events.request.add_listener
def count(request_type, **_):
    if request_type == "CALL":
        calls.append(request_type)
        if len(calls) == {enough}:
            gevent.spawn(runners[0].quit)
"""


def need_locust() -> None:
    """Skip where Locust is not installed, but not under CI."""
    if find_spec("locust") is None:
        reason = "Locust is not installed (pip install mcsip[load])"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def python(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run Python to its end."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def run(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run Locust until its users have made enough calls."""
    file = folder / "counting.py"
    file.write_text(COUNTING.format(enough=ENOUGH))
    return python(folder, "-m", "locust", "-f", str(file), *ALONE, *arguments, **environment)
