"""The step move: TS 23.280 5.2.9.1, geographical changes."""

from pathlib import Path

import pytest

from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.run import Run, run_scenario

from .files import write_scenario
from .playing import faults, verdicts

HOME, IN_B, NOWHERE = "[47.5, 15.0]", "[47.5, 16.5]", "[0, 0]"


def play(folder: Path, *moves: tuple[str, str]) -> Run:
    steps = "".join(
        f"  - move: {{client: alice-ue, to: {to}}}\n"
        + (f"    expect: {expect}\n" if expect else "")
        for to, expect in moves
    )
    path = write_scenario(folder, steps, topology="areas")
    return run_scenario(load_scenario(path, over=RunOptions(network="memory")), seed=1)


def test_there_and_back(tmp_path: Path) -> None:
    run = play(
        tmp_path,
        (HOME, "{result: none}"),
        (IN_B, "{system: partner-b}"),
        (NOWHERE, "{result: none}"),
        (HOME, "{system: primary, result: success}"),
    )
    assert verdicts(run) == ["pass"] * 4
    assert run.result.steps[1].title == "alice-ue moves to 47.5, 16.5"


@pytest.mark.parametrize(
    ("to", "expect", "expected", "actual"),
    [
        (HOME, "{result: success}", "result: success", "result: none"),
        (IN_B, "{system: partner-c}", "system: partner-c", "system: partner-b, result: success"),
        (IN_B, "{result: none}", "result: none", "system: partner-b, result: success"),
    ],
)
def test_another_than_expected(
    tmp_path: Path, to: str, expect: str, expected: str, actual: str
) -> None:
    run = play(tmp_path, (to, expect))
    finding = next(f for f in run.result.findings if f.expected)
    assert finding.expected == expected
    assert finding.actual.startswith(actual)


def test_without_an_expectation_whatever_happens_is_right(tmp_path: Path) -> None:
    run = play(tmp_path, (HOME, ""), (IN_B, ""))
    assert verdicts(run) == ["pass", "pass"]


def test_names_and_places_are_checked(tmp_path: Path) -> None:
    steps = (
        "- move: {client: x, to: [1, 2]}\n"
        "  expect: {result: none, system: y, reason: z}\n"
        "- move: {client: alice-ue, to: [91, 2]}\n"
        "- move: {client: alice-ue, to: [1]}\n"
    )
    assert sorted(faults(tmp_path, steps)) == [
        "a client that stays goes to no 'system'",
        "expected at least 2 items, found a list of 1",
        "the latitude 91 is not from -90 to 90",
        "there is no client 'x'",
        "there is no reason 'z'",
        "there is no system 'y'",
    ]
