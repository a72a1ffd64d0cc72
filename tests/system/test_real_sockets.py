"""A sample of the procedures over real sockets; ``test_all_scenarios`` has the rest in memory."""

import pytest

from mcsip.resources import scenarios_dir
from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.result import Verdict
from mcsip.scenario.run import run_scenario


@pytest.mark.parametrize(
    "name", ["return-home/success", "onward/success", "identities/none-and-on"]
)
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_over_real_sockets(name: str, transport: str) -> None:
    options = RunOptions(network="loopback", transport=transport)
    done = run_scenario(load_scenario(scenarios_dir() / f"{name}.yaml", over=options), seed=1)
    said = "\n".join(finding.render() for finding in done.result.findings)
    assert done.result.verdict is Verdict.PASS, said or done.result.reason
