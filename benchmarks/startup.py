"""How long ``mcsip run`` of the main scenario takes, from process start to verdict.

Every run but the first finds the byte code of its modules where Python has put it. That is what is
measured, also where the environment forbids Python to keep any: there each run would compile some
two hundred modules anew, and take half as long again.
"""

import os
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


def measure(runs: int = 15) -> StartupFigures:
    """Start the command ``runs`` times, one after the other, after once for the byte code."""
    scenario = scenarios_dir() / "authorization" / "success.yaml"
    taken = []
    with tempfile.TemporaryDirectory(prefix="mcsip-bench-") as folder:
        env = {**os.environ, "PYTHONPYCACHEPREFIX": f"{folder}/byte-code"}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        for _ in range(1 + runs):
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "mcsip", "run", str(scenario), "--out", folder],
                check=True,
                env=env,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            taken.append(time.perf_counter() - began)
    taken = sorted(taken[1:])
    return StartupFigures(runs, taken[0], taken[len(taken) // 2])
