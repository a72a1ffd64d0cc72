"""Captures of runs, as sngrep reads them: what it writes again, tshark counts."""

import subprocess
from collections import Counter
from pathlib import Path

import pytest

from mcsip.report.pcap import build_pcap
from mcsip.resources import scenarios_dir
from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.result import Verdict
from mcsip.scenario.run import run_scenario
from tests.interop.programs import require, running

pytestmark = pytest.mark.interop

AS_SIP = ("-o", "udp.try_heuristic_first:TRUE", "-o", "tcp.try_heuristic_first:TRUE")


def methods(tshark: str, capture: Path) -> Counter[str]:
    """Count the SIP messages of a capture by Call-ID and CSeq."""
    done = subprocess.run(
        [tshark, "-r", capture, *AS_SIP, "-Y", "sip", "-T", "fields", "-e", "sip.Call-ID", "-e",
         "sip.CSeq"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )  # fmt: skip
    return Counter(done.stdout.splitlines())


@pytest.mark.parametrize("network", ["memory", "loopback"])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("name", ["return-home/success", "calls/media-through-the-primary"])
def test_sngrep_finds_every_message(
    tmp_path: Path, name: str, transport: str, network: str
) -> None:
    """RTP stays behind: without being asked sngrep writes what it took for SIP."""
    sngrep, tshark = require("sngrep", "sngrep"), require("tshark", "tshark")
    options = RunOptions(network=network, transport=transport)
    run = run_scenario(load_scenario(scenarios_dir() / f"{name}.yaml", over=options), seed=1)
    assert run.result.verdict is Verdict.PASS
    capture, again = tmp_path / "run.pcap", tmp_path / "again.pcap"
    capture.write_bytes(build_pcap(run.trace))
    with running([sngrep, "-N", "-q", "-I", capture, "-O", again], tmp_path) as program:
        assert program.wait(30) == 0, program.output
    wanted = methods(tshark, capture)
    assert wanted.total() == len(run.trace.entries) // 2
    assert methods(tshark, again) == wanted, program.output
