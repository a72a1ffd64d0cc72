"""Nodes as processes of their own, by ``mcsip serve``, and what those processes cost."""

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

PRIMARY = "primary"
PARTNER = "partner"
SYSTEMS = (PRIMARY, PARTNER)
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_OCTETS = os.sysconf("SC_PAGE_SIZE")
_END_S = 30.0
_PORTS = range(20_000, 32_000)
"""Ports to choose from: below those that Linux gives to connections of clients."""

_SYSTEM = """\
  {system}:
    domain: {system}.example
{store}    nodes:
{nodes}"""
_USER = """\
      {name}: {{mc_id: "sip:{name}@primary.example", profiles: *profiles}}
"""


def write_topology(
    folder: Path, servers: int, users: int, stores: Mapping[str, str], transport: str = "tcp"
) -> Path:
    """Write a topology of two systems, each node at an address of its own; return the file.

    Args:
        folder: where to.
        servers: MC service servers of each system, ``s1`` and so on.
        users: how many copies of the client's user there are (``topology.copies``).
        stores: URL of the registry of a system, where it has one.
        transport: of every hop.
    """
    ports = iter(free_ports(len(SYSTEMS) * (2 + servers)))
    roles = {"core": "sip-core", "gateway": "mc-gateway"}
    roles |= {f"s{number}": "mc-server" for number in range(1, servers + 1)}
    parts = [f"service: mcptt\ntransport: {transport}\nsystems:\n"]
    for system in SYSTEMS:
        nodes = "".join(
            f"      {name}: {{role: {role}, address: '127.0.0.1:{next(ports)}'}}\n"
            for name, role in roles.items()
        )
        store = f"    store: {stores[system]}\n" if system in stores else ""
        parts.append(_SYSTEM.format(system=system, store=store, nodes=nodes))
        if system == "primary":
            names = ("alice", *(f"alice-{number}" for number in range(1, users + 1)))
            lines = "".join(_USER.format(name=name) for name in names)
            first = "&profiles {2: {name: abroad, migrate_to: [partner]}}"
            parts.append("    users:\n" + lines.replace("*profiles", first, 1))
    parts.append(
        "    visitors: [{from: primary, users: any}]\n"
        "agreements:\n"
        "  - {between: [primary, partner], migration: both_ways, interconnection: true}\n"
        "clients:\n"
        "  alice-ue: {user: primary.alice}\n"
    )
    path = folder / "bench.topology.yaml"
    path.write_text("".join(parts), encoding="utf-8")
    return path


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that are free for UDP and TCP and not given to connections."""
    first = random.randrange(_PORTS.start, _PORTS.stop - 2 * count)
    with ExitStack() as stack:
        found: list[int] = []
        for port in range(first, _PORTS.stop):
            try:
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    stack.enter_context(socket.socket(type=kind)).bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
            if len(found) == count:
                break
        return found


@dataclass(frozen=True, slots=True)
class Process:
    """A process that runs, with its children."""

    pid: int

    def cpu_s(self) -> float:
        """Return the CPU time that it and its children have taken."""
        return sum(_ticks(pid) for pid in self._family()) / _TICKS_PER_S

    def memory_octets(self) -> int:
        """Return the memory that it alone has now (resident)."""
        text = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii")
        return int(text.split()[1]) * _PAGE_OCTETS

    def peak_octets(self) -> int:
        """Return the largest memory that it alone has had (resident)."""
        text = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(text.partition("VmHWM:")[2].split()[0]) * 1024

    def _family(self) -> Iterator[int]:
        yield self.pid
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text(encoding="ascii").rpartition(") ")[2].split()
            except OSError:
                continue  # it is gone
            if int(fields[1]) == self.pid:
                yield int(stat.parent.name)


def _ticks(pid: int) -> int:
    """Return the ticks of a process, and of its children that are gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return 0
    return sum(map(int, text.rpartition(") ")[2].split()[11:15]))


@contextmanager
def serving(topology: Path, data: Path, names: Sequence[str]) -> Iterator[Process]:
    """Run nodes in a process of their own until they are no longer needed.

    Raises:
        RuntimeError: they do not start.
    """
    options = ["--topology", str(topology), "--data", str(data), "-q"]
    with (data / f"{names[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mcsip", "serve", *names, *options],
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        assert process.stdout is not None
        if not process.stdout.readline().startswith(b"ready "):
            raise RuntimeError((data / f"{names[0]}.log").read_text(encoding="utf-8"))
        yield Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@contextmanager
def all_serving(
    topology: Path, data: Path, groups: Iterable[Sequence[str]]
) -> Iterator[dict[str, Process]]:
    """Run groups of nodes, each in a process of its own; each has the name of its first node."""
    with ExitStack() as stack:
        yield {names[0]: stack.enter_context(serving(topology, data, names)) for names in groups}
