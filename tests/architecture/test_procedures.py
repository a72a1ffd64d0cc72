"""The table behind docs/procedures.md: every procedure has scenarios, every scenario a procedure."""

import re
import time

import pytest

from docs.procedures import PROCEDURES, WIDTH, Procedure, files_of, render_procedures
from mcsip.resources import scenarios_dir

GRADES = {"seed", "read", "2nd", "gen"}
BY_TITLE = [pytest.param(each, id=each.title) for each in PROCEDURES]


@pytest.mark.parametrize("procedure", BY_TITLE)
def test_every_procedure_has_clauses_runs_and_scenarios(procedure: Procedure) -> None:
    assert procedure.clauses
    assert procedure.runs
    assert procedure.own
    assert {says.grade for says in procedure.clauses} <= GRADES
    assert files_of(procedure), "no scenario: the row does not belong here yet"


@pytest.mark.parametrize("procedure", BY_TITLE)
def test_every_pattern_and_every_run_names_a_file(procedure: Procedure) -> None:
    folder = scenarios_dir()
    assert all(any(folder.glob(pattern)) for pattern in procedure.files)
    assert all((folder / run.file).is_file() for run in procedure.runs)


def test_every_scenario_belongs_to_a_procedure() -> None:
    shipped = {p for p in scenarios_dir().glob("*/*.yaml") if p.parent.name != "topologies"}
    listed = {path for procedure in PROCEDURES for path in files_of(procedure)}
    assert sorted(shipped - listed) == [], "add a pattern to docs/procedures.yaml"


def test_runs_repeat_are_quick_narrow_and_without_secrets() -> None:
    began = time.process_time()
    text = render_procedures()
    assert time.process_time() - began < 15.0
    assert text == render_procedures()
    ladders = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    assert len(ladders) == sum(len(procedure.runs) for procedure in PROCEDURES)
    assert max(len(line) for ladder in ladders for line in ladder.splitlines()) <= WIDTH
    assert "eyJ" not in text, "a token"
