"""``mcsip serve``: nodes of a topology as long-lived servers, each in a process of its own."""

import asyncio
import logging
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcsip.cli.exit_code import ExitCode
from mcsip.cli.options import transport_option
from mcsip.cli.run import SEED_BITS, settings_options
from mcsip.cli.server_log import use_log
from mcsip.cli.settings import settings_of

if TYPE_CHECKING:
    from mcsip.nodes.live_trace import LiveTrace
    from mcsip.nodes.service import Service, Waits
    from mcsip.sip.limits import Limits
    from mcsip.topology import Topology
    from mcsip.trace import Peer

log = logging.getLogger(__name__)

DEFAULT_GRACE_S = 10.0

_seconds = click.FloatRange(0, min_open=True)
_count = click.IntRange(1)


@click.command("serve")
@click.argument("names", nargs=-1, required=True, metavar="NODE...")
@click.option(
    "--topology",
    "file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The topology file.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the records, a database for each MC service server; in memory if absent.",
)
@click.option(
    "--trace",
    "trace_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for every message as it comes and goes, as JSON lines; continued if it is there.",
)
@click.option(
    "--pcap",
    "pcap_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Capture of every message as it comes and goes, in the clear for TLS too; continued if it "
    "is there.",
)
@click.option(
    "--log-format",
    type=click.Choice(["json", "text"]),
    default="json",
    show_default=True,
    help="Form of the log on standard error: one JSON object a line, or text to be read.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**SEED_BITS - 1),
    default=0,
    show_default=True,
    help="All keys are made from it: the same for all processes of a topology. For tests only.",
)
@transport_option
@click.option(
    "--service",
    type=click.Choice(["mcptt", "mcvideo", "mcdata"]),
    help="Instead of the topology's.",
)
@click.option(
    "--users",
    type=click.IntRange(1),
    help="So many copies of each user, as 'mcsip load --nodes served' has them.",
)
@click.option(
    "--users-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The users of 'mcsip load --users-file', in SIPp's injection format.",
)
@click.option("--t1", type=_seconds, help="Timer T1 of RFC 3261 17, in seconds [0.5].")
@click.option("--pending", type=_seconds, help="How long a partner waits for the primary [40].")
@click.option("--retention", type=_seconds, help="How long a partner keeps a mapping [3600].")
@click.option(
    "--confirmation", type=_seconds, help="How long a primary waits for a new partner [30]."
)
@click.option(
    "--unfinished",
    type=_count,
    help="Requests that a node works on at a time; more are refused with 503 [20000].",
)
@click.option(
    "--waiting",
    type=_count,
    help="Requests that wait for a node that has more to do than it can; more are refused [500].",
)
@click.option(
    "--transactions",
    type=_count,
    help="Requests whose answers a node remembers, for 32 s over UDP; more are refused [150000].",
)
@click.option(
    "--retry-after",
    type=_count,
    help="After how many seconds one who was refused for load may ask again [5].",
)
@click.option(
    "--grace",
    type=click.FloatRange(0),
    default=DEFAULT_GRACE_S,
    show_default=True,
    help="Seconds to finish what is under way when told to end.",
)
@settings_options()[0]
@settings_options()[1]
@settings_options()[2]
@click.pass_context
def command(
    ctx: click.Context,
    /,
    names: tuple[str, ...],
    file: Path,
    data: Path | None,
    trace_file: Path | None,
    pcap_file: Path | None,
    log_format: str,
    seed: int,
    transport: str | None,
    service: str | None,
    users: int | None,
    users_file: Path | None,
    t1: float | None,
    pending: float | None,
    retention: float | None,
    confirmation: float | None,
    unfinished: int | None,
    waiting: int | None,
    transactions: int | None,
    retry_after: int | None,
    grace: float,
    color: str | None,
    verbose: int,
    quiet: bool,
) -> int:
    """Run nodes of a topology (NODE is system.node, or a system for all its nodes) as servers.

    They listen at the addresses of the topology and reach their neighbours at theirs. Once they
    listen, one line on standard output says so:

        ready partner.server=udp:127.0.0.1:5070,tcp:127.0.0.1:5070 missing=partner.core

    'missing' names the neighbours that have no address in the topology; what is to be sent to them
    fails, and what is owed to them is tried again. The log is on standard error. SIGTERM ends the
    nodes when what is under way is finished, with exit code 0; Ctrl-C likewise, with 130; a second
    signal ends them at once.
    """
    from mcsip.net.process import tune_garbage_collector
    from mcsip.net.virtual import run_real
    from mcsip.topology.injection import with_users
    from mcsip.topology.load import load_topology

    settings = settings_of(ctx, color, verbose, quiet=quiet)
    topology = load_topology(file, service=service, transport=transport)
    topology = with_users(topology, users_file, users)
    job = _Job(
        topology,
        names,
        seed,
        data,
        _Records(trace_file, pcap_file),
        grace,
        _waits(t1, pending, retention, confirmation),
        _limits(unfinished, waiting, transactions, retry_after),
    )
    job.check()
    level = logging.WARNING if settings.quiet else logging.INFO
    use_log(log_format, level, settings.verbose)
    tune_garbage_collector()
    return run_real(job.run())


