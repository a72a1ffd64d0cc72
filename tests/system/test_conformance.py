"""Every shipped scenario, checked with every rule, passes: also where a should counts.

What is measured is our own product: it must keep the rules that it holds others to.
"""

from pathlib import Path

import pytest

from mcsip.conformance.check import check_trace
from mcsip.conformance.result import CheckResult
from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.result import Verdict
from mcsip.scenario.run import Run, run_scenario
from mcsip.sip.timers import Timers
from tests.conformance.bases import quiet
from tests.system.combinations import (
    SHIPPED,
    Combination,
    everything,
    read_subject,
    why_excluded,
)

EVERY = 7
"""Of the combinations of options one in so many is tried; prime, so that all options get their turn."""
SAMPLED = [it for it in everything(SHIPPED) if why_excluded(it) is None][::EVERY]


def timers_of(options: RunOptions) -> Timers:
    given = {"t1": options.t1_s, "t2": options.t2_s, "t4": options.t4_s}
    return Timers(**{name: value for name, value in given.items() if value is not None})


def judge(path: Path, over: RunOptions) -> None:
    """Run a scenario in virtual time; check its trace, as it ends and after a long silence."""
    scenario = load_scenario(path, over=over)
    run = run_scenario(scenario, seed=1)
    assert run.result.verdict is Verdict.PASS, run.result.reason
    expect_nothing(run, timers_of(scenario.options))
    quiet(run.trace)
    expect_nothing(run, timers_of(scenario.options))


def expect_nothing(run: Run, timers: Timers) -> None:
    result = check_trace(run.trace, timers=timers)
    assert result.messages > 0 or not run.trace.entries
    assert result.strangers == 0
    assert not result.findings, said(result)


def said(result: CheckResult) -> str:
    return "\n".join(
        f"{it.rule.id} at {it.number} by {it.node}: expected {it.expected}; actual {it.actual}"
        for it in result.findings
    )


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: read_subject(path).name)
def test_as_its_file_says(path: Path) -> None:
    judge(path, RunOptions(network="memory"))


@pytest.mark.slow
@pytest.mark.parametrize("it", SAMPLED, ids=lambda it: it.name)
def test_with_options(it: Combination) -> None:
    over = RunOptions(
        service=it.service, gateways=str(it.gateways), transport=it.transport, network="memory"
    )
    judge(it.subject.path, over)
