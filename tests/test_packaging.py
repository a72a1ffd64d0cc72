"""What is published works by itself: the wheel in an empty environment, the source in a folder."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command as a user would, who has set nothing; return what it says."""
    env = {key: os.environ[key] for key in ("PATH", "LANG", "TMPDIR") if key in os.environ}
    done = subprocess.run(
        command, cwd=cwd, env={**env, "HOME": str(cwd)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr
    return done.stdout


def build(kind: str, source: Path, folder: Path) -> Path:
    """Build a wheel or a source archive into a folder, without a network."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", folder],
        cwd=source,
        capture_output=True,
        check=True,
    )
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of this checkout."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the programs of an environment with the wheel; only what it needs comes from here."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    subprocess.run([*pip, "install", "-q", "--no-deps", "--no-index", wheel], check=True)
    (site,) = (folder / "lib").glob("python*/site-packages")
    # A line of a .pth file adds a folder, and not what the .pth files in that folder add: the
    # editable installation of the checkout stays out.
    (site / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "bin"


def test_the_package_comes_from_the_wheel(fresh: Path, tmp_path: Path) -> None:
    said = run(fresh / "python", "-c", "import mcsip; print(mcsip.__file__)", cwd=tmp_path)
    assert Path(said.strip()).is_relative_to(fresh.parent)


def test_it_runs_the_main_scenario(fresh: Path, tmp_path: Path) -> None:
    said = run(fresh / "mcsip", "demo", cwd=tmp_path)
    assert "PASS" in said
    assert "all 12 steps" in said


def test_it_lists_the_shipped_scenarios(fresh: Path, tmp_path: Path) -> None:
    said = run(fresh / "mcsip", "list", "scenarios", cwd=tmp_path).splitlines()
    shipped = (ROOT / "scenarios").rglob("*.yaml")
    names = {path.stem for path in shipped if "topologies" not in path.parts}
    assert {line.rpartition("/")[2] for line in said if not line.startswith(" ")} == names


def test_it_finds_its_schemas(fresh: Path, tmp_path: Path) -> None:
    body = tmp_path / "body.xml"
    namespace = "urn:3gpp:ns:mcpttInfo:1.0"
    body.write_text(f'<mcpttinfo xmlns="{namespace}"><mcptt-Params/></mcpttinfo>', encoding="utf-8")
    scenarios = fresh.parent / "lib"
    (shipped,) = scenarios.glob("python*/site-packages/mcsip/_data/scenarios")
    said = run(fresh / "mcsip", "validate", body, shipped, cwd=tmp_path)
    assert f"{body}: valid" in said


def test_it_has_what_the_html_report_is_made_from(wheel: Path) -> None:
    folder = ROOT / "mcsip" / "report" / "templates"
    needed = {str(path.relative_to(ROOT)) for path in folder.rglob("*.*")}
    assert len(needed) > 10
    assert needed <= set(names(wheel))


def test_the_source_archive_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    archive = build("sdist", ROOT, tmp_path / "sdist")
    unpacked = tmp_path / "source"
    unpacked.mkdir()
    subprocess.run(["tar", "-xzf", archive, "-C", unpacked], check=True)
    (source,) = unpacked.iterdir()
    again = build("wheel", source, tmp_path / "again")
    assert names(again) == names(wheel)
    for needed in ("Makefile", "README.md", "LICENSE", ".ci/run", "tests/conftest.py", "docs"):
        assert (source / needed).exists(), needed


def names(wheel: Path) -> list[str]:
    """Return the files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return sorted(archive.namelist())
