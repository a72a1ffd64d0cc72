"""The step send_data: TR 23.781 6.x.1, TS 24.282 9.2.2."""

from pathlib import Path

import pytest

from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions

from .playing import faults, play, verdicts

READY = """
- authenticate: {client: bob-ue, in: primary}
- register: {client: bob-ue, in: primary}
- given: {client: alice-ue, migrated_to: partner, profile: 2}
"""


def test_to_a_client_to_its_new_id_and_to_any_id(tmp_path: Path) -> None:
    steps = (
        f"{READY}- send_data: {{from: bob-ue, to: alice-ue, text: a}}\n"
        "- send_data: {from: bob-ue, to: alice-ue, in: partner, text: b}\n"
        "  expect: {result: success, status: 200, redirected: false}\n"
        "- send_data: {from: bob-ue, id: sip:x@primary.example, text: c}\n"
        "  expect: {result: refused, status: 404, reason: target-unknown}\n"
    )
    run = play(tmp_path, steps, service="mcdata")
    assert verdicts(run) == ["pass"] * 6
    assert [step.title for step in run.result.steps[3:]] == [
        "bob-ue sends short data to alice-ue",
        "bob-ue sends short data to alice-ue in partner",
        "bob-ue sends short data to sip:x@primary.example",
    ]


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("result: refused", "result: success, status: 200"),
        ("status: 404", "result: success, status: 200"),
        ("redirected: true", "result: success, status: 200"),
    ],
)
def test_another_outcome_than_expected(tmp_path: Path, expected: str, actual: str) -> None:
    steps = (
        f"{READY}- send_data: {{from: bob-ue, to: alice-ue, text: a}}\n  expect: {{{expected}}}\n"
    )
    run = play(tmp_path, steps, service="mcdata")
    assert verdicts(run)[-1] == "fail"
    found = next(f for f in run.result.steps[-1].findings if f.verdict.value == "fail")
    assert (found.expected, found.actual) == (expected, actual)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{from: x, to: alice-ue, text: a}", "there is no client 'x'"),
        ("{from: bob-ue, to: x, text: a}", "there is no client 'x'"),
        ("{from: bob-ue, to: bob-ue, in: x, text: a}", "there is no system 'x'"),
        ("{from: bob-ue, text: a}", "one of 'to' and 'id' says who is to get it"),
        ("{from: bob-ue, id: sip:a@b.c, in: partner, text: a}", "'in' goes with 'to'"),
        (
            "{from: bob-ue, id: tel:1, text: a}",
            "'tel:1' is not an MC service ID: no SIP URI (sip:user@domain)",
        ),
    ],
)
def test_names_are_checked(tmp_path: Path, step: str, message: str) -> None:
    assert faults(tmp_path, f"- send_data: {step}", service="mcdata") == [message]


def test_the_reason_is_checked(tmp_path: Path) -> None:
    steps = "- send_data: {from: bob-ue, to: bob-ue, text: a}\n  expect: {reason: whim}"
    assert faults(tmp_path, steps, service="mcdata") == ["there is no reason 'whim'"]


def test_it_has_a_meaning_in_mcdata_only(tmp_path: Path) -> None:
    """The file of another service is wrong; where the user chose it, the scenario is passed over."""
    steps = "- send_data: {from: bob-ue, to: bob-ue, text: a}"
    assert faults(tmp_path, steps) == ["MCPTT has no short data"]
    chosen = RunOptions(service="mcvideo")
    assert (
        load_scenario(tmp_path / "steps.yaml", over=chosen).no_meaning
        == "MCVideo has no short data"
    )
    assert (
        load_scenario(tmp_path / "steps.yaml", over=RunOptions(service="mcdata")).no_meaning == ""
    )