def _waits(
    t1: float | None, pending: float | None, retention: float | None, confirmation: float | None
) -> "Waits":
    """Return how long the nodes wait."""
    from mcsip.nodes.service import Waits
    from mcsip.sip.timers import Timers

    usual = Waits()
    return Waits(
        Timers.of(t1),
        pending or usual.pending_s,
        retention or usual.retention_s,
        confirmation or usual.confirmation_s,
    )


def _limits(
    unfinished: int | None, waiting: int | None, transactions: int | None, retry_after: int | None
) -> "Limits":
    """Return what each node takes on."""
    from mcsip.net.endpoint import DEFAULT_LIMITS as USUAL

    return replace(
        USUAL,
        unfinished=unfinished or USUAL.unfinished,
        waiting=waiting or USUAL.waiting,
        server_transactions=transactions or USUAL.server_transactions,
        retry_after_s=retry_after or USUAL.retry_after_s,
    )


@dataclass(frozen=True, slots=True)
class _Records:
    """Where the messages of the nodes are written as they come and go.

    Attributes:
        trace_file: the trace, or None.
        pcap_file: the capture, or None.
    """

    trace_file: Path | None
    pcap_file: Path | None

    @contextmanager
    def opened(self, *, wall: float, now: float) -> "Iterator[LiveTrace | None]":
        """Yield the trace to record in, or None where nothing is to be written.

        Args:
            wall: now, in epoch seconds.
            now: the same moment on the clock of the nodes.

        Raises:
            FileError: there is something else in a file.
            OSError: a file cannot be read or written.
        """
        if self.trace_file is None and self.pcap_file is None:
            yield None
            return
        from mcsip.nodes.live_trace import LiveTrace

        with closing(LiveTrace(self.trace_file, wall=wall, now=now)) as trace:
            if self.pcap_file is None:
                yield trace
                return
            from mcsip.report.live_pcap import LivePcap

            with closing(LivePcap(self.pcap_file, trace)) as capture:
                trace.listeners.append(capture)
                yield trace


@dataclass(frozen=True, slots=True)
class _Job:
    """What to serve, and how."""

    topology: "Topology"
    names: tuple[str, ...]
    seed: int
    data: Path | None
    records: "_Records"
    grace_s: float
    waits: "Waits"
    limits: "Limits"

    def check(self) -> None:
        """Refuse what cannot be served, before anything is begun.

        Raises:
            UsageError: there is no such node.
        """
        from mcsip.nodes.service import served

        served(self.topology, self.names)

    async def run(self) -> int:
        """Serve until a signal comes; return the exit code."""
        from mcsip.net.clock import running_clock

        if self.data is not None:
            self.data.mkdir(parents=True, exist_ok=True)
        clock = running_clock()
        with self.records.opened(wall=clock.wall(), now=clock.now()) as trace:
            return await self._serve(trace)

    async def _serve(self, trace: "LiveTrace | None") -> int:
        """Serve, and record in a trace."""
        from mcsip.net.sockets import SocketNetwork
        from mcsip.nodes.service import Service

        signals = _Signals()
        try:
            service = Service(
                self.topology,
                self.names,
                network=SocketNetwork(),
                secret=str(self.seed),
                trace=trace,
                data_dir=self.data,
                waits=self.waits,
                limits=self.limits,
            )
            try:
                await service.start()
                self._tell(service)
                await signals.first.wait()
                await self._finish(service, signals)
            finally:
                await service.stop()
        finally:
            signals.close()
        log.info("ended")
        return ExitCode.INTERRUPTED if signals.interrupted else ExitCode.OK

    def _tell(self, service: "Service") -> None:
        """Say that the nodes are ready."""
        log.warning("keys are made from the seed %d: for tests only", self.seed)
        if names := ", ".join(service.forgetful()):
            log.warning("the records of %s end with this process (--data)", names)
        click.echo(ready_line({n: service.addresses(n) for n in service.nodes}, service.missing))

    async def _finish(self, service: "Service", signals: "_Signals") -> None:
        """Let the nodes finish what is under way, unless a second signal comes."""
        log.info("ending: finishing what is under way, for at most %g s", self.grace_s)
        finished = asyncio.ensure_future(service.drain(self.grace_s))
        at_once = asyncio.ensure_future(signals.second.wait())
        done, waiting = await asyncio.wait({finished, at_once}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        if finished not in done or not finished.result():
            log.warning("not everything under way was finished")


class _Signals:
    """SIGTERM and SIGINT, as events of the running loop.

    Attributes:
        first, second: set when a signal came, and when another one did.
        interrupted: whether the first was SIGINT.
    """

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self.second = asyncio.Event()
        self.interrupted = False
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._on_signal, number)

    def _on_signal(self, number: int) -> None:
        if self.first.is_set():
            self.second.set()
        else:
            self.interrupted = number == signal.SIGINT
            self.first.set()

    def close(self) -> None:
        """Take signals no more."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.remove_signal_handler(number)


def ready_line(addresses: "dict[str, dict[str, Peer]]", missing: list[str]) -> str:
    """Return the line that says which nodes listen where, and which neighbours have no address."""
    from mcsip.topology.address import show_address

    words = ["ready"]
    for name, by_transport in addresses.items():
        places = (
            show_address(transport, *peer)
            for transport, peer in sorted(by_transport.items(), reverse=True)
        )
        words.append(f"{name}={','.join(places)}")
    if missing:
        words.append(f"missing={','.join(missing)}")
    return " ".join(words)
