"""Configuration files: defaults of options; unknown keys are errors."""

from pathlib import Path

import pytest

from mcsip.cli.config import check_options, read_config
from mcsip.errors import FileError

COMMANDS = ("run", "list")


def fault(folder: Path) -> str:
    with pytest.raises(FileError) as caught:
        read_config(folder, COMMANDS)
    return str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    assert read_config(tmp_path, COMMANDS) == ("", {})


def test_mcsip_toml_comes_before_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.mcsip.run]\nseed = 1\n")
    assert read_config(tmp_path, COMMANDS) == ("pyproject.toml", {"run": {"seed": 1}})
    (tmp_path / "mcsip.toml").write_text("[run]\nseed = 2\n")
    assert read_config(tmp_path, COMMANDS) == ("mcsip.toml", {"run": {"seed": 2}})


def test_a_pyproject_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nx = 1\n# mcsip\n")
    assert read_config(tmp_path, COMMANDS) == ("", {})


def test_faults(tmp_path: Path) -> None:
    path = tmp_path / "mcsip.toml"
    path.write_text("# x\n[rum]\nseed = 1\n")
    assert fault(tmp_path) == (
        "mcsip.toml:2:2: unknown key 'rum'\n     |  [rum]\n     |   ^^^\n     = did you mean 'run'?"
    )
    path.write_text("run = 1\n")
    assert fault(tmp_path).startswith("mcsip.toml:1:1: expected a table [run]")
    path.write_text("[run]\nseed = \n")
    assert fault(tmp_path).startswith("mcsip.toml:2:8: not TOML: invalid value")


def test_unknown_options(tmp_path: Path) -> None:
    (tmp_path / "mcsip.toml").write_text("[run]\nfail-fast = true\nsed = 1\n")
    check_options(tmp_path, "mcsip.toml", ["fail-fast"], {"fail_fast", "seed"})
    with pytest.raises(FileError) as caught:
        check_options(tmp_path, "mcsip.toml", ["fail-fast", "sed"], {"fail_fast", "seed"})
    assert str(caught.value) == (
        "mcsip.toml:3:1: unknown key 'sed'\n     |  sed = 1\n     |  ^^^\n     = did you mean 'seed'?"
    )
