"""load.md: what a user of ``mcsip load`` needs, with tables from the product.

Its prose stands in ``load/page.template``, beside the files of its example. A line in braces is
replaced: ``{options}`` by a table, ``{file NAME}`` by the file.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from mcsip.cli.load import command
from mcsip.cli.load_output import EXIT_CODES
from mcsip.load.failure import Kind
from mcsip.load.sippcsv import FAILURES
from mcsip.load.verdict import LoadVerdict

FOLDER = Path(__file__).with_name("load")
"""The prose, and the example: a topology with addresses, a scenario, and users."""
_PLACE = re.compile(r"^\{(\w+)(?: (\S+))?\}\n", re.MULTILINE)

KINDS = {
    Kind.UNEXPECTED: "somebody answered otherwise than the scenario says",
    Kind.CRASH: "a fault of ours",
    Kind.NO_ANSWER: "nobody answered in time (RFC 3261 17.1, Timers B and F)",
    Kind.UNREACHABLE: "a request could not be sent",
    Kind.OVERLOADED: "somebody cannot serve, or cannot ask whom it must: 408, 5xx",
    Kind.UNFINISHED: "under way when the load, and the grace after it, had ended",
    Kind.NOT_MADE: "no user was free, or as many calls as `--limit` allows were under way",
}
VERDICTS = {
    LoadVerdict.NONE: "no call was due",
    LoadVerdict.PASS: "every threshold is met, and everything works",
    LoadVerdict.MISSED: "a threshold is missed, without a functional failure",
    LoadVerdict.FAIL: "a functional failure, records that do not agree, or a broken rule",
    LoadVerdict.INCONC: "something was still owed between the systems when the wait was over",
    LoadVerdict.ERROR: "a node of ours is at fault, or the records cannot be read",
}
THRESHOLDS = {
    "`p95(migrate)<200ms`": "a percentile of a step's latency: `p0` to `p100`, also `p99.9`",
    "`avg(register)<20ms`": "its mean; `max(…)` and `min(…)` likewise; with `us`, `ms` or `s`",
    "`p95<1s`, `p95(total)<1s`": "the same of whole calls: the sum of the latencies of their steps",
    "`p99(reset)<1s`": "of the way home between two calls",
    "`p99(lag)<50ms`": "how much later than due calls began: whether the generator kept up",
    "`failures<1%`, `failures<=5`": "calls that failed, that were not made, or after which a user "
    "did not get home; of those that were due, or their number",
    "`failures(migrate)<5`": "failures of one step; `failures(reset)` of the way home",
    "`rate>=99%`, `rate>=50/s`": "calls that began, of those that were due; or calls a second",
}


def render_load() -> str:
    """Return the page without its title."""
    tables: dict[str, Callable[[], str]] = {
        "options": _options,
        "thresholds": lambda: _table(("write", "what must hold"), THRESHOLDS.items()),
        "kinds": _kinds,
        "verdicts": _verdicts,
    }

    def fill(place: re.Match[str]) -> str:
        return tables[place[1]]() if place[2] is None else _file(place[2])

    return _PLACE.sub(fill, (FOLDER / "page.template").read_text(encoding="utf-8"))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    cells = (" | ".join(cell.replace("|", "\\|") for cell in line) for line in lines)
    return "\n".join(f"| {line} |" for line in cells) + "\n"


def _file(name: str) -> str:
    """Return a file of the example, as it is."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    language = "yaml" if name.endswith(".yaml") else ""
    return f"[{name}](load/{name}):\n\n```{language}\n{text}```\n"


def _options() -> str:
    """Return what may be asked for, as ``mcsip load --help`` says it."""
    options = [each for each in command.params if isinstance(each, click.Option)]
    rows = [(_names(each), f"{each.help}{_default(each)}") for each in options]
    return _table(("option", "meaning"), rows)


def _names(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if isinstance(option.type, click.Choice):
        return f"{names} {', '.join(map(str, option.type.choices))}"
    return f"{names} {option.metavar}" if option.metavar else names


def _default(option: click.Option) -> str:
    value = option.default
    if not option.show_default:
        return ""
    return f" [{value:g}]" if isinstance(value, float) else f" [{value}]"


def _kinds() -> str:
    columns = {kind: name for name, kinds in FAILURES.items() for kind in kinds}
    rows = [
        (str(kind), KINDS[kind], "yes" if kind.is_functional else "", f"`{columns[kind]}`")
        for kind in Kind
    ]
    return _table(("kind", "what happened", "functional", "column of the CSV"), rows)


def _verdicts() -> str:
    rows = [
        (verdict.upper(), str(int(EXIT_CODES[verdict])), VERDICTS[verdict])
        for verdict in LoadVerdict
    ]
    return _table(("verdict", "exit code", "when"), rows)
