"""``docs/performance.md``: the sections of one run, the machine, the budgets, what hinders."""

from collections.abc import Iterable, Iterator, Mapping
from textwrap import fill
from typing import NamedTuple

from benchmarks.compiled import SUFFIX
from benchmarks.section import Section
from benchmarks.speed import EACH_CORE
from mcsip.net.endpoint import DEFAULT_LIMITS

Found = Mapping[str, list[Section]]

_FLOWS = (
    ("flows", EACH_CORE, "a process with all nodes on each core"),
    ("processes", "a process per system", "each system a process"),
    ("processes", "a process per node", "each node a process"),
)
"""Flows on all cores: benchmark, key of the figures, and what it is called."""

_HEAD = """\
# Performance

Every figure here was measured on {day} by

```
python -m benchmarks all --json docs/performance.json --markdown docs/performance.md
```

in one run, on one machine:

| | |
| --- | --- |
{machine}

`make bench` measures the same on yours, but for what takes minutes; `make bench-long` does all of
it, and `python -m benchmarks NAME` one table (`--help` lists the names, `--json FILE` keeps the
figures). What is compared is compared within one run. Where there are several rounds the best one
counts, because others may use the machine; no test asserts a time. On a machine that is shared one
run is not like the next: what is held or missed by little here may be the other way round there.
"""
_WAY = """\
## What stands in the way

**The relay.** For the same datagrams the system alone takes {bare:.0f} µs of the {hidden:.0f} µs,
and Kamailio with `tm`, which is written in C, {tm:.0f} µs. The rest of ours is spread thin, see
"CPU by part": the one function that takes most by itself has {largest:.0%}. Two messages are read,
checked (RFC 3261 16.3), given a transaction each with its timers, routed by the MC service ID in
the XML body, rewritten and written; none of that is done twice. To come down to plain Kamailio the
whole of it would have to cost {left:.0f} µs. {compiled}Beyond what one process carries, a system
gets more gateways.

"""
_FLOW = """
**The flow.** Its profile is as flat. One authorization sends every message of its twelve steps, and
the answer to each, through two stacks; bodies are built, validated and read, a token is checked,
records are committed on both sides before anything is told. For {wanted} of them in a second
{cores} cores have {left:.0f} µs for each. All nodes in one process, users included, take
{alone:.0f} µs{compiled}, and {beside:.0f} µs{beside_compiled} where each core has such a process:
cores share caches, memory and the disk, and on many machines two of them are one core's two
threads. Each node a process of its own takes more in all, since messages then pass the system;
`docs/scaling.md` says how far that goes.
"""
_COMPILED = """\
Compiled (`make fast`) it takes {:.0f} µs where the topology is hidden and {:.0f} µs where it is
shown; what is left is in regular expressions, text, lxml and the system, which are C already.
"""
_OVERLOAD = """
**Overload.** No node keeps an accepted request waiting for long: at most {waiting} wait, and with
what it can carry these are {gateway:.2f} s of work for the gateway and {server:.2f} s for the
server. The long waits come from the way to it. At ten times the load the system has no room for
most datagrams and drops them, unseen; their clients repeat them 0.5 s, 1.5 s, 3.5 s and 7.5 s after
the first time (RFC 3261 17.1.2.2, Timer E), and those that find room then are accepted and answered
at once. It is the same after the load has ended: what was dropped comes again, for up to 32 s
(Timer F), and takes turns with new requests. A node cannot refuse what it has not seen. Over TCP,
where the system makes the sender wait instead, nothing is dropped.
"""
WIDTH = 100
FLOWS_IN_THE_END = 2000
"""Flows per second that a machine of two cores is to carry in the end (design.md, 7)."""


class Budget(NamedTuple):
    """A budget and what came of it."""

    what: str
    budget: str
    measured: str
    held: str


