"""What a call costs who makes it: ``mcsip load``, and Locust, at the same nodes and the same rate.

Each runs twice as a process of its own, once for longer. The difference of the CPU times is what
the additional calls cost, without what starting and ending does.
"""

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.processes import SYSTEMS, serving, write_topology

USERS = 100
RATE = 40
"""Calls a second, of all users."""
SHORT_S, LONG_S = 4, 14
_LIMIT_S = 60

_SCENARIO = """\
name: Users migrate, and ask again
topology: bench.topology.yaml
steps:
  - authenticate: {client: alice-ue, in: partner}
  - register: {client: alice-ue, in: partner}
  - migrate: {client: alice-ue, to: partner, profile: 2}
    expect: {result: success}
"""


@dataclass(frozen=True, slots=True)
class GeneratorFigures:
    """What calls cost one generator.

    Attributes:
        name: its name.
        calls: how many more the long run made than the short one.
        cpu_s: how much more CPU time it took, in seconds.
    """

    name: str
    calls: int
    cpu_s: float

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU per call."""
        return self.cpu_s / self.calls * 1e6


def measure() -> Iterator[GeneratorFigures]:
    """Yield what a call costs each generator that is installed."""
    with tempfile.TemporaryDirectory(prefix="mcsip-bench-") as name:
        folder = Path(name)
        (folder / "load.yaml").write_text(_SCENARIO, encoding="utf-8")
        topology = write_topology(folder, 1, USERS, {})
        with serving(topology, folder, SYSTEMS):
            yield _compare("mcsip load", *(_ours(folder, each) for each in (SHORT_S, LONG_S)))
            if find_spec("locust") is not None:
                runs = (_locust(folder, each) for each in (SHORT_S, LONG_S))
                yield _compare("Locust", *runs)


def _compare(name: str, short: tuple[int, float], long: tuple[int, float]) -> GeneratorFigures:
    return GeneratorFigures(name, long[0] - short[0], long[1] - short[1])


def _ours(folder: Path, seconds: int) -> tuple[int, float]:
    arguments = ["mcsip", "load", "load.yaml", "--nodes", "served", "--users", str(USERS)]
    arguments += ["--rate", str(RATE), "--duration", str(seconds), "--check-sample", "0"]
    cpu_s, _ = _run(folder, [*arguments, "--json", "load.json", "-q"])
    report = json.loads((folder / "load.json").read_text(encoding="utf-8"))
    return int(report["calls"]["ok"]), cpu_s


def _locust(folder: Path, seconds: int) -> tuple[int, float]:
    from mcsip import load

    file = str(Path(load.__file__).with_name("locustfile.py"))
    arguments = ["locust", "-f", file, "--headless", "--json", "--only-summary"]
    arguments += ["-u", str(USERS), "-r", str(USERS), "-t", f"{seconds}s"]
    arguments += ["--scenario", "load.yaml", "--pace", str(USERS / RATE)]
    cpu_s, output = _run(folder, arguments)
    rows = {row["name"]: row for row in json.loads(output)}
    return int(rows["total"]["num_requests"]), cpu_s


def _run(folder: Path, arguments: list[str]) -> tuple[float, str]:
    """Run a module of Python; return its CPU time and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    if run.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {run.returncode}: {run.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime), run.stdout
