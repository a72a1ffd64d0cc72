"""The benchmarks that compare: relays beside Kamailio, flows in one process and in several.

Each is measured with mcsip as it is installed for this interpreter and, where ``make fast`` has
been run, with the compiled one. All that is compared takes turns, round by round: others may use
the machine, and a second is not like the next.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks import compiled, flows, gateway, kamailio, relay, scaling
from benchmarks.flows import FlowFigures
from benchmarks.relay import RelayFigures
from benchmarks.relaying import Start
from benchmarks.scaling import LayoutFigures
from benchmarks.section import Section
from mcsip.errors import MissingToolError

#: Rounds of a benchmark; the best counts.
ROUNDS = 5
_OURS: Mapping[str, tuple[str, Start]] = {
    "shown": ("gateway, topology shown", gateway.showing_gateway),
    "hidden": ("gateway, topology hidden", gateway.hiding_gateway),
}
_TM, _TOPOH = "tm", "tm-topoh"
_BARE = "bare"
#: The layouts that are compared, and what they are called.
_LAYOUTS = {
    "one process": "all nodes one process",
    "a process per system": "each system a process",
    "a process per node": "each node a process",
    "registry, 1": "servers apart, records in PostgreSQL",
}
_DATABASE = "registry, 1"
EACH_CORE = "tcp, each core"
_WORST = "worst_cpu_us"


def measure_relays(alone: bool, transactions: int = 20_000) -> Iterator[Section]:
    """A gateway between what bounds it: the system alone, and Kamailio."""
    starts: dict[str, tuple[str, Start]] = {}
    if not alone:
        starts |= _kamailio()
        starts[_BARE] = ("the system alone: two datagrams in, two out", gateway.bare_loop)
    starts |= _OURS
    found: dict[str, RelayFigures] = {}
    for _ in range(1 if alone else ROUNDS):
        figures = {key: relay.measure(start, transactions) for key, (_, start) in starts.items()}
        if not alone:
            more = compiled.figures("relay")
            figures |= {key + compiled.SUFFIX: RelayFigures(**more[key]) for key in more}
        for key, figure in figures.items():
            if key not in found or figure.cpu_us < found[key].cpu_us:
                found[key] = figure
    titles = {key: title for key, (title, _) in starts.items()}
    titles |= {
        key + compiled.SUFFIX: title + compiled.SUFFIX
        for key, (title, _) in _OURS.items()
        if key + compiled.SUFFIX in found
    }
    reference = found[_TOPOH].cpu_us if _TOPOH in found else None
    rows = []
    for key, title in titles.items():
        cost = found[key].cpu_us
        share = "" if reference is None else f"{cost / reference:.0%}"
        rows.append((title, f"{cost:.0f} µs", share))
    yield Section(
        "Relay of a MESSAGE and its 200 over UDP",
        f"""
One process between two neighbours: the same messages (1 KB, an info body of step 3), the same
neighbours, 50 at a time, the best of {ROUNDS} rounds. Kamailio is Debian's, with one worker process
and 2 GiB of shared memory; its CPU time is that of all its processes.
""",
        ("CPU each", "to tm + topoh"),
        tuple(rows),
        {key: asdict(figure) for key, figure in found.items()},
    )


def _kamailio() -> dict[str, tuple[str, Start]]:
    """Return the relays of another make, where they are installed."""
    try:
        name = kamailio.version().partition(" (")[0]
    except MissingToolError:
        return {}
    return {
        _TOPOH: (f"{name}, tm + topoh", kamailio.kamailio(hiding=True)),
        _TM: (f"{name}, tm", kamailio.kamailio(hiding=False)),
    }


def measure_flows(alone: bool) -> Iterator[Section]:
    """The complete authorization, all nodes in one process."""
    rounds: dict[str, list[FlowFigures]] = {}
    for _ in range(1 if alone else ROUNDS):
        for transport in ("tcp", "udp"):
            rounds.setdefault(transport, []).append(flows.measure(2000, transport=transport))
        if (cores := flows.cores()) > 1:
            rounds.setdefault(EACH_CORE, []).append(flows.measure_side_by_side(cores))
        if not alone:
            for key, found in compiled.figures("flows").items():
                rounds.setdefault(key + compiled.SUFFIX, []).append(FlowFigures(**_own(found)))
    figures = {key: _best(rounds[key]) for key in sorted(rounds, key=_is_compiled)}
    rows = []
    for key, figure in figures.items():
        best = FlowFigures(**_own(figure))
        title = f"over {best.transport.upper()}"
        if best.processes > 1:
            title += f", such a process on each of {best.processes} cores"
        title += compiled.SUFFIX if _is_compiled(key) else ""
        costs = (f"{best.cpu_us:.0f} µs", f"{figure[_WORST]:.0f} µs")
        rows.append((title, *costs, f"{best.per_second:.0f}"))
    yield Section(
        "12-step authorization, all nodes in one process",
        f"""
