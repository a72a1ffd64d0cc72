"""The compiled modules: they do to the octet what their sources do (``.ci/compiled.py``).

They are compiled without optimisation here, which takes a minute instead of several: what differs
between compiled and interpreted code does so at every level.
"""

import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SEED = "5"
#: Octet for octet the same from the same seed, in memory.
WRITTEN = ("trace.jsonl", "messages.log", "ladder.mmd", "capture.pcap")
pytestmark = pytest.mark.slow

READ_ALL = """
import hashlib, json, random, sys
from pathlib import Path
from mcsip.mc.info import parse_info
from mcsip.mc.services import SERVICES
from mcsip.errors import PeerError
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import StreamFramer, parse_datagram
from mcsip.sip.proxy.codec import SivCodec
from mcsip.sip.uas import request_fault

def look(data):
    message = parse_datagram(data)
    yield type(message).__name__
    if not isinstance(message, Request | Response):
        yield message.reason, message.status, repr(message.message)
        return
    yield message.start_line, message.fields, message.body, message.octets()
    for name in ("vias", "from_", "to", "to_tag", "cseq", "contacts", "routes", "max_forwards"):
        try:
            yield name, repr(getattr(message, name))
        except PeerError as error:
            yield name, error.message, error.status
    if isinstance(message, Request):
        yield request_fault(message)
    for service in SERVICES.values():
        try:
            yield repr(parse_info(message.body, service))
        except PeerError as error:
            yield error.message, error.status

def spoilt(data, rng):
    yield data
    for _ in range(20):
        at, length = rng.randrange(len(data)), rng.randrange(1, 9)
        yield data[:at] + rng.randbytes(rng.randrange(0, 3)) + data[at + length :]
        yield data[:at] + rng.choice([b"\\r\\n", b"\\n", b" ", b";", b"<", b'"', b","]) + data[at:]

rng = random.Random(7)
digest, count = hashlib.sha256(), 0
for path in sorted(map(Path, sys.argv[1:])):
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if "text" not in entry:
            continue
        for data in spoilt(entry["text"].encode("utf-8", "surrogateescape"), rng):
            digest.update(repr(list(look(data))).encode())
            digest.update(repr([repr(i) for i in StreamFramer().feed(data)]).encode())
            count += 1
digest.update(SivCodec(bytes(64)).encode("a text").encode())
print(count, digest.hexdigest())
"""


class Two:
    """A compiled mcsip and the sources, each run with the interpreter of the tests."""

    def __init__(self, compiled: Path, folder: Path) -> None:
        self.compiled = compiled
        self.folder = folder

    def both(self, *arguments: str) -> tuple[str, str]:
        """Return what a command says with the compiled modules, and what it says without."""
        return self.run(self.compiled, *arguments), self.run(ROOT, *arguments)

    def run(self, source: Path, *arguments: str) -> str:
        env = {**os.environ, "PYTHONPATH": str(source)}
        done = subprocess.run(
            [sys.executable, "-P", *arguments],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Two:
    """Compile; skipped where there is no C compiler."""
    header = Path(sysconfig.get_path("include")) / "Python.h"
    done = subprocess.run(["cc", "--version"], capture_output=True, check=False)
    if done.returncode or not header.exists():
        pytest.skip("there is no C compiler, or Python's headers are not there")
    folder = tmp_path_factory.mktemp("wheel")
    env = {**os.environ, "MCSIP_COMPILE": "1", "MCSIP_COMPILE_LEVEL": "0"}
    command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    built = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = folder.iterdir()
    assert "none-any" not in wheel.name, "a wheel with machine code is not for every machine"
    unpacked = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    return Two(unpacked, tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="module")
def runs(two: Two) -> tuple[Path, Path]:
    """Run every shipped scenario from one seed; return the folders of the two runs."""
    folders: list[Path] = []
    for source in (two.compiled, ROOT):
        out = two.folder / f"out-{len(folders)}"
        options = ("--network", "memory", "--seed", SEED, "--out", str(out))
        two.run(source, "-m", "mcsip", "run", str(ROOT / "scenarios"), *options)
        folders.append(out / "latest")
    return folders[0], folders[1]


def test_the_checkout_stays_without_machine_code(two: Two) -> None:
    assert not list(ROOT.glob("*.so"))
    assert not list((ROOT / "mcsip").rglob("*.so"))
    compiled, interpreted = two.both("-c", "import mcsip.sip.parse as p; print(p.__file__)")
    assert compiled.strip().endswith(".so")
    assert interpreted.strip().endswith("parse.py")


def _files(folder: Path) -> Iterator[Path]:
    return (path for name in WRITTEN for path in folder.glob(f"*/{name}"))


def test_every_scenario_runs_alike(runs: tuple[Path, Path]) -> None:
    """Every octet sent, every inner step, at the same moment of virtual time."""
    compiled, interpreted = runs
    seen = [path.relative_to(interpreted) for path in _files(interpreted)]
    assert len(seen) > 4 * 80
    assert sorted(seen) == sorted(path.relative_to(compiled) for path in _files(compiled))
    differ = [p for p in seen if (compiled / p).read_bytes() != (interpreted / p).read_bytes()]
    assert not differ


def test_every_message_is_read_alike(two: Two, runs: tuple[Path, Path]) -> None:
    """The messages of all scenarios, as they are and spoilt, as datagrams and as streams."""
    traces = sorted(str(path) for path in runs[1].glob("*/trace.jsonl"))[::4]
    compiled, interpreted = two.both("-c", READ_ALL, *traces)
    assert compiled == interpreted
    assert int(compiled.split()[0]) > 5000
