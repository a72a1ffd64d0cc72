"""Tools of another make: found, started and ended by the tests that use them."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

LIMIT_S = 20.0
_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def tool(command: str, package: str, *, always: bool = True) -> str:
    """Return the path of a tool; skip where there is none, but not under CI.

    Args:
        command: its name.
        package: the Debian package that brings it.
        always: whether CI must have it.
    """
    found = shutil.which(command, path=_PATH)
    if found is None:
        reason = f"{command} is not installed (Debian package {package})"
        if always and os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@asynccontextmanager
async def process(
    *arguments: str | Path, log: Path, group: bool = False, stdin: int = asyncio.subprocess.DEVNULL
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program whose standard error goes to a file; end it, and those it started.

    Args:
        arguments: the program and what it is told.
        log: where its standard error goes.
        group: it starts others, which are ended with it.
        stdin: what its standard input is.
    """
    with log.open("ab") as errors:
        started = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            start_new_session=group,
        )
    try:
        yield started
    finally:
        if started.returncode is None:
            if group:
                os.killpg(started.pid, signal.SIGTERM)
            else:
                started.terminate()
            try:
                await asyncio.wait_for(started.communicate(), LIMIT_S)
            except TimeoutError:
                started.kill()
                await started.wait()


async def until_bound(
    port: int, run: asyncio.subprocess.Process, log: Path, *, udp: bool = False
) -> None:
    """Wait until a program has bound a port of the loopback address, without connecting to it."""
    table, state = (Path("/proc/net/udp"), "") if udp else (Path("/proc/net/tcp"), " 0A ")
    line = f"0100007F:{port:04X} "
    async with asyncio.timeout(LIMIT_S):
        while True:
            assert run.returncode is None, f"it has ended; see {log}"
            rows = table.read_text(encoding="ascii").splitlines()
            if any(line in row and state in row for row in rows):
                return
            await asyncio.sleep(0.02)


async def run_to_end(arguments: Sequence[str | Path]) -> str:
    """Run a program to its end and return what it said; it must end well."""
    started = await asyncio.create_subprocess_exec(
        *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(started.communicate(), LIMIT_S)
    assert started.returncode == 0, said.decode(errors="replace")
    return said.decode(errors="replace")
