"""Programs of another make as tests run them: found, started, watched, ended by their id."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

READY_WITHIN_S = 20.0
ENDS_WITHIN_S = 10.0
_POLL_S = 0.02


def require(name: str, package: str) -> str:
    """Return the path of a program; skip where there is none, but not under CI."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        reason = f"{name} is not installed (Debian package {package})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


class Program:
    """A process in a session of its own.

    Args:
        arguments: the command line.
        folder: where it runs.
        environment: variables beside those of the test.
    """

    def __init__(
        self,
        arguments: Sequence[str | Path],
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._output = folder / f"{Path(arguments[0]).name}-{time.monotonic_ns()}.out"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [str(each) for each in arguments],
                cwd=folder,
                env={**os.environ, "TERM": "dumb", **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """What it has said."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, ready: Callable[[], bool]) -> None:
        """Wait until it is ready; fail with what it said when it ends before."""
        until = time.monotonic() + READY_WITHIN_S
        while not ready():
            assert time.monotonic() < until, f"not ready in time:\n{self.output}"
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_POLL_S)
                pytest.fail(f"it ended before it was ready:\n{self.output}")

    def listens(self, port: int, transport: str) -> Callable[[], bool]:
        """Return what tells whether somebody listens at a port of the loopback address."""
        line, state = f"0100007F:{port:04X}", {"udp": "07", "tcp": "0A"}[transport]

        def ready() -> bool:
            rows = Path(f"/proc/net/{transport}").read_text(encoding="ascii").splitlines()[1:]
            return any(row.split()[1] == line and row.split()[3] == state for row in rows)

        return ready

    def wait(self, within_s: float = ENDS_WITHIN_S) -> int:
        """Wait until it ends; return its exit code."""
        try:
            return self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            pytest.fail(f"it did not end within {within_s:g} s:\n{self.output}")

    def end(self) -> None:
        """End it, and what it has started: they are in its session."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(ENDS_WITHIN_S)


@contextmanager
def running(
    arguments: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Program]:
    """Run a program for as long as the test needs it."""
    program = Program(arguments, folder, environment)
    try:
        yield program
    finally:
        program.end()
