"""The capture of a server, as tshark reads it while the server runs, and after a SIGKILL."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.assembly import Assembly
from mcsip.nodes.service import Service
from mcsip.topology.load import load_topology
from tests.system.serving import Served
from tests.system.sut import write_topology

pytestmark = [pytest.mark.interop, pytest.mark.slow]

OPTIONS = ("-o", "udp.try_heuristic_first:TRUE", "-o", "tcp.try_heuristic_first:TRUE")


@pytest.fixture
def tshark() -> str:
    """Return the path of tshark; skip where there is none, but not under CI."""
    found = shutil.which("tshark")
    if found is None:
        reason = "tshark is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def methods(tshark: str, path: Path) -> list[str]:
    """Return the requests that tshark finds; it must find nothing malformed."""
    fields = ("-T", "fields", "-e", "sip.Method", "-e", "_ws.malformed")
    command = [tshark, *OPTIONS, "-r", str(path), "-Y", "sip", *fields]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert not [row for row in rows if row[1:] and row[1]]
    return [row[0] for row in rows if row[0]]


def test_tshark_reads_it_at_any_moment(tshark: str, tmp_path: Path) -> None:
    """TS 23.280 10.6.3.3 steps 1, 3, 10 and 12 at the partner's server."""

    async def main() -> tuple[list[str], list[str]]:
        file = write_topology(tmp_path)
        topology = load_topology(file)
        path = tmp_path / "live.pcap"
        rest = [name for name in topology.nodes if name != "partner.server"]
        options = ["--topology", str(file)]
        others = Served(rest, options, tmp_path / "others.log")
        capturing = [*options, "--pcap", str(path)]
        server = Served(["partner.server"], capturing, tmp_path / "server.log")
        try:
            await asyncio.gather(others.start(), server.start())
            env = Service(topology, (), network=SocketNetwork(), secret="0").env
            client = Assembly(env, "0", None).client("alice-ue")
            await client.start()
            await client.authenticate("partner")
            assert await client.register("partner") == 200
            assert (await client.migrate("partner", 2)).result == "success"
            while_running = await asyncio.to_thread(methods, tshark, path)
            await server.kill()
            await client.stop()
        finally:
            await others.close()
            await server.close()
        return while_running, methods(tshark, path)

    while_running, after = run_real(main())
    assert while_running == after == ["MESSAGE"] * 4
