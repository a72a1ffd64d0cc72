"""How long ``mcsip run`` of the main scenario takes, from process start to verdict."""

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from mcsip.resources import scenarios_dir


@dataclass(frozen=True, slots=True)
class StartupFigures:
    """Wall-clock seconds of whole processes.

    Attributes:
        runs: how many were started.
        best_s: the quickest.
        median_s: the one in the middle.
    """

    runs: int
    best_s: float
    median_s: float


def measure(runs: int = 7) -> StartupFigures:
    """Start the command ``runs`` times, one after the other."""
    scenario = scenarios_dir() / "authorization" / "success.yaml"
    taken = []
    with tempfile.TemporaryDirectory(prefix="mcsip-bench-") as folder:
        for _ in range(runs):
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "mcsip", "run", str(scenario), "--out", folder],
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            taken.append(time.perf_counter() - began)
    taken.sort()
    return StartupFigures(runs, taken[0], taken[len(taken) // 2])
