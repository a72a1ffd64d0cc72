"""Waiting for clients that are not ours; ``tests/system/test_client_under_test`` has the rest."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mcsip.net.virtual import run_virtual
from mcsip.nodes.calling import CallOutcome
from mcsip.nodes.directory import Directory
from mcsip.scenario.context import StepContext
from mcsip.scenario.result import Verdict
from mcsip.scenario.watching import await_request, final_answer, watch_call
from mcsip.yamlfile import read_document
from tests.nodes.world import make_topology
from tests.tracing import Writer


@dataclass
class Case:
    """A run with a trace made by hand, and what the user was told."""

    writer: Writer = field(default_factory=Writer)
    told: list[str] = field(default_factory=list)

    @property
    def context(self) -> StepContext:
        env = SimpleNamespace(directory=Directory(make_topology()))
        simulation = cast("Any", SimpleNamespace(env=env))
        context = StepContext(simulation, self.writer.trace, cast("Any", None))
        context.act_s, context.settle_s, context.notify = 5.0, 1.0, self.told.append
        return context


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def position(tmp_path: Path) -> Any:
    path = tmp_path / "x.yaml"
    path.write_text("steps: []\n")
    return read_document(path).position


def test_a_request_serves_one_step(case: Case, position: Any) -> None:
    case.writer.hop("ue", "away.core", None, call="one")
    context = case.context

    async def main() -> list[object]:
        found = [
            await await_request(context, "ue", "act", position, lambda _: True) for _ in range(2)
        ]
        return [None if each is None else each.sender for each in found]

    assert run_virtual(main()) == ["ue", None]
    assert case.told == ["waiting for ue: act (for at most 5 s)"] * 2
    (finding,) = context.findings
    assert (finding.verdict, finding.expected) == (Verdict.INCONC, "act, within 5 s")


def test_what_came_instead_is_listed(case: Case, position: Any) -> None:
    case.writer.hop("ue", "away.core", None)
    context = case.context
    found = run_virtual(await_request(context, "ue", "act", position, lambda _: False))
    assert found is None
    assert context.findings[0].actual.startswith("ue → away.core: ")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, CallOutcome("established", 200)),
        (486, CallOutcome("busy", 486)),
        (None, CallOutcome("failed", None, "no-answer", "nobody answered in time")),
    ],
)
def test_a_call(case: Case, position: Any, status: int | None, expected: CallOutcome) -> None:
    case.writer.hop("ue", "away.server", None, status=status, method="INVITE")
    outcome = run_virtual(watch_call(case.context, "ue", "call", position))
    assert outcome == expected


def test_the_final_answer_is_the_response_itself(case: Case, position: Any) -> None:
    case.writer.hop("ue", "away.server", None, status=403)
    context = case.context
    seen = run_virtual(await_request(context, "ue", "act", position, lambda _: True))
    assert seen is not None
    answer = final_answer(context, seen)
    assert answer is not None
    assert answer.status == 403
