"""Users under Locust, in one process: what it is told of them.

A master with workers and its web page: ``tests/interop/test_locust.py``.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from . import under_locust
from .test_locust_job import write
from .under_locust import ENOUGH, run

pytestmark = [pytest.mark.slow, pytest.mark.interop]


@pytest.fixture(autouse=True)
def locust() -> None:
    under_locust.need_locust()


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
    assert calls == failures >= ENOUGH, "calls go on, however they end"
    assert "no user is left: this worker has 2 (--users-per-worker)" in found.stderr
    assert counts["migrate"] == ("SIP", calls - 1, calls - 1), "one call of the third user, no step"
    assert "migrate: result: failed, reason: unreachable" in found.stderr
    assert "WARNING/mcsip.load.locust_user: user 1: alice-ue-1 migrates to partner" in found.stderr
    assert "Traceback" not in found.stderr
