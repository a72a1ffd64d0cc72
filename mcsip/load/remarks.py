"""What a reader must know of a load's figures before they are believed, in sentences."""

from mcsip.load.run import LoadResult
from mcsip.load.statistics import LIMIT, NO_FREE_USER
from mcsip.words import plural

LATE_S = 0.1
"""Where more than one call in a hundred begins so much later than due, the load is told to be late
[ours]: far more than a timer or a busy moment takes."""
_LATE_PERCENT = 99.0


def remarks_of(result: LoadResult) -> tuple[str, ...]:
    """Return the remarks on a load, those on its scenario included."""
    own = (_lateness(result), _away_before(result), _began_away(result))
    return (*filter(None, own), *result.job.plan.remarks)


def hints_of(result: LoadResult) -> list[str]:
    """Return what may help against failures that are our own doing."""
    found = []
    if result.statistics.missed[NO_FREE_USER]:
        found.append(
            f"of {plural(len(result.job.copies), 'user')} each was in a call or on the way home: -n"
            " is to be more than the rate times how long that takes"
        )
    if result.statistics.missed[LIMIT]:
        found.append(f"as many calls were under way as --limit allows: {result.job.limit}")
    return found


def _lateness(result: LoadResult) -> str:
    """Say that the process which makes the calls was too busy to make them in time."""
    statistics, pace = result.statistics, result.job.pace
    late_s = statistics.lag.percentile(_LATE_PERCENT)
    if late_s is None or late_s <= LATE_S:
        return ""
    share = 100 * result.cpu_s / result.elapsed_s if result.elapsed_s else 0.0
    rate = statistics.begun / result.duration_s if result.duration_s else 0.0
    offered = pace.mean_rate(0.0, pace.ends_s)
    return (
        f"calls began late: {rate:.4g} a second of the {offered:.4g} that were due, 1 % of them"
        f" more than {late_s:.3g} s after their time. This process took {share:.0f} % of one CPU:"
        " latencies may say more of it than of the systems (docs/load.md)"
    )


def _away_before(result: LoadResult) -> str:
    """Say that an earlier run has left users away."""
    if not result.away_before:
        return ""
    were = "1 user was" if result.away_before == 1 else f"{result.away_before} users were"
    return f"{were} away since an earlier run: what their first calls did is another procedure"


def _began_away(result: LoadResult) -> str:
    """Say that calls began where those before them had left their users."""
    if not result.began_away:
        return ""
    return (
        f"{result.began_away} of {result.statistics.begun} calls were of users who were not at home"
        " when they began: what those did is another procedure (--reset lets users go home)"
    )
