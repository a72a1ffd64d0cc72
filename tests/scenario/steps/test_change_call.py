"""The step change_call: RFC 3261 14.1."""

from pathlib import Path

from .playing import faults, play, verdicts
from .test_call import READY

CALL = "- call: {from: bob-ue, to: alice-ue}\n"
CHANGE = "- change_call: {client: bob-ue, direction: sendonly}\n"


def test_either_party_changes_the_media(tmp_path: Path) -> None:
    run = play(tmp_path, f"{READY}{CALL}{CHANGE}{CHANGE.replace('bob', 'alice')}")
    assert verdicts(run) == ["pass"] * 6
    assert run.result.steps[4].title == "bob-ue changes the call to sendonly"


def test_another_status_than_expected(tmp_path: Path) -> None:
    run = play(tmp_path, f"{READY}{CALL}{CHANGE}  expect: {{status: 488}}\n")
    found = run.result.steps[-1].findings[0]
    assert (found.expected, found.actual) == ("status: 488", "status: 200")


def test_without_a_call_it_fails(tmp_path: Path) -> None:
    run = play(tmp_path, f"{READY}{CHANGE}")
    assert run.result.steps[-1].findings[0].actual == "bob-ue is in no call"


def test_faults(tmp_path: Path) -> None:
    assert "there is no client 'x'" in faults(
        tmp_path, "- change_call: {client: x, direction: sendonly}\n"
    )
