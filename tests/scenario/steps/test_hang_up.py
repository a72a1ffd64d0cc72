"""The step hang_up: RFC 3261 15.1."""

from pathlib import Path

import pytest

from mcsip.nodes.call_agent import NoAnswerError
from mcsip.nodes.client_call import CallClient

from .playing import faults, play, verdicts
from .test_call import READY


def test_either_party_hangs_up(tmp_path: Path) -> None:
    call = "- call: {from: bob-ue, to: alice-ue}\n"
    run = play(
        tmp_path,
        f"{READY}{call}- hang_up: {{client: alice-ue}}\n{call}- hang_up: {{client: bob-ue}}\n",
    )
    assert verdicts(run) == ["pass"] * 7
    assert run.result.steps[4].title == "alice-ue hangs up"


def test_without_a_call_it_fails(tmp_path: Path) -> None:
    run = play(tmp_path, f"{READY}- hang_up: {{client: bob-ue}}\n")
    assert verdicts(run)[-1] == "fail"
    assert run.result.steps[-1].findings[0].actual == "bob-ue is in no call"


def test_an_end_that_nobody_answers_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unanswered(_: CallClient) -> None:
        raise NoAnswerError("nobody answered the BYE: 408")

    monkeypatch.setattr(CallClient, "hang_up", unanswered)
    call = "- call: {from: bob-ue, to: alice-ue}\n"
    run = play(tmp_path, f"{READY}{call}- hang_up: {{client: bob-ue}}\n")
    (finding,) = run.result.steps[-1].findings
    assert finding.message == "the end of the call was not answered"
    held = play(tmp_path, f"{READY}- call: {{from: bob-ue, to: alice-ue, hold_s: 1}}\n")
    assert verdicts(held)[-1] == "fail"


def test_faults(tmp_path: Path) -> None:
    assert faults(tmp_path, "- hang_up: {client: x}\n") == ["there is no client 'x'"]
