"""Nodes as processes of their own, by ``mcsip serve``: for tests that start, kill and end them."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.ports import free_port

READY_WITHIN_S = 30.0


def with_addresses(systems: Mapping[str, Any]) -> None:
    """Give every node of a topology's systems an address on a free port."""
    for system in systems.values():
        for node in system["nodes"].values():
            node["address"] = f"127.0.0.1:{free_port()}"


class Served:
    """A process that serves nodes.

    Args:
        names: the nodes.
        options: of ``mcsip serve``.
        log: where its log goes; appended to.
        within: the command that starts it on another host; empty: here.
    """

    def __init__(
        self, names: Sequence[str], options: Sequence[str], log: Path, within: Sequence[str] = ()
    ) -> None:
        self.names = names
        self.ready = ""
        self._command = [*within, sys.executable, "-m", "mcsip", "serve", *names, *options]
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None, "it was never started"
        return self._process

    async def start(self) -> None:
        """Start it, and wait until it is ready."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdout=asyncio.subprocess.PIPE, stderr=log
            )
        assert self._process.stdout is not None
        async with asyncio.timeout(READY_WITHIN_S):
            line = await self._process.stdout.readline()
        self.ready = line.decode().strip()
        assert self.ready.startswith("ready "), (self.ready, self._log.read_text())

    async def kill(self) -> None:
        """Kill it without a word (SIGKILL)."""
        self.process.kill()
        assert await self._wait() == -signal.SIGKILL

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to end; return its exit code."""
        self.process.send_signal(number)
        async with asyncio.timeout(READY_WITHIN_S):
            return await self._wait()

    async def _wait(self) -> int:
        await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode

    def log_lines(self) -> list[dict[str, str]]:
        """Return its log."""
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    async def close(self) -> None:
        """Kill it if it still runs."""
        if self._process is not None and self._process.returncode is None:
            await self.kill()
