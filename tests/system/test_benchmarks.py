"""Benchmarks take minutes: what is wrong with their arguments is said before."""

import sys
from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks import scaling
from benchmarks.arguments import output, whole_number


@pytest.mark.parametrize("text", ["0", "-5", "x", "", "1.5"])
def test_there_is_at_least_one_of_a_thing(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="no whole number from 1"):
        whole_number(text)
    assert whole_number("12") == 12


def test_a_file_can_be_written_afterwards(tmp_path: Path) -> None:
    assert output(str(tmp_path / "new.json")) == tmp_path / "new.json"
    with pytest.raises(ArgumentTypeError, match="is a folder"):
        output(str(tmp_path))
    with pytest.raises(ArgumentTypeError, match="there is no folder"):
        output(str(tmp_path / "none" / "x.json"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("benchmarks", "store", "--json", "/nonexistent/x.json"), "there is no folder"),
        (("benchmarks", "store", "--markdown", "/"), "is a folder"),
        (("benchmarks.scaling", "--flows", "0"), "no whole number from 1"),
        (("benchmarks.scaling", "--json", "/nonexistent/x.json"), "there is no folder"),
    ],
)
def test_nothing_is_measured_in_vain(
    arguments: tuple[str, ...],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", list(arguments))
    main = scaling.main if arguments[0].endswith("scaling") else benchmarks.main
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
