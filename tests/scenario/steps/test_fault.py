"""The step fault: what happens to MC messages on a hop, with and without gateways."""

from pathlib import Path

import pytest

from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.result import Verdict
from mcsip.scenario.run import run_scenario

from .files import write_scenario

STEPS = """\
  - authenticate: {client: alice-ue, in: partner}
  - register: {client: alice-ue, in: partner}
  - fault: {from: partner.gateway, to: primary.gateway,
            message: migration-service-authorization-request, %s}
  - migrate: {client: alice-ue, to: partner, profile: 2}
    expect: {result: %s}
"""


@pytest.mark.parametrize("gateways", ["both", "primary", "partner", "none"])
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
@pytest.mark.parametrize(
    ("fault", "result", "noted"),
    [
        ("action: lose, times: always", "failed, reason: primary-timeout", {"lost"}),
        ("action: delay, seconds: 5", "success", {"delayed"}),
        ("action: duplicate", "success", {"duplicated"}),
    ],
)
def test_what_becomes_of_a_request(
    tmp_path: Path, fault: str, result: str, noted: set[str], transport: str, gateways: str
) -> None:
    path = write_scenario(tmp_path, STEPS % (fault, result), "options: {network: memory}\n")
    options = RunOptions(transport=transport, gateways=gateways)
    done = run_scenario(load_scenario(path, over=options), seed=1)
    assert done.result.verdict is Verdict.PASS, done.result.findings
    assert {entry.fault for entry in done.trace.entries} - {None} == noted
