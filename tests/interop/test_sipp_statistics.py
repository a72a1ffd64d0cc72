"""The statistics of a load have the columns that SIPp writes with -trace_stat."""

import subprocess
from pathlib import Path

import pytest

from mcsip.load.sippcsv import columns
from tests.ports import free_port

from .programs import require

pytestmark = pytest.mark.interop
LIMIT_S = 30


def test_the_columns_are_those_that_sipp_writes(tmp_path: Path) -> None:
    sipp = require("sipp", "sip-tester")
    port = free_port()
    common = ["-i", "127.0.0.1", "-nostdin"]
    server = subprocess.Popen(
        [sipp, "-sn", "uas", "-p", str(port), *common],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        client = [sipp, "-sn", "uac", f"127.0.0.1:{port}", "-m", "1", "-trace_stat", "-fd", "1"]
        subprocess.run(
            [*client, *common], cwd=tmp_path, capture_output=True, timeout=LIMIT_S, check=False
        )
    finally:
        server.kill()
        server.wait()
    (file,) = tmp_path.glob("uac_*_.csv")
    assert file.read_text(encoding="ascii").splitlines()[0] == ";".join(columns(1)) + ";"
