"""A client in a process of its own, told what to do line by line: for hosts of their own.

    python -m tests.interop.roaming TOPOLOGY CLIENT SEED

Each line of standard input is a JSON list: ``["migrate", "partner", 2]`` or ``["home"]``; each gets
a line of standard output: a JSON list of result and reason.
"""

import asyncio
import json
import sys
from pathlib import Path

from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.assembly import Assembly
from mcsip.nodes.client import Client
from mcsip.nodes.service import Service
from mcsip.topology.load import load_topology


async def act(client: Client, what: list[object]) -> list[str | None]:
    """Do what a line says; return result and reason."""
    match what:
        case ["migrate", str(system), int(profile)]:
            await client.authenticate(system)
            await client.register(system)
            outcome = await client.migrate(system, profile)
        case ["home"]:
            outcome = await client.return_home()
        case _:
            raise ValueError(what)
    return [outcome.result, outcome.reason]


async def main(file: str, name: str, seed: str) -> None:
    """Run the client until standard input ends."""
    env = Service(load_topology(Path(file)), (), network=SocketNetwork(), secret=seed).env
    client = Assembly(env, seed, None).client(name)
    await client.start()
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            said = json.dumps(await act(client, json.loads(line)))
            sys.stdout.write(f"{said}\n")
            sys.stdout.flush()
    finally:
        await client.stop()


if __name__ == "__main__":
    run_real(main(*sys.argv[1:]))
