"""``python -m benchmarks``: measure, print tables, and write JSON with ``--json FILE``."""

import argparse
import json
import platform
from dataclasses import asdict
from pathlib import Path

from benchmarks import capture, check, flows, gateway, parts, relay, seeds, startup
from benchmarks.kamailio import kamailio, version
from benchmarks.machine import describe
from benchmarks.relaying import Start
from mcsip.errors import MissingToolError

Figures = dict[str, object]


def main() -> None:
    """Measure everything in one run."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--flows", type=int, default=2000, help="complete procedures (2000)")
    parser.add_argument("--relays", type=int, default=20_000, help="relayed MESSAGEs (20000)")
    parser.add_argument("--capture", type=int, default=50, help="megabytes of a capture (50)")
    parser.add_argument("--json", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()

    machine = describe()
    print("machine: " + ", ".join(f"{key} {value}" for key, value in machine.items()))
    figures: Figures = {}
    _measure_flows(options.flows, figures)
    _measure_relays(options.relays, figures)
    _measure_runs(figures)
    _measure_captures(options.capture * 1_000_000, figures)
    if options.json is not None:
        report = {"machine": machine, "python": platform.python_version(), "figures": figures}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _head(what: str, *columns: str) -> None:
    print()
    print(f"{what:<58}" + "".join(f"{column:>13}" for column in columns))


def _line(what: str, *columns: str) -> None:
    print(f"  {what:<56}" + "".join(f"{column:>13}" for column in columns))


def _measure_flows(flows_wanted: int, figures: Figures) -> None:
    _head("12-step authorization, all nodes in one process", "CPU each", "flows/s")
    for transport in ("tcp", "udp"):
        flow = flows.measure(flows_wanted, transport=transport)
        figures[f"flows-{transport}"] = asdict(flow)
        _line(f"over {transport.upper()}", f"{flow.cpu_us:.0f} µs", f"{flow.per_second:.0f}")
    figures["flow-parts"] = shares = parts.measure()
    for part, share in shares.items():
        _line(f"  of it {part}", f"{share:.0%}")


def _measure_relays(transactions: int, figures: Figures) -> None:
    """Measure our gateway between what bounds it: the system alone, and Kamailio."""
    _head("relay of a MESSAGE and its 200 over UDP, one process", "CPU each", "to tm+topoh")
    starts: list[tuple[str, str, Start]] = [
        ("the system alone: two datagrams in, two out", "bare", gateway.bare_loop),
        ("gateway, topology shown", "shown", gateway.showing_gateway),
        ("gateway, topology hidden", "hidden", gateway.hiding_gateway),
    ]
    reference: float | None = None
    try:
        name = version()
        hidden = relay.measure(kamailio(hiding=True), transactions)
        shown = relay.measure(kamailio(hiding=False), transactions)
    except MissingToolError as error:
        _line(f"Kamailio: skipped, {error}")
    else:
        reference = hidden.cpu_us
        for what, key, figure in (("tm + topoh", "tm-topoh", hidden), ("tm", "tm", shown)):
            figures[f"relay-kamailio-{key}"] = asdict(figure)
            _line(f"{name.partition(' (')[0]}, {what}", *_costs(figure, reference))
    for what, key, start in starts:
        figure = relay.measure(start, transactions)
        figures[f"relay-{key}"] = asdict(figure)
        _line(what, *_costs(figure, reference))


def _costs(figure: relay.RelayFigures, reference: float | None) -> tuple[str, ...]:
    cost = f"{figure.cpu_us:.0f} µs"
    return (cost,) if reference is None else (cost, f"{figure.cpu_us / reference:.0%}")


def _measure_runs(figures: Figures) -> None:
    _head("the main scenario as one run", "best", "median")
    started = startup.measure()
    figures["startup"] = asdict(started)
    what = "mcsip run, from process start to verdict"
    _line(what, f"{started.best_s:.2f} s", f"{started.median_s:.2f} s")
    seeded = seeds.measure()
    figures["seeds"] = asdict(seeded)
    _line("one of many seeds in virtual time, CPU", f"{seeded.cpu_ms:.1f} ms")


def _measure_captures(octets: int, figures: Figures) -> None:
    _head("reading a capture: packets to messages of nodes", "CPU each", "messages/s")
    for transport in ("tcp", "udp"):
        figure = capture.measure(transport, octets)
        figures[f"capture-{transport}"] = asdict(figure)
        cost = f"{figure.cpu_s / figure.messages * 1e6:.1f} µs"
        _line(f"over {transport.upper()}", cost, f"{figure.per_second:.0f}")


def _measure_check(figures: Figures) -> None:
    _head("a capture of many flows, judged by every rule", "CPU each", "messages/s")
    judged = check.measure()
    figures["check"] = asdict(judged)
    cost = f"{1e6 / judged.per_second:.0f} µs"
    _line(f"{judged.messages} messages, {judged.rules} rules", cost, f"{judged.per_second:.0f}")


if __name__ == "__main__":
    main()
