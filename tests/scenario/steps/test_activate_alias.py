"""The step activate_alias: TS 23.280 10.16.3."""

from pathlib import Path

from .playing import faults, play, verdicts
from .test_call import READY

STEP = "- activate_alias: {client: alice-ue, alias: 'sip:a@partner.example'}\n"


def test_an_alias_that_nobody_defined(tmp_path: Path) -> None:
    refused = "  expect: {result: refused, status: 404, reason: alias-unknown}\n"
    run = play(tmp_path, f"{READY}{STEP}{refused}{STEP}")
    assert verdicts(run)[-2:] == ["pass", "fail"]
    assert run.result.steps[-2].title == "alice-ue activates sip:a@partner.example"
    assert run.result.steps[-1].findings[0].expected == "result: success"


def test_faults(tmp_path: Path) -> None:
    steps = "- activate_alias: {client: x, alias: 'tel:1'}\n"
    assert len(faults(tmp_path, steps)) == 2
