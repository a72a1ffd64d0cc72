"""Hosts in network namespaces, on one switch: made by a test, and gone after it."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.interop.tools import tool

NETWORK = "10.77.0"
LIMIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Hosts:
    """Some hosts, each with an address and a cable to the switch.

    Attributes:
        ip: the command.
        prefix: what the names of the namespaces begin with.
        names: the hosts.
    """

    ip: str
    prefix: str
    names: Sequence[str]

    def address(self, host: str) -> str:
        return f"{NETWORK}.{self.names.index(host) + 1}"

    def within(self, host: str) -> list[str]:
        """Return the command that runs another one on a host."""
        return [self.ip, "netns", "exec", self.prefix + host]

    async def cut(self, host: str) -> None:
        """Pull the cable of a host: at the switch, so that the host keeps its address."""
        await self.run("-n", self.switch, "link", "set", f"to-{host}", "down")

    async def mend(self, host: str) -> None:
        """Put the cable back."""
        await self.run("-n", self.switch, "link", "set", f"to-{host}", "up")

    @property
    def switch(self) -> str:
        return self.prefix + "switch"

    async def run(self, *arguments: str) -> None:
        command = await asyncio.create_subprocess_exec(
            self.ip,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(command.communicate(), LIMIT_S)
        assert command.returncode == 0, (arguments, said.decode())


def permitted() -> str:
    """Return the command ``ip``; skip where namespaces cannot be made."""
    ip = tool("ip", "iproute2", always=False)
    name = f"mcsip-{os.getpid()}-probe"
    made = subprocess.run([ip, "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"network namespaces are not permitted here: {made.stderr.strip()}")
    link = ["link", "add", "probe0", "type", "veth", "peer", "name", "probe1"]
    cable = subprocess.run([ip, "-n", name, *link], capture_output=True, text=True, check=False)
    subprocess.run([ip, "netns", "del", name], check=True)
    if cable.returncode != 0:
        pytest.skip(f"virtual cables are not permitted here: {cable.stderr.strip()}")
    return ip


@asynccontextmanager
async def hosts_on_a_switch(ip: str, *names: str) -> AsyncIterator[Hosts]:
    """Make hosts that reach each other through a switch; take them away again, whatever happens."""
    hosts = Hosts(ip, f"mcsip-{os.getpid()}-", names)
    made: list[str] = []
    try:
        for space in ("switch", *names):
            await hosts.run("netns", "add", hosts.prefix + space)
            made.append(hosts.prefix + space)
        switch = hosts.switch
        await hosts.run("-n", switch, "link", "add", "bridge", "type", "bridge")
        await hosts.run("-n", switch, "link", "set", "bridge", "up")
        for name in names:
            host = hosts.prefix + name
            port = f"to-{name}"
            await hosts.run(
                "-n", switch, "link", "add", port, "type", "veth",
                "peer", "name", "eth0", "netns", host,
            )  # fmt: skip
            await hosts.run("-n", switch, "link", "set", port, "master", "bridge")
            await hosts.run("-n", switch, "link", "set", port, "up")
            await hosts.run("-n", host, "link", "set", "lo", "up")
            await hosts.run(
                "-n", host, "address", "add", f"{hosts.address(name)}/24", "dev", "eth0"
            )
            await hosts.run("-n", host, "link", "set", "eth0", "up")
        yield hosts
    finally:
        for space in made:
            with contextlib.suppress(AssertionError, TimeoutError):
                await hosts.run("netns", "del", space)
