"""Every shipped scenario with gateways on both sides, on one, on none, over every transport.

Clause: NOTE 3 of TS 23.280 10.6.3.3, NOTE 1 of 10.6.3.3.2.1, NOTE of TR 23.781 6.x.1: a system may
have no MC gateway server.
"""

from itertools import cycle
from pathlib import Path

import pytest

from mcsip.resources import scenarios_dir
from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.result import Verdict
from mcsip.scenario.run import run_scenario

FOLDER = scenarios_dir()
TRANSPORTS = ("udp", "tcp", "tls")
SERVICES = ("mcptt", "mcvideo", "mcdata")
SHIPPED = sorted(path for path in FOLDER.glob("*/*.yaml") if path.parent.name != "topologies")
PROCEDURES = ("authorization", "general", "identities", "onward", "return-home")
"""Folders of procedures that are the same for every service."""


def check(path: Path, options: RunOptions) -> None:
    done = run_scenario(load_scenario(path, over=options), seed=1)
    said = "\n".join(finding.render() for finding in done.result.findings)
    assert done.result.verdict is Verdict.PASS, said or done.result.reason


@pytest.mark.parametrize("gateways", ["both", "primary", "partner", "none"])
@pytest.mark.parametrize(
    ("path", "transport"),
    [
        pytest.param(path, transport, id=f"{path.parent.name}/{path.stem}-{transport}")
        for path, transport in zip(SHIPPED, cycle(TRANSPORTS), strict=False)
    ],
)
def test_with_and_without_gateways(path: Path, transport: str, gateways: str) -> None:
    options = load_scenario(path).options
    kept = options.transport or transport
    check(path, RunOptions(network="memory", gateways=gateways, transport=kept))


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=f"{path.parent.name}/{path.stem}")
        for path in SHIPPED
        if path.parent.name in PROCEDURES
    ],
)
def test_with_each_service(path: Path, service: str) -> None:
    check(path, RunOptions(network="memory", service=service))


@pytest.mark.parametrize(
    "name", ["return-home/success", "onward/success", "identities/none-and-on"]
)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_over_real_sockets(name: str, transport: str) -> None:
    check(FOLDER / f"{name}.yaml", RunOptions(network="loopback", transport=transport))
