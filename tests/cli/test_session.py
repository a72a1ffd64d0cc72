"""Which scenarios of a run are selected, and why not the others."""

from dataclasses import replace

import pytest

from mcsip.cli.session import Selection
from mcsip.resources import scenarios_dir
from mcsip.scenario.load import load_scenario

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
