"""Which scenarios of a run are selected, and why not the others."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mcsip.cli.session import Selection
from mcsip.mc import schema
from mcsip.mc.services import MCPTT
from mcsip.resources import scenarios_dir, schemas_dir
from mcsip.scenario.load import Scenario, load_scenario
from mcsip.scenario.run import run_scenario

from .conftest import Cli

SCENARIO = load_scenario(scenarios_dir() / "authorization" / "success.yaml", name="success.yaml")
TAG = SCENARIO.tags[0]


@pytest.mark.parametrize(
    ("selection", "why"),
    [
        (Selection(), ""),
        (Selection("success"), ""),
        (Selection("10.6.3.3"), ""),
        (Selection("SUCCESS and not refused"), ""),
        (Selection("refused"), "does not match -k refused"),
        (Selection(tags=frozenset({TAG, "x"})), ""),
        (Selection(tags=frozenset({"x"})), "has no tag x"),
        (Selection(exclude=frozenset({TAG})), f"has the excluded tag {TAG}"),
    ],
)
def test_selection(selection: Selection, why: str) -> None:
    assert selection.why_not(SCENARIO) == why


def test_a_scenario_without_a_meaning_in_the_chosen_service_is_passed_over() -> None:
    scenario = replace(SCENARIO, no_meaning="MCVideo has no short data")
    assert Selection().why_not(scenario) == "MCVideo has no short data"


def test_an_interrupted_run_reports_what_had_finished(
    cli: Cli, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 130; the reports are written, and the run directory is named."""
    finished: list[str] = []

    def run_one(scenario: Scenario, **options: Any) -> Any:
        if finished:
            raise KeyboardInterrupt
        finished.append(scenario.name)
        return run_scenario(scenario, **options)

    monkeypatch.setattr("mcsip.scenario.run.run_scenario", run_one)
    good = files / "good.yaml"
    again = good.with_name("zz.yaml")
    again.write_text(good.read_text())
    done = cli("-q", "run", good, again, "--out", "o", "--junit", "j.xml")
    assert done.code == 130
    (folder,) = [each for each in Path("o").iterdir() if each.name != "latest"]
    assert f"written to {Path('o') / folder.name}" in done.err
    assert len(list(folder.iterdir())) == 1
    assert Path("j.xml").read_text().count("<testcase ") == 1


def test_logs_of_other_makes_are_in_the_run_directory(
    cli: Cli, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_one(scenario: Scenario, **options: Any) -> Any:
        return replace(run_scenario(scenario, **options), logs={"alice-ue": "TX 1 INVITE\n"})

    monkeypatch.setattr("mcsip.scenario.run.run_scenario", run_one)
    cli("-q", "run", files / "good.yaml", "--out", "o")
    (log,) = Path("o/latest").glob("*/alice-ue.log")
    assert log.read_text() == "TX 1 INVITE\n"


@pytest.fixture
def broken_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the shipped schemas, of which that of MCPTT is broken in line 2."""
    folder = tmp_path / "xml_schemas"
    shutil.copytree(schemas_dir(), folder)
    file = folder / MCPTT.schema
    file.write_text('<schema xmlns="http://www.w3.org/2001/XMLSchema">\n<nothing/></schema>\n')
    monkeypatch.setattr("mcsip.mc.schema.schemas_dir", lambda: folder)
    schema._compiled.cache_clear()
    yield file
    schema._compiled.cache_clear()


@pytest.mark.parametrize("command", ["run", "validate"])
@pytest.mark.parametrize("text", [None, "<schema", ""], ids=["no schema", "no XML", "empty"])
def test_a_broken_schema_is_found_before_anything_runs(
    cli: Cli, files: Path, broken_schema: Path, command: str, text: str | None
) -> None:
    if text is not None:
        broken_schema.write_text(text)
    done = cli(command, files / "good.yaml")
    assert done.code == 3
    assert f"{broken_schema}:" in done.err
    assert "the shipped schema is broken" in done.err
    assert not Path("mcsip-out").exists()


def test_a_schema_that_is_not_there(cli: Cli, files: Path, broken_schema: Path) -> None:
    broken_schema.unlink()
    done = cli("run", files / "good.yaml")
    assert (done.code, "cannot be read" in done.err) == (3, True)
