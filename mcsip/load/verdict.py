"""How a load ended: what counts first, and why."""

from dataclasses import dataclass
from enum import StrEnum

from mcsip.load.run import LoadResult
from mcsip.nodes.agreement import Agree


class LoadVerdict(StrEnum):
    """How a load ended; when several apply, the one that stands later here."""

    NONE = "none"
    """No call was due."""
    PASS = "pass"  # noqa: S105  # a verdict, no password
    """Every threshold is met, and everything works."""
    MISSED = "missed"
    """A threshold is missed, without a functional failure."""
    FAIL = "fail"
    """Somebody answered otherwise than expected, records do not agree, or a rule is broken."""
    INCONC = "inconc"
    """Something was still owed between the systems when the wait for it was over."""
    ERROR = "error"
    """A node of ours is at fault."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a load ended.

    Attributes:
        verdict: the verdict.
        reasons: why it is not pass, the worst first.
    """

    verdict: LoadVerdict
    reasons: tuple[str, ...] = ()


def ending_of(result: LoadResult) -> Ending:
    """Return how a load ended."""
    found = [*_errors(result), *_failures(result), *_misses(result)]
    if not found:
        return Ending(LoadVerdict.PASS if result.statistics.due else LoadVerdict.NONE)
    order = list(LoadVerdict)
    found.sort(key=lambda each: -order.index(each[0]))
    return Ending(found[0][0], tuple(reason for _, reason in found))


_Found = list[tuple[LoadVerdict, str]]


def _errors(result: LoadResult) -> _Found:
    found = [(LoadVerdict.ERROR, fault) for fault in result.faults]
    agreement = result.agreement
    if agreement.verdict is Agree.OPEN:
        text = f"{agreement.waiting} users are still waited for between the systems"
        found.append((LoadVerdict.INCONC, text))
    return found


def _failures(result: LoadResult) -> _Found:
    found: _Found = []
    if functional := result.statistics.functional:
        steps = "step" if functional == 1 else "steps"
        text = f"{functional} {steps} ended otherwise than the scenario says"
        found.append((LoadVerdict.FAIL, text))
    if result.agreement.verdict is Agree.NO:
        count = len(result.agreement.found) + result.agreement.more
        found.append((LoadVerdict.FAIL, f"the records of {count} users do not agree"))
    if result.sampled is not None and (broken := result.sampled.broken):
        rules = "rule is" if len(broken) == 1 else "rules are"
        found.append((LoadVerdict.FAIL, f"{len(broken)} {rules} broken in the sample"))
    return found


def _misses(result: LoadResult) -> _Found:
    return [
        (LoadVerdict.MISSED, f"missed: {crossing.threshold.text}")
        for crossing in result.crossings
        if not crossing.met
    ]
