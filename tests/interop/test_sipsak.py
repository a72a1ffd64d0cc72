"""sipsak as a client, by what ``mcsip export sipsak`` writes: exit 0 on 200, 1 on 403."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from mcsip.export.credentials import issue_credentials
from mcsip.export.sipsak import export_sipsak
from mcsip.resources import scenarios_dir
from mcsip.scenario.model import RunOptions
from mcsip.topology import Topology
from mcsip.topology.load import load_topology
from tests.ports import free_port
from tests.system.serving import Served
from tests.system.sut import write_topology

from .programs import require, running

pytestmark = pytest.mark.interop

CLIENT = "alice-ue"
REQUESTS = "authorization/success"
REFUSED = "authorization/refused-expired-token"


@pytest.fixture(scope="module", autouse=True)
def sipsak() -> str:
    """Return sipsak, or the reason why these tests are skipped."""
    return require("sipsak", "sipsak")


@contextmanager
def served(folder: Path, topology: Path) -> Iterator[None]:
    """Run all nodes of a topology in one process."""
    options = ["--topology", str(topology), "-q", "--t1", "0.05", "--grace", "0"]
    process = Served(["primary", "partner"], options, folder / "nodes.log")
    with asyncio.Runner() as runner:
        try:
            runner.run(process.start())
            yield
        finally:
            runner.run(process.close())


def exported(folder: Path, name: str, transport: str) -> tuple[Path, Path, Topology]:
    """Write the requests of a shipped scenario; return the script and the topology."""
    file = write_topology(folder, {"transport": transport})
    content = yaml.safe_load(file.read_text())
    content["clients"][CLIENT]["address"] = f"127.0.0.1:{free_port()}"
    file.write_text(yaml.safe_dump(content))
    scenario = yaml.safe_load((scenarios_dir() / f"{name}.yaml").read_text())
    path = folder / "x.scenario.yaml"
    path.write_text(yaml.safe_dump({**scenario, "topology": file.name}))
    result = export_sipsak(path, CLIENT, options=RunOptions(), transport=transport)
    for each, text in result.files.items():
        (folder / each).write_text(text, newline="")
    script = folder / result.script
    script.chmod(0o755)
    return script, file, load_topology(file)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("valid", [True, False], ids=["200", "403"])
@pytest.mark.parametrize("name", [REQUESTS, REFUSED])
def test_exit_codes(tmp_path: Path, name: str, transport: str, *, valid: bool) -> None:
    """The token decides: 200 for a sound one, 403 for any other (TS 23.280 10.6.3.3 step 2)."""
    script, file, topology = exported(tmp_path, name, transport)
    granted = issue_credentials(topology, CLIENT, "partner", seed=0, wall=time.time(), mc_id=None)
    environment = {
        "ID_PARTNER": granted.mc_id,
        "TOKEN_PARTNER": granted.token if valid else granted.token[:-8] + "AAAAAAAA",
    }
    with served(tmp_path, file), running([script], tmp_path, environment) as program:
        code = program.wait(30)
    as_expected = valid == (name == REQUESTS)
    assert f"{CLIENT}-1-register: sipsak ended with 0," in program.output
    code_of_message = 0 if valid else 1
    assert f"{CLIENT}-2-message: sipsak ended with {code_of_message}," in program.output
    assert (code == 0) is as_expected, program.output
    assert granted.token not in program.output