def markdown(machine: Mapping[str, str], day: str, found: Found) -> str:
    """Return the document.

    Args:
        machine: its description.
        day: when it was measured.
        found: the sections by benchmark.
    """
    lines = [f"| {key} | {value} |" for key, value in machine.items()]
    parts = [_HEAD.format(day=day, machine="\n".join(lines)), *_table(_budgets(found))]
    for sections in found.values():
        for section in sections:
            parts += section.markdown()
    if (figures := _relay(found)) is not None:
        parts += _prose(_WAY.format(**figures, compiled=_compiled(found)))
    if "flows" in found and EACH_CORE in found["flows"][0].figures:
        parts += _prose(_flow(found))
    if "overload" in found:
        parts += _prose(_overload(found))
    return "\n".join(parts).rstrip() + "\n"


def _prose(text: str) -> Iterator[str]:
    """Yield paragraphs, in lines, with an empty line after each."""
    for paragraph in text.strip().split("\n\n"):
        yield fill(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)
        yield ""


def _table(budgets: Iterable[Budget]) -> Iterator[str]:
    yield "## Budgets"
    yield ""
    yield "| | budget | measured | |"
    yield "| --- | --- | --- | --- |"
    for each in budgets:
        yield f"| {each.what} | {each.budget} | {each.measured} | {each.held} |"
    yield ""


def _number(found: Found, name: str, *path: str) -> float:
    """Return a figure of a benchmark."""
    value: object = found[name][0].figures
    for key in path:
        assert isinstance(value, Mapping)
        value = value[key]
    assert isinstance(value, int | float)
    return value


def _cost(found: Found, name: str, *path: str) -> float:
    """Return the microseconds of CPU of a figure that has transactions or flows."""
    count = "transactions" if name == "relay" else "flows"
    return _number(found, name, *path, "cpu_s") / _number(found, name, *path, count) * 1e6


def _relay(found: Found) -> dict[str, float] | None:
    if "relay" not in found or "tm" not in found["relay"][0].figures or "parts" not in found:
        return None
    largest = found["parts"][0].figures["largest"]
    assert isinstance(largest, Mapping)
    figures = {key: _cost(found, "relay", key) for key in ("bare", "hidden", "tm")}
    left = figures["tm"] - figures["bare"]
    return {**figures, "left": left, "largest": next(iter(largest.values()))}


def _compiled(found: Found) -> str:
    """Return what compiling does for the relay, where it was measured in the same run."""
    keys = [key + SUFFIX for key in ("hidden", "shown")]
    if not all(key in found["relay"][0].figures for key in keys):
        return ""
    return _COMPILED.format(*(_cost(found, "relay", key) for key in keys))


def _flow(found: Found) -> str:
    """Return what is between a flow and the budget of the end."""
    cores = _number(found, "flows", EACH_CORE, "processes")
    return _FLOW.format(
        wanted=f"{FLOWS_IN_THE_END:,}",
        cores=cores,
        left=cores / FLOWS_IN_THE_END * 1e6,
        alone=_cost(found, "flows", "tcp"),
        compiled=_beside(found, "tcp"),
        beside=_cost(found, "flows", EACH_CORE),
        beside_compiled=_beside(found, EACH_CORE),
    )


def _beside(found: Found, key: str) -> str:
    """Return what a flow costs compiled, in brackets, where that was measured."""
    if key + SUFFIX not in found["flows"][0].figures:
        return ""
    return f" (compiled {_cost(found, 'flows', key + SUFFIX):.0f} µs)"


def _overload(found: Found) -> str:
    """Return why accepted requests wait, and why it takes a while until all is normal."""
    gateway, server, _ = found["overload"][0].figures
    waiting = DEFAULT_LIMITS.waiting
    seconds = {
        name: waiting / _number(found, "overload", key, "capacity")
        for name, key in (("gateway", gateway), ("server", server))
    }
    return _OVERLOAD.format(waiting=waiting, **seconds)


