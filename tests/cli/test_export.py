"""``mcsip export``: which files are written, and what is said of bad input."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.system.sut import AUTHORIZATION, write_scenario, write_topology

Cli = Callable[..., Any]


@pytest.fixture
def topology(tmp_path: Path) -> Path:
    """Two systems, every node at an address."""
    return write_topology(tmp_path)


def test_sipp(cli: Cli, tmp_path: Path, topology: Path) -> None:
    scenario = write_scenario(topology.parent, AUTHORIZATION)
    out = tmp_path / "out"
    done = cli("export", "sipp", scenario, "partner.server", "-o", out, "-t", "tcp")
    assert done.code == 0, done.err
    assert sorted(path.name for path in out.iterdir()) == [
        "partner.server.sh",
        "partner.server.xml",
    ]
    assert (out / "partner.server.sh").stat().st_mode & 0o777 == 0o755
    assert done.out.count("written: ") == 2


def test_sipsak(cli: Cli, tmp_path: Path) -> None:
    done = cli("export", "sipsak", "authorization/success", "alice-ue", "-o", tmp_path / "out")
    assert done.code == 0, done.err
    assert (tmp_path / "out" / "alice-ue-sipsak.sh").stat().st_mode & 0o777 == 0o755


def test_kamailio(cli: Cli, tmp_path: Path, topology: Path) -> None:
    out = tmp_path / "out"
    assert cli("export", "kamailio", topology, "-o", out).code == 0
    assert (
        cli(
            "export", "kamailio", topology, "--as", "gateway", "--system", "primary", "-o", out
        ).code
        == 0
    )
    relay = ("--as", "relay", "--listen", "127.0.0.1:5099")
    assert cli("export", "kamailio", topology, *relay, "-o", out).code == 0
    files = {path.name: path for path in out.iterdir()}
    assert sorted(files) == [
        "partner.core.cfg", "primary.core.cfg", "primary.gateway.cfg", "relay.cfg",
    ]  # fmt: skip
    assert files["primary.gateway.cfg"].stat().st_mode & 0o777 == 0o600
    first = files["primary.gateway.cfg"].read_text()
    assert cli("export", "kamailio", topology, "--as", "gateway", "-o", out).code == 0
    assert files["primary.gateway.cfg"].read_text() != first, "the key is made up"


def test_token(cli: Cli, topology: Path) -> None:
    done = cli("export", "token", topology, "alice-ue", "primary", "partner", "--seed", 7)
    assert done.code == 0
    names = [line.partition("=")[0] for line in done.out.splitlines()]
    assert names == [
        "export ID_PRIMARY", "export TOKEN_PRIMARY", "export ID_PARTNER", "export TOKEN_PARTNER",
    ]  # fmt: skip
    assert "export ID_PRIMARY=sip:alice@primary.example\n" in done.out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("sipp", "authorization/success", "partner.sever"), "did you mean 'partner.server'"),
        (("sipp", "authorization", "partner.server"), "name one of them"),
        (("sipp", "authorization/succes", "partner.server"), "there is no file"),
        (("sipsak", "authorization/success", "partner.server"), "sends no request of its own"),
        (("kamailio", "TOPOLOGY", "--as", "relay"), "--listen"),
        (("kamailio", "TOPOLOGY", "--listen", "127.0.0.1:1"), "--listen"),
        (("kamailio", "TOPOLOGY", "--as", "relay", "--listen", "x"), "is not host:port"),
        (("kamailio", "TOPOLOGY", "--system", "prmary"), "did you mean 'primary'"),
        (("token", "TOPOLOGY", "alice", "partner"), "did you mean 'alice-ue'"),
    ],
)
def test_bad_input(cli: Cli, topology: Path, arguments: tuple[str, ...], text: str) -> None:
    done = cli("export", *(topology if each == "TOPOLOGY" else each for each in arguments))
    assert done.code == 2, done.err
    assert text in done.err
    assert "Traceback" not in done.err
