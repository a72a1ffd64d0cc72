"""What people read of a load: a line while it runs, and the tables when it has ended."""

from collections.abc import Mapping, Sequence

from mcsip.load.histogram import MAX_ERROR, Histogram
from mcsip.load.pace import shown_pace
from mcsip.load.progress import Progress, Settling
from mcsip.load.remarks import hints_of, remarks_of
from mcsip.load.run import LoadResult
from mcsip.load.statistics import LAG, Statistics, StepCounts
from mcsip.load.threshold import Crossing
from mcsip.load.user import CALL
from mcsip.load.verdict import Ending, ending_of
from mcsip.nodes.agreement import Agree, Agreement
from mcsip.topology.injection import Order
from mcsip.words import plural

SHOWN = (50.0, 95.0, 99.0)
"""The percentiles of tables and plots."""
MAX_REASONS = 12
"""Reasons that are listed, the most frequent ones [ours]."""
MEBI = 1024 * 1024
_TAKEN = {Order.SEQUENTIAL: "in turn", Order.RANDOM: "at random", Order.USER: "in turn"}


def shown_time(seconds: float | None) -> str:
    """Return a latency for people: ``3.51 ms``; "–" for none."""
    if seconds is None:
        return "–"
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms" if seconds < 0.1 else f"{seconds * 1e3:.0f} ms"
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines, in columns; the first of them is aligned to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _latencies(histogram: Histogram) -> list[str]:
    values = [histogram.mean_s, *map(histogram.percentile, SHOWN), histogram.max_s]
    return [shown_time(value) for value in values]


HEAD = ("step", "ok", "failed", "mean", *(f"p{percent:g}" for percent in SHOWN), "max")


def step_rows(statistics: Statistics) -> list[tuple[str, ...]]:
    """Return the rows of a table of steps, its head first."""
    rows: list[tuple[str, ...]] = [HEAD]
    for name, counts in _in_order(statistics.steps):
        rows.append((name, str(counts.ok), str(counts.failed), *_latencies(counts.latency)))
    rows.append((LAG, str(statistics.begun), "", *_latencies(statistics.lag)))
    return rows


def _in_order(steps: Mapping[str, StepCounts]) -> list[tuple[str, StepCounts]]:
    """Return the steps with what came of them; whole calls come last."""
    return sorted(steps.items(), key=lambda step: step[0] == CALL)


def progress_line(progress: Progress) -> str:
    """Return how a load goes on, in one line."""
    statistics = progress.statistics
    calls = statistics.calls
    p95 = shown_time(calls.latency.percentile(95.0))
    due = f"{progress.due_rate:.4g}/s due, {progress.rate:.4g}/s begun"
    state = "ending" if progress.ending else due
    state += f"  {progress.late} late" if progress.late else ""
    return (
        f"{progress.elapsed_s:6.1f} s  {state}  {statistics.outstanding} under way  "
        f"{calls.ok} ok  {statistics.failures} failed  p95 {p95}" + _most_frequent(statistics)
    )


def settling_line(settling: Settling) -> str:
    """Return how long the records have been waited for, in one line."""
    what = f"{plural(settling.users, 'user')} not settled between the systems"
    if settling.reason:
        what = f"the records cannot be read: {settling.reason}"
    return f"calls are over; {settling.elapsed_s:.0f} of {settling.within_s:g} s: {what}"


def _most_frequent(statistics: Statistics) -> str:
    return "".join(f"  [{n} {why}]" for why, n in statistics.reasons.most_common(1))


def reason_lines(statistics: Statistics) -> list[str]:
    """Return how many calls failed or were not made, and why; the most frequent reasons."""
    reasons = statistics.reasons.most_common()
    lines = [f"{count:>8}  {why}" for why, count in reasons[:MAX_REASONS]]
    if more := reasons[MAX_REASONS:]:
        lines.append(f"{sum(count for _, count in more):>8}  for {len(more)} other reasons")
    return lines


