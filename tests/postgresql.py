"""A PostgreSQL server for the tests, in a folder of its own, on the loopback address."""

import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.ports import free_port

START_S = 60.0
"""How long the server may take to start, in seconds."""
LOOK_S = 0.05
"""How often to look whether it takes connections, in seconds."""
USER = "postgres"


def programs() -> Path | None:
    """Return the folder of the newest server that is installed, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if found:
        return found[-1].parent
    there = shutil.which("postgres")
    return Path(there).parent if there else None


class Server:
    """A running server.

    Attributes:
        url: of a database in it.
    """

    def __init__(self, folder: Path, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.folder = folder
        self.process = process
        self.url = f"postgresql://{USER}@127.0.0.1:{port}/postgres"

    def schema(self, name: str) -> str:
        """Return the URL of a store in a schema of its own."""
        return f"{self.url}?schema={name}"


def open_folder(factory: pytest.TempPathFactory) -> Path:
    """Return an empty folder that another user may enter."""
    folder = factory.mktemp("postgresql")
    for parent in (folder, *folder.parents):
        if parent == Path(tempfile.gettempdir()):
            break
        parent.chmod(parent.stat().st_mode | stat.S_IXGRP | stat.S_IXOTH)
    return folder


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Run a server in an empty folder.

    A server does not run as root: there it runs as the user that Debian's package makes.
    """
    where = programs()
    assert where is not None
    user = USER if os.geteuid() == 0 else None
    if user is not None:
        folder.chmod(0o755)
        shutil.chown(folder, user)
    data = folder / "data"
    subprocess.run(
        [where / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        capture_output=True,
        user=user,
        cwd="/",
    )
    port = free_port()
    options = ["-p", str(port), "-h", "127.0.0.1", "-k", "", "-c", "max_connections=200"]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [where / "postgres", "-D", data, *options],
        stdout=log,
        stderr=log,
        user=user,
        cwd="/",
    )
    try:
        _await_port(port, process)
        yield Server(folder, port, process)
    finally:
        process.send_signal(signal.SIGINT)  # fast shutdown
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


@contextmanager
def for_tests(factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server; where none is installed the test is skipped, and fails under CI."""
    if programs() is None:
        reason = "PostgreSQL is not installed (Debian's package postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with running(open_folder(factory)) as server:
        yield server


def _await_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the server takes connections."""
    import psycopg

    end = time.monotonic() + START_S
    while True:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user=USER, dbname="postgres").close()
        except psycopg.OperationalError:
            assert time.monotonic() < end, "the server does not answer"
            with suppress(subprocess.TimeoutExpired):
                pytest.fail(f"the server ended with {process.wait(LOOK_S)}")
        else:
            return
