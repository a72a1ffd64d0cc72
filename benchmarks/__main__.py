"""``python -m benchmarks``: measure, print a table, and write JSON with ``--json FILE``."""

import argparse
import json
import platform
from dataclasses import asdict
from pathlib import Path

from benchmarks import flows, relay, startup
from benchmarks.machine import describe


def main() -> None:
    """Measure everything in one run."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--flows", type=int, default=2000, help="complete procedures (2000)")
    parser.add_argument("--relays", type=int, default=20_000, help="relayed MESSAGEs (20000)")
    parser.add_argument("--json", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()

    machine = describe()
    print("machine: " + ", ".join(f"{key} {value}" for key, value in machine.items()))
    print()
    print(f"{'what':<58} {'figure':>18}")
    figures: dict[str, object] = {}
    for transport in ("tcp", "udp"):
        flow = flows.measure(options.flows, transport=transport)
        figures[f"flows-{transport}"] = asdict(flow)
        name = f"12-step authorization, all nodes in one process, {transport}"
        print(f"{name:<58} {flow.per_second:>12.0f} flows/s")
        print(f"{'  CPU per flow':<58} {flow.cpu_us:>15.0f} µs")
    for hiding in (True, False):
        relayed = relay.measure(options.relays, hiding=hiding)
        figures[f"relay-hiding-{hiding}".lower()] = asdict(relayed)
        name = f"gateway relay of a {relayed.octets}-octet MESSAGE and its 200, udp"
        print(f"{name:<58}")
        hidden = "  CPU per transaction, topology " + ("hidden" if hiding else "shown")
        print(f"{hidden:<58} {relayed.cpu_us:>15.1f} µs")
    started = startup.measure()
    figures["startup"] = asdict(started)
    name = "mcsip run of the main scenario, process start to verdict"
    print(f"{name:<58} {started.best_s:>16.2f} s")
    if options.json is not None:
        report = {"machine": machine, "python": platform.python_version(), "figures": figures}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