def render_result(result: LoadResult) -> str:
    """Return what came of a load as text of many lines."""
    ending = ending_of(result)
    parts = [
        _about(result),
        table(step_rows(result.statistics)),
        _calls(result),
        _failures(result),
        _listed("the first of them", [f"  {each}" for each in result.statistics.details[:3]]),
        _listed("thresholds", [_crossing(each) for each in result.crossings]),
        [*agreement_lines(result.agreement), *_rules(result)],
        list(remarks_of(result)),
        _verdict(ending, result),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _failures(result: LoadResult) -> list[str]:
    """Return how many failures of which kind there were, why, and what may help."""
    if not (reasons := reason_lines(result.statistics)):
        return []
    kinds = ", ".join(f"{count} {kind}" for kind, count in result.statistics.kinds.most_common())
    hints = [f"          = {hint}" for hint in hints_of(result)]
    return [f"failures   {kinds}" if kinds else "failures", *reasons, *hints]


def _about(result: LoadResult) -> list[str]:
    job = result.job
    scenario = job.plan.scenario
    topology = scenario.topology
    network = scenario.options.network or "loopback"
    where = f"{topology.service.key}, {topology.transport.lower()}, {network}"
    count = len(job.copies)
    users = f"{count} users {_TAKEN[job.order]}" if count > 1 else "1 user"
    pace = shown_pace(job.pace.stages)
    return [
        f"{scenario.name} [{scenario.file}]",
        f"{where}, seed {job.options.seed}, {users}, {pace}",
    ]


def _calls(result: LoadResult) -> list[str]:
    statistics = result.statistics
    rate = statistics.begun / result.duration_s if result.duration_s else 0.0
    share = 100 * result.cpu_s / result.elapsed_s if result.elapsed_s else 0.0
    calls, memory = statistics.calls, result.memory_octets / MEBI
    began = f"{statistics.due} due, {statistics.begun} begun ({rate:.4g}/s)"
    ended = f"{calls.ok} ok, {calls.failed} failed, {statistics.missed.total()} not made"
    ended += f", {statistics.not_reset} not reset" if statistics.not_reset else ""
    return [
        f"calls      {began}, {ended}",
        f"latency    since a call or step was due, of those that are ok, to {MAX_ERROR:.1%}",
        f"generator  {share:.0f} % of one CPU, {memory:.0f} MiB at most",
    ]


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    return [title, *lines] if lines else []


def _crossing(crossing: Crossing) -> str:
    mark = "met   " if crossing.met else "MISSED"
    return f"  {mark}  {crossing.threshold.text}  ({shown_measure(crossing)})"


def shown_measure(crossing: Crossing) -> str:
    """Return what was measured for a threshold, for people."""
    measured, threshold = crossing.measured, crossing.threshold
    if measured is None:
        return "nothing was measured"
    if threshold.percent:
        return f"{measured:.4g}%"
    match threshold.metric:
        case "failures":
            return f"{measured:.0f}"
        case "rate":
            return f"{measured:.4g}/s"
        case _:
            return shown_time(measured)


def agreement_lines(agreement: Agreement) -> list[str]:
    """Return what came of the records of all systems."""
    return [_records(agreement), *_disagreements(agreement)]


def _records(agreement: Agreement) -> str:
    unread = f"; not read: {', '.join(agreement.unread)}" if agreement.unread else ""
    match agreement.verdict:
        case Agree.YES:
            said = f"agree: {plural(agreement.away, 'user')} away, nobody is half-migrated{unread}"
        case Agree.NO:
            said = (
                f"do not agree of {plural(len(agreement.found) + agreement.more, 'user')}{unread}"
            )
        case Agree.OPEN:
            said = f"still waited for: {plural(agreement.waiting, 'user')}{unread}"
        case Agree.ERROR:
            said = f"cannot be read: {agreement.reason}"
        case Agree.UNKNOWN:
            where = " (--records says where they are)" if agreement.unread else ""
            said = f"not compared: {agreement.reason}{where}"
    return f"records    {said}"


def _disagreements(agreement: Agreement) -> list[str]:
    lines = [f"  {each.user}: {each.text}" for each in agreement.found]
    return [*lines, f"  and {agreement.more} more"] if agreement.more else lines


def _rules(result: LoadResult) -> list[str]:
    sampled = result.sampled
    if sampled is None:
        return ["rules      not asked: nobody was followed"]
    said = f"{plural(sampled.users, 'user')} followed, {sampled.check.messages} messages"
    if sampled.cut:
        said += f", enough: {sampled.cut} no further"
    if not sampled.check.messages:
        return [f"rules      {said}: nothing to judge"]
    if not sampled.broken:
        return [f"rules      {said}: no rule is broken"]
    return [f"rules      {said}", *(f"  broken: {each}" for each in sampled.broken)]


def _verdict(ending: Ending, result: LoadResult) -> list[str]:
    word = "INTERRUPTED, " if result.interrupted else ""
    first, *others = ending.reasons or ("",)
    why = f"  {first}" if first else ""
    indent = " " * (len(word) + len(ending.verdict) + 4)
    return [f"  {word}{ending.verdict.upper()}{why}", *(f"{indent}{each}" for each in others)]
