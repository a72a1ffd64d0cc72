"""What a step gets: to wait for what has not happened yet, and to judge."""

import asyncio
from pathlib import Path
from typing import cast

import pytest

from mcsip.net.network import TransportError
from mcsip.net.virtual import run_virtual
from mcsip.nodes.simulation import Simulation
from mcsip.resources import scenarios_dir
from mcsip.scenario.context import SETTLE_S, StepContext, place_of
from mcsip.scenario.load import load_scenario
from mcsip.scenario.result import Verdict
from mcsip.trace import Trace
from mcsip.yamlfile import parse_document

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


class Talkers:
    """Nodes that are idle or not, look by look; then busy for ever."""

    def __init__(self, *looks: bool, sees_all: bool = True) -> None:
        self.sees_all = sees_all
        self.left = list(looks)
        self.looks = 0

    def stays_idle(self, for_s: float) -> bool:
        assert for_s == 5.0
        self.looks += 1
        return self.sees_all and self.left.pop(0) if self.left else False


@pytest.mark.parametrize(
    ("looks", "waits"),
    [
        pytest.param((True, True), False, id="idle"),
        pytest.param((False, False, True, True), False, id="soon"),
        pytest.param((True, False, True, False), True, id="what was under way has arrived"),
        pytest.param((), True, id="busy"),
    ],
)
def test_it_hears_others_out_until_they_are_idle_or_the_time_is_over(
    looks: tuple[bool, ...], waits: bool
) -> None:
    async def test() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        talkers = cast("Simulation", Talkers(*looks))
        await StepContext(talkers, Trace(started_at=0.0), SCENARIO).hear_out(5.0)
        return loop.time() - began

    waited_s = run_virtual(test())
    assert waited_s == pytest.approx(5.0) if waits else waited_s < 1.0


def test_where_nobody_can_tell_it_waits_and_looks_no_further() -> None:
    talkers = Talkers(True, True, sees_all=False)
    waiting = StepContext(cast("Simulation", talkers), Trace(started_at=0.0), SCENARIO)

    async def test() -> float:
        await waiting.hear_out(5.0)
        return asyncio.get_running_loop().time()

    assert run_virtual(test()) >= 5.0
    assert talkers.looks == 1


def test_a_judgement_stands_where_its_value_stands() -> None:
    root = parse_document(b"a: 1\nb: wrong\n", "x.yaml", Path())
    judging = context()
    judging.judge(Verdict.FAIL, "no", root.at(("b",)), expected="right", actual="wrong", hint="h")
    (finding,) = judging.findings
    assert (finding.verdict, finding.expected, finding.actual) == (Verdict.FAIL, "right", "wrong")
    assert finding.place == place_of(root.at(("b",)))
    assert (finding.place.file, finding.place.line, finding.place.column) == ("x.yaml", 2, 4)


def test_an_error_is_judged_and_kept() -> None:
    root = parse_document(b"a: 1\n", "x.yaml", Path())
    judging = context()
    judging.judge_error(TransportError("refused"), "partner.core did not answer", root.at(("a",)))
    (finding,) = judging.findings
    assert (finding.verdict, finding.actual) == (Verdict.FAIL, "refused")
    assert isinstance(judging.error, TransportError)


def test_what_a_step_asked_for_is_there_once() -> None:
    async def answered() -> float | None:
        waiting = context()
        await asyncio.sleep(5)
        waiting.answered(idle_s=2)
        await asyncio.sleep(5)
        waiting.answered()
        return waiting.answered_at

    assert run_virtual(answered()) == 3
