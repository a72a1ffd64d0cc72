"""The benchmarks by name: each measures, and says what it has found as a section."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict

from benchmarks import capture, check, growth, overload, parts, seeds, startup, stores
from benchmarks.section import Section
from benchmarks.speed import measure_flows, measure_processes, measure_relays

_MIB = 1024 * 1024


def measure_parts() -> Iterator[Section]:
    """Where the CPU of a flow and of a relay goes."""
    flow, relayed = parts.measure(), parts.measure_relay()
    name, share = parts.largest_of_relay()
    yield Section(
        "CPU by part",
        f"""
Shares from a profile of the flows over TCP in one process, and of the gateway that hides its
topology. A profiler slows small functions down more than large ones, so these are shares to
compare, and no microseconds. What libraries in C do (XML, SQLite, signatures, the system's sockets)
counts for whoever called them. Of the relay, the one function that takes most by itself is `{name}`
with {share:.0%}.
""",
        ("of a flow", "of a relay"),
        tuple(
            (part, f"{of:.0%}", f"{relayed[part]:.0%}" if part in relayed else "")
            for part, of in flow.items()
        ),
        {"flow": flow, "relay": relayed, "largest": {name: share}},
    )


def measure_runs() -> Iterator[Section]:
    """One run as a command, and one of many seeds."""
    started, seeded = startup.measure(), seeds.measure()
    yield Section(
        "One run of the main scenario",
        """
`mcsip run` as a command, in wall-clock time, the interpreter's start included, with its byte code
at hand, as after a first run; and one of many seeds in virtual time within one process: made,
started, 32 s waited for, stopped.
""",
        ("best", "median"),
        (
            (
                "from process start to verdict",
                f"{started.best_s:.2f} s",
                f"{started.median_s:.2f} s",
            ),
            ("one of many seeds, CPU", f"{seeded.cpu_ms:.1f} ms", ""),
        ),
        {"startup": asdict(started), "seeds": asdict(seeded)},
    )


def measure_captures(octets: int = 50_000_000) -> Iterator[Section]:
    """Reading and judging captures."""
    rows, figures = [], {}
    for transport in ("tcp", "udp"):
        figure = capture.measure(transport, octets)
        figures[transport] = asdict(figure)
        each = f"{figure.cpu_s / figure.messages * 1e6:.1f} µs"
        rows.append((f"reading packets over {transport.upper()}", each, f"{figure.per_second:.0f}"))
    for name, one_client in (("check", True), ("check_clients", False)):
        judged = check.measure(one_client=one_client)
        figures[name] = asdict(judged)
        each = f"{1e6 / judged.per_second:.1f} µs"
        whose = "" if one_client else ", each flow of another client"
        rows.append((f"judging by {judged.rules} rules{whose}", each, f"{judged.per_second:.0f}"))
    yield Section(
        "Captures: reading, and judging by the conformance rules",
        """
A capture of many runs of the main procedure. Reading makes messages of nodes out of packets;
judging asks every rule of `docs/rules.md` about them. `mcsip check` does both.
""",
        ("CPU each", "messages/s"),
        tuple(rows),
        figures,
    )


def measure_stores() -> Iterator[Section]:
    """What a commit costs."""
    found = stores.measure()
    yield Section(
        "Store: a commit, SQLite and PostgreSQL",
        """
A record and a debt, as step 7 commits them, durable when the commit returns. Alone: one after the
other. In a group: 50 within one turn of the event loop become durable together, as under load. CPU
is that of the node; the database's own is beside it where it is another process.
""",
        ("alone", "in a group", "CPU of the node", "CPU of the database"),
        tuple(
            (
                figure.name,
                f"{figure.alone_us:.0f} µs",
                f"{figure.grouped_us:.0f} µs",
                f"{figure.cpu_us:.0f} µs",
                f"{figure.database_us:.0f} µs" if figure.database_us is not None else "",
            )
            for figure in found
        ),
        {figure.name: asdict(figure) for figure in found},
    )


def measure_overload() -> Iterator[Section]:
    """Ten times the load that a node can carry."""
    found = overload.measure()
    rows = []
    for it in found:
        normal = "never" if it.normal_after_s is None else f"{it.normal_after_s:.1f} s"
        rows.append(
            (
                it.name,
                f"{it.capacity:.0f}/s",
                f"{it.rate:.0f}/s",
                f"{it.sent}",
                f"{it.accepted}",
                f"{it.shed + it.shed_behind}",
                f"{it.otherwise + it.unfinished}",
                f"{it.median_s:.2f} s, {it.tail_s:.2f} s",
                f"{it.peak_octets / _MIB:.0f} MiB",
                normal,
            )
        )
    yield Section(
        "Overload: ten times what it can carry",
        """
An open loop over UDP: requests come when they are due, and as RFC 3261 17.1.2.2 says they are
repeated until they are answered. What a node can carry follows from the CPU time that a request
takes at a moderate rate; the load is ten times that, for some seconds. A node that is full answers
503 with Retry-After (`mcsip/sip/limits.py`, `mcsip/sip/shed.py`); a proxy in front of it turns that
into 500 with the same Retry-After (RFC 3261 16.7 item 6). What was accepted is finished: "neither"
counts requests that were answered otherwise or never, and accepted ones that came to nothing.
The wait of accepted requests is counted from when they were due, and the system drops
datagrams that find its buffers full: those were repeated. The last column says when everything is
accepted within 0.25 s again, while clients of the load still repeat what was dropped.
""",
        (
            "can carry",
            "offered",
            "requests",
            "accepted",
            "shed",
            "neither",
            "accepted waited (50 %, 99 %)",
            "peak memory",
            "normal after",
        ),
        tuple(rows),
        {figure.name: asdict(figure) for figure in found},
    )


def measure_growth() -> Iterator[Section]:
    """Many migrated users: cost, memory, start."""
    found = growth.measure_sizes()
    binding = growth.measure_binding()
    recovery = growth.measure_recovery()
    first = found[0]
    rows = []
    for it in found:
        more = it.migrated - first.migrated
        taken = it.topology_octets + it.nodes_octets
        grown = taken - first.topology_octets - first.nodes_octets
        each = f"{grown / more:.0f} octets" if more else ""
        rows.append(
            (
                f"{it.migrated:,}",
                f"{it.cpu_us:.0f} µs",
                f"{it.cpu_us / first.cpu_us:.2f}",
                each,
                f"{it.start_s:.2f} s",
                f"{it.first_s * 1000:.0f} ms",
            )
        )
    yield Section(
        "Growth: one more authorization beside many migrated users",
        f"""
All nodes in one process over TCP; the users who have migrated already stand in the databases of
both servers and in the topology. The best of {growth.ROUNDS} rounds, in which the sizes take
turns. Memory is what the process has grown by, per migrated user: his entry in the topology, and
whatever the nodes keep of him. If he is also registered, that takes {binding:.0f} octets more in
the SIP core.

Started beside {recovery.migrated:,} records, and with {recovery.owed:,} responses owed, the nodes
listen after {recovery.listening_s:.2f} s, and {recovery.paid_s:.1f} s later nothing is owed any
more: it is delivered a little at a time, so that new requests need not wait.
""",
        ("CPU each", "ratio", "memory each", "start", "first flow"),
        tuple(rows),
        {
            "sizes": [asdict(figure) for figure in found],
            "binding_octets": binding,
            "recovery": asdict(recovery),
        },
    )


def measure_day() -> Iterator[Section]:
    """A simulated day."""
    found = growth.measure_day()
    shown = [hour for hour in found if hour.hours in {0, 1, 6, 12, 18} or hour.hours >= 24]
    yield Section(
        "A simulated day",
        f"""
In virtual time every {growth.EVERY_S:g} s somebody comes to the partner, stays for
{growth.STAY_S / 60:g} minutes and returns, for 24 hours; then everybody is gone, and after two more
hours no record, transaction or timer is left. Memory grows until the caches of addresses and
identities are full, which are limited.
""",
        ("users so far", "away", "memory", "objects", "transactions", "timers", "IDs", "records"),
        tuple(
            (
                f"after {hour.hours:g} h",
                f"{hour.flows}",
                f"{hour.away}",
                f"{hour.memory_octets / _MIB:.1f} MiB",
                f"{hour.objects}",
                f"{hour.transactions}",
                f"{hour.timers}",
                f"{hour.identities}",
                f"{hour.records}",
            )
            for hour in shown
        ),
        {"hours": [asdict(hour) for hour in found]},
    )


BENCHMARKS: Mapping[str, Callable[[bool], Iterator[Section]]] = {
    "relay": measure_relays,
    "flows": measure_flows,
    "parts": lambda _: measure_parts(),
    "processes": measure_processes,
    "store": lambda _: measure_stores(),
    "runs": lambda _: measure_runs(),
    "captures": lambda _: measure_captures(),
    "overload": lambda _: measure_overload(),
    "growth": lambda _: measure_growth(),
    "day": lambda _: measure_day(),
}
"""The benchmarks by name, in the order in which they run: each is told whether to measure mcsip
alone, beside nothing."""
LONG = ("growth", "day")
"""Those that are left out unless they are asked for."""
