"""``python -m benchmarks [NAME...]``: measure, print tables, and write JSON and Markdown.

Without names everything is measured but what takes minutes (growth, day); ``all`` means everything.
``docs/performance.md`` is written by ``--markdown`` from a run of everything.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from benchmarks.arguments import output
from benchmarks.document import markdown
from benchmarks.machine import describe
from benchmarks.section import Section
from benchmarks.sections import BENCHMARKS, LONG

ALL = "all"


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join((*BENCHMARKS, ALL)))
    parser.add_argument(
        "--alone",
        action="store_true",
        help="only mcsip, as it is installed for this interpreter, in one round",
    )
    parser.add_argument("--json", type=output, help="write the figures as JSON")
    parser.add_argument("--markdown", type=output, help="write the document")
    options = parser.parse_args()
    if unknown := set(options.names) - {*BENCHMARKS, ALL}:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}: see --help")
    machine = describe()
    print("machine: " + ", ".join(f"{key} {value}" for key, value in machine.items()))
    found = _measure(_chosen(options.names), alone=options.alone)
    day = datetime.now(UTC).date().isoformat()
    if options.json is not None:
        figures = {name: [dict(each.figures) for each in found[name]] for name in found}
        report = {"measured": day, "machine": machine, "figures": figures}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if options.markdown is not None:
        options.markdown.write_text(markdown(machine, day, found), encoding="utf-8")


def _chosen(names: Sequence[str]) -> list[str]:
    if ALL in names:
        return list(BENCHMARKS)
    return [name for name in BENCHMARKS if name in names or (not names and name not in LONG)]


def _measure(names: Sequence[str], *, alone: bool) -> Mapping[str, list[Section]]:
    found: dict[str, list[Section]] = {}
    for name in names:
        found[name] = []
        for section in BENCHMARKS[name](alone):
            found[name].append(section)
            print("", *section.text(), sep="\n", flush=True)
    return found


if __name__ == "__main__":
    main()
