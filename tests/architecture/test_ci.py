"""What the Makefile leaves to scripts: missing tools, a missing virtual environment."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("bash", "dirname", "rm", "id")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return a folder of programs of a user who may install nothing; the only one of PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return folder


def add(programs: Path, name: str, script: str) -> None:
    path = programs / name
    path.write_text(f"#!{shutil.which('bash')}\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def run(programs: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / ".ci" / command[0], *command[1:]],
        env={"PATH": str(programs), **env},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_is_said_where_all_tools_are(programs: Path) -> None:
    add(programs, "tshark", "")
    done = run(programs, "tools", "tshark=tshark", f"{programs}/ts*=tshark")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(("env", "code"), [({}, 0), ({"CI": "true"}, 1), ({"CI": "false"}, 0)])
def test_tools_that_cannot_be_installed(programs: Path, env: dict[str, str], code: int) -> None:
    add(programs, "tshark", "")
    done = run(programs, "tools", "tshark=tshark", "sipp=sip-tester", **env)
    assert done.returncode == code
    assert "could not install sip-tester: the tests that need them are skipped" in done.stderr


@pytest.mark.parametrize("user", ["0", "1000"])
def test_packages_are_installed_where_it_is_allowed(
    programs: Path, tmp_path: Path, user: str
) -> None:
    log = tmp_path / "log"
    add(programs, "id", f"echo {user}")
    add(programs, "env", 'while [[ $1 == *=* ]]; do shift; done; "$@"')
    add(programs, "sudo", f'echo "sudo $*" >>{log}; shift; "$@"')
    add(programs, "true", "")
    add(programs, "apt-get", f'echo "apt-get $*" >>{log}')
    done = run(programs, "tools", "sipp=sip-tester", CI="true")
    assert (done.returncode, done.stderr) == (0, "")
    said = log.read_text(encoding="utf-8")
    assert "apt-get install -y -qq --no-install-recommends sip-tester" in said
    assert ("sudo -n" in said) == (user != "0")


def test_what_apt_says_is_told_when_it_fails(programs: Path) -> None:
    add(programs, "id", "echo 0")
    add(programs, "env", 'while [[ $1 == *=* ]]; do shift; done; "$@"')
    add(programs, "apt-get", "echo E: no network; exit 100")
    done = run(programs, "tools", "sipp=sip-tester", CI="true")
    assert done.returncode == 1
    assert "E: no network" in done.stderr


def test_a_python_that_is_too_old(programs: Path, tmp_path: Path) -> None:
    add(programs, "python3", '[ "$1" = --version ] && echo Python 3.9.2 || exit 1')
    done = run(programs, "venv", str(tmp_path / "venv"))
    assert done.returncode == 1
    assert "needs Python 3.11 or later; python3 is Python 3.9.2" in done.stderr


def test_a_python_without_venv_where_nothing_may_be_installed(
    programs: Path, tmp_path: Path
) -> None:
    add(programs, "python3", '[ "$1" = -c ]')
    done = run(programs, "venv", str(tmp_path / "venv"))
    assert done.returncode == 1
    assert "install Debian's package python3-venv, then run make again" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_the_submission_runs_the_tests_of_the_readme() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "exec make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