def _budgets(found: Found) -> Iterator[Budget]:
    """Yield the budgets of which there are figures."""
    if _relay(found) is not None:
        yield from _relay_budgets(found)
    if "flows" in found and "processes" in found:
        yield from _flow_budgets(found)
    if "runs" in found:
        best = _number(found, "runs", "startup", "best_s")
        yield _upper("`mcsip run` of the main scenario", 0.7, best, "{:.2f} s")
        yield _upper("the same, in the end", 0.4, best, "{:.2f} s")
        runs, cpu = (_number(found, "runs", "seeds", key) for key in ("runs", "cpu_s"))
        yield _upper("a run with 32 s of timeouts in virtual time", 0.1, cpu / runs, "{:.3f} s")
    if "captures" in found:
        for key, what in (("check", ""), ("check_clients", ", each flow of another client")):
            judged = _number(found, "captures", key, "per_second")
            yield _lower(f"conformance check{what}, messages/s", 20_000, judged, "{:.0f}")
    if "growth" in found:
        yield from _growth_budgets(found)
    if "overload" in found:
        yield from _overload_budgets(found)


def _relay_budgets(found: Found) -> Iterator[Budget]:
    tm, topoh = (_cost(found, "relay", key) for key in ("tm", "tm-topoh"))
    for key, what in _both(found, "relay", "hidden", "relay, topology hidden"):
        cost = _cost(found, "relay", key)
        beside = f"{what}, to Kamailio with `tm`"
        yield _upper(f"{beside} + `topoh`", 1 / 3, cost / topoh, "{:.2f}")
        yield _upper(f"{beside} alone, in the end", 1.0, cost / tm, "{:.2f}")


def _flow_budgets(found: Found) -> Iterator[Budget]:
    best = 0.0
    for name, key, what in _FLOWS:
        for each, told in _both(found, name, key, f"authorizations/s on all cores, {what}"):
            rate = _number(found, name, each, "flows") / _number(found, name, each, "wall_s")
            best = max(best, rate)
            yield _lower(told, 1000, rate, "{:.0f}")
    yield _lower("the best of them, in the end", FLOWS_IN_THE_END, best, "{:.0f}")


def _both(found: Found, name: str, key: str, what: str) -> Iterator[tuple[str, str]]:
    """Yield key and words of a figure, and of the same compiled, as far as they were measured."""
    figures = found[name][0].figures
    for each, told in ((key, what), (key + SUFFIX, what + SUFFIX)):
        if each in figures:
            yield each, told


def _growth_budgets(found: Found) -> Iterator[Budget]:
    sizes = found["growth"][0].figures["sizes"]
    assert isinstance(sizes, list)
    first, last = sizes[0], sizes[-1]
    ratio = last["cpu_us"] / first["cpu_us"]
    what = f"cost beside {last['migrated']:,} migrated users to that beside {first['migrated']:,}"
    yield _upper(what, 1.1, ratio, "{:.2f}")
    grown = sum(last[key] - first[key] for key in ("topology_octets", "nodes_octets"))
    each = grown / (last["migrated"] - first["migrated"])
    each += _number(found, "growth", "binding_octets")
    yield _upper("octets of memory per migrated user, registered", 1024, each, "{:.0f}")


def _overload_budgets(found: Found) -> Iterator[Budget]:
    nodes = list(found["overload"][0].figures.values())
    peak, normal, lost = 0, 0.0, 0
    for node in nodes:
        assert isinstance(node, Mapping)
        after = node["normal_after_s"]
        peak = max(peak, node["peak_octets"])
        normal = max(normal, float("inf") if after is None else after)
        lost += node["unfinished"]
    yield _upper("MiB of memory of a node under overload", 512, peak / 2**20, "{:.0f}")
    yield _upper("seconds until all is normal after overload", 5.0, normal, "{:.1f}")
    yield _upper("accepted requests that were not finished", 0, lost, "{:.0f}")


def _upper(what: str, budget: float, measured: float, form: str) -> Budget:
    held = "held" if measured <= budget else "not held"
    return Budget(what, f"at most {form.format(budget)}", form.format(measured), held)


def _lower(what: str, budget: float, measured: float, form: str) -> Budget:
    held = "held" if measured >= budget else "not held"
    return Budget(what, f"at least {form.format(budget)}", form.format(measured), held)
