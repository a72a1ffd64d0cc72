"""Kamailio as the measure of a relay: the same messages, one worker process, over loopback UDP.

``tm`` alone is a stateful proxy as ours is without hiding; with ``topoh`` it hides Via, Contact,
Record-Route and Call-ID, as ours does.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import free_ports
from benchmarks.relaying import Start
from mcsip.errors import MissingToolError
from mcsip.trace import Peer

#: Shared memory in MiB: transactions stay for their 5 s and more.
MEMORY_MIB = 2048
_START_S = 10.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")

_CONFIGURATION = """\
debug=-1
log_stderror=yes
children=1
disable_tcp=yes
dns=no
auto_aliases=no
listen=udp:{host}:{port}
loadmodule "pv.so"
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "maxfwd.so"
{hiding}
request_route {{
    if (!mf_process_maxfwd_header("70")) {{ exit; }}
    $du = "sip:{outer_host}:{outer_port}";
    t_relay();
}}
"""
_HIDING = """\
loadmodule "topoh.so"
modparam("topoh", "mask_key", "a key of the benchmark")
modparam("topoh", "mask_ip", "127.0.0.8")
modparam("topoh", "mask_callid", 1)
"""


@dataclass(frozen=True, slots=True)
class _Kamailio:
    """The processes of one running Kamailio; see ``relaying.Relaying``."""

    address: Peer
    leader: int

    def cpu_s(self) -> float:
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text(encoding="ascii").rpartition(") ")[2].split()
            except OSError:
                continue  # the process is gone
            if int(fields[2]) == self.leader:  # its process group
                ticks += int(fields[11]) + int(fields[12])
        return ticks / _TICKS_PER_S


def version() -> str:
    """Return what the installed Kamailio says of itself.

    Raises:
        MissingToolError: there is none.
    """
    said = subprocess.run([_tool(), "-v"], capture_output=True, text=True, check=True)
    return said.stdout.partition("\n")[0].removeprefix("version: ").strip()


def _tool() -> str:
    found = shutil.which("kamailio", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if found is None:
        raise MissingToolError("kamailio is not installed (Debian package kamailio)")
    return found


def kamailio(*, hiding: bool) -> Start:
    """Return what starts a Kamailio between two neighbours.

    Raises:
        MissingToolError: from the start, when it is not installed or does not come up.
    """

    @contextmanager
    def start(inner: Peer, outer: Peer) -> Iterator[_Kamailio]:
        del inner  # answers find their way by Via
        tool = _tool()
        (port,) = free_ports(1)
        address = Peer("127.0.0.1", port)
        with tempfile.TemporaryDirectory(prefix="mcsip-bench-") as folder:
            text = _CONFIGURATION.format(
                host=address.host,
                port=address.port,
                outer_host=outer.host,
                outer_port=outer.port,
                hiding=_HIDING if hiding else "",
            )
            path = Path(folder) / "kamailio.cfg"
            path.write_text(text, encoding="utf-8")
            process = subprocess.Popen(
                [tool, "-DD", "-E", "-m", str(MEMORY_MIB), "-f", path, "-Y", folder],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                _wait_for(address, process)
                yield _Kamailio(address, process.pid)
            finally:
                _end(process)

    return start


def _wait_for(address: Peer, process: subprocess.Popen[bytes]) -> None:
    """Wait until somebody has bound the port; raises MissingToolError when that fails."""
    until = time.monotonic() + _START_S
    line = f"0100007F:{address.port:04X}"
    while time.monotonic() < until and process.poll() is None:
        if line in Path("/proc/net/udp").read_text(encoding="ascii"):
            time.sleep(0.3)  # bound first, served when all of its processes are there
            return
        time.sleep(0.02)
    raise MissingToolError("kamailio does not start")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the processes that were started here: Kamailio's first one ends the others."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # a session of its own, so it holds nobody else
        process.wait(5)