Service authorization for migration (TS 23.280 10.6.3.3), all twelve steps through both gateways and
the partner's SIP core: bodies validated against the schemas, records committed to SQLite files
before they are told, no trace. 50 users migrate at a time; they are registered and have their
tokens before the clock starts. The CPU time is that of all nodes and clients together, and one
process uses one core; where there is one on each, each has its own nodes and its own 50 users. The
best of {ROUNDS} rounds.
""",
        ("CPU each", "worst", "flows/s"),
        tuple(rows),
        figures,
    )


def _is_compiled(key: str) -> bool:
    """Tell whether figures are those of the compiled package."""
    return key.endswith(compiled.SUFFIX)


def _own(figure: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a figure was written from."""
    return {name: value for name, value in figure.items() if name != _WORST}


def _best(found: Sequence[FlowFigures]) -> dict[str, Any]:
    """Return the figures of the best round, and the cost of the worst."""
    best = max(found, key=lambda figure: figure.per_second)
    return {**asdict(best), _WORST: max(figure.cpu_us for figure in found)}


def measure_processes(alone: bool) -> Iterator[Section]:
    """The complete authorization, each node a process, and with PostgreSQL."""
    found: dict[str, LayoutFigures] = {}
    with scaling.database() as served:
        chosen = [each for each in scaling.layouts(served is not None) if each.name in _LAYOUTS]
        for _ in range(1 if alone else ROUNDS):
            figures = {
                layout.name: scaling.measure(layout, 1000, served)
                for layout in chosen
                if not (alone and layout.name == _DATABASE)
            }
            if not alone:
                more = compiled.figures("processes")
                figures |= {name + compiled.SUFFIX: LayoutFigures(**more[name]) for name in more}
            for name, figure in figures.items():
                if name not in found or figure.per_second > found[name].per_second:
                    found[name] = figure
    titles = {name: title for name, title in _LAYOUTS.items() if name in found}
    titles |= {
        name + compiled.SUFFIX: title + compiled.SUFFIX
        for name, title in _LAYOUTS.items()
        if name + compiled.SUFFIX in found
    }
    rows = []
    for name, title in titles.items():
        figure = found[name]
        costs = {part: figure.cpu_us(part) for part in figure.cpu_s}
        nodes = sum(cost for part, cost in costs.items() if part != scaling.USERS)
        cells = (f"{nodes:.0f} µs", f"{costs[scaling.USERS]:.0f} µs", f"{figure.per_second:.0f}")
        rows.append((title, *cells))
    yield Section(
        "12-step authorization, nodes in processes of their own",
        f"""
The same flows over TCP, driven by one process of users, which takes its share of the machine too;
the best of {ROUNDS} rounds. The CPU of the nodes is summed over their processes, with that of the
database where there is one. What `docs/scaling.md` says rests on `python -m benchmarks.scaling`,
which compares more layouts.
""",
        ("CPU of nodes", "CPU of users", "flows/s"),
        tuple(rows),
        {name: asdict(figure) for name, figure in found.items()},
    )
