"""How a load ended: what counts first, and why."""

from dataclasses import dataclass
from enum import StrEnum

from mcsip.load.failure import Kind
from mcsip.load.run import LoadResult
from mcsip.nodes.agreement import Agree
from mcsip.words import plural


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
    """No request could be sent, a node of ours is at fault, or the records cannot be read."""


NO_SIP = ("authenticate", "wait")
"""Steps that send nothing by SIP: tokens come over HTTP, or from within this process."""


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
        if result.statistics.due:
            return Ending(LoadVerdict.PASS)
        return Ending(LoadVerdict.NONE, ("no call was due",))
    order = list(LoadVerdict)
    found.sort(key=lambda each: -order.index(each[0]))
    return Ending(found[0][0], tuple(reason for _, reason in found))


_Found = list[tuple[LoadVerdict, str]]


def _errors(result: LoadResult) -> _Found:
    found = [(LoadVerdict.ERROR, fault) for fault in result.faults]
    if _reached_nobody(result):
        first = result.statistics.details[0]
        found.append((LoadVerdict.ERROR, f"no SIP request could be sent: {first}"))
    agreement = result.agreement
    if agreement.verdict is Agree.OPEN:
        users = "1 user is" if agreement.waiting == 1 else f"{agreement.waiting} users are"
        text = f"{users} still waited for between the systems"
        found.append((LoadVerdict.INCONC, text))
    if agreement.verdict is Agree.ERROR:
        found.append((LoadVerdict.ERROR, f"the records cannot be read: {agreement.reason}"))
    return found


def _reached_nobody(result: LoadResult) -> bool:
    """Tell whether no SIP request of any call could be sent: then nothing was loaded."""
    statistics = result.statistics
    kinds = {kind for kind in statistics.kinds if kind is not Kind.NOT_MADE}
    sent = any(
        counts.ok for step, counts in statistics.steps.items() if not step.startswith(NO_SIP)
    )
    return not sent and kinds == {Kind.UNREACHABLE} and bool(statistics.details)


def _failures(result: LoadResult) -> _Found:
    found: _Found = []
    if functional := result.statistics.functional:
        steps = "step" if functional == 1 else "steps"
        text = f"{functional} {steps} ended otherwise than the scenario says"
        found.append((LoadVerdict.FAIL, text))
    if result.agreement.verdict is Agree.NO:
        count = len(result.agreement.found) + result.agreement.more
        text = f"the records of {plural(count, 'user')} do not agree"
        found.append((LoadVerdict.FAIL, text))
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
