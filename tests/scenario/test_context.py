"""What a step gets: to wait for what has not happened yet, and to judge."""

from pathlib import Path
from typing import cast

import pytest

from mcsip.document import parse_document
from mcsip.net.virtual import run_virtual
from mcsip.nodes.simulation import Simulation
from mcsip.resources import scenarios_dir
from mcsip.scenario.context import SETTLE_S, StepContext, place_of
from mcsip.scenario.load import load_scenario
from mcsip.scenario.result import Verdict
from mcsip.trace import Trace

SCENARIO = load_scenario(scenarios_dir() / "authorization" / "success.yaml")


def context() -> StepContext:
    nobody = cast("Simulation", None)
    return StepContext(nobody, Trace(started_at=0.0), SCENARIO)


@pytest.mark.parametrize(("looks", "settled"), [(1, True), (10, True), (10**6, False)])
def test_it_looks_again_until_it_is_so_or_the_time_is_over(looks: int, settled: bool) -> None:
    left = looks

    def done() -> bool:
        nonlocal left
        left -= 1
        return left <= 0

    assert run_virtual(context().settle(done)) is settled


def test_the_pauses_grow_so_that_a_long_wait_costs_little() -> None:
    looks = 0

    def done() -> bool:
        nonlocal looks
        looks += 1
        return False

    waiting = context()
    waiting.settle_s = 100 * SETTLE_S
    run_virtual(waiting.settle(done))
    assert looks < 250


def test_a_judgement_stands_where_its_value_stands() -> None:
    root = parse_document(b"a: 1\nb: wrong\n", "x.yaml", Path())
    judging = context()
    judging.judge(Verdict.FAIL, "no", root.at(("b",)), expected="right", actual="wrong", hint="h")
    (finding,) = judging.findings
    assert (finding.verdict, finding.expected, finding.actual) == (Verdict.FAIL, "right", "wrong")
    assert finding.place == place_of(root.at(("b",)))
    assert (finding.place.file, finding.place.line, finding.place.column) == ("x.yaml", 2, 4)
