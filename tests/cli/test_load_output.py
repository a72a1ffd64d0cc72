"""Files of a load: checked before it begins, each written whatever becomes of the others."""

import io
import json
import re
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mcsip.cli import load_output
from mcsip.cli.exit_code import ExitCode
from mcsip.cli.load_output import EXIT_CODES, Outputs, Written, show_load
from mcsip.cli.settings import Settings
from mcsip.errors import MissingToolError, UsageError
from mcsip.load.run import LoadResult
from mcsip.load.verdict import LoadVerdict
from mcsip.nodes.agreement import Agree
from tests.load.results import bad, good, with_records


def test_every_verdict_has_an_exit_code() -> None:
    assert set(EXIT_CODES) == set(LoadVerdict)


# What is checked before


def test_folders_are_made_and_nothing_is_left_in_them(tmp_path: Path) -> None:
    outputs = Outputs(tmp_path / "a" / "x.json", tmp_path / "b.csv", None, tmp_path / "c")
    assert outputs.check() == []
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "c"]


def test_a_folder_that_cannot_be_is_told_with_what_was_to_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    wanted = tmp_path / "file" / "x.json"
    with pytest.raises(OSError, match="cannot be written") as caught:
        Outputs(json=wanted).check()
    assert caught.value.filename == str(wanted)


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("", UsageError, "--json '.' names no file"),
        ("-", UsageError, "--json -: write /dev/stdout for standard output"),
        ("..", UsageError, "--json '..' names no file"),
        ("x" * 256, OSError, "File name too long"),
    ],
)
def test_a_path_that_is_none_is_told(name: str, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        Outputs(json=Path(name)).check()


def test_two_reports_do_not_go_into_one_file_but_into_one_device(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("x")
    with pytest.raises(UsageError, match="--json and --html name the same file"):
        Outputs(json=tmp_path / "x", csv=tmp_path / "y", html=tmp_path / "link").check()
    Outputs(json=Path("/dev/null"), csv=Path("/dev/null")).check()


def without_matplotlib() -> None:
    raise MissingToolError("plots need matplotlib")


def test_without_matplotlib_there_is_a_page_and_no_plots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_output, "check_plots", without_matplotlib)
    monkeypatch.setattr("mcsip.load.plots.check_plots", without_matplotlib)
    page = tmp_path / "x.html"
    with pytest.raises(MissingToolError):
        Outputs(plots=tmp_path).check()
    assert Outputs(html=page).check() == [f"{page} will be without plots: plots need matplotlib"]
    assert Outputs(html=page).write(good()) == Written((page,))
    assert "data:image/png" not in page.read_text()


# What is written


def test_only_what_is_asked_for_is_written(tmp_path: Path) -> None:
    outputs = Outputs(json=tmp_path / "x.json")
    assert outputs.write(good()) == Written((tmp_path / "x.json",))
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def test_what_cannot_be_written_does_not_keep_back_the_others(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outputs = Outputs(tmp_path / "file" / "x.json", tmp_path / "x.csv", tmp_path / "x.html")
    written = outputs.write(good())
    assert [path.name for path in written.paths] == ["x.csv", "x.html"]
    assert written.faults == (f"{tmp_path / 'file' / 'x.json'} was not written: File exists",)


def test_what_cannot_be_made_does_not_keep_back_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: LoadResult) -> Any:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(load_output, "render_csv", broken)
    monkeypatch.setattr(load_output, "make_plots", broken)
    outputs = Outputs(tmp_path / "x.json", tmp_path / "x.csv", tmp_path / "x.html")
    written = outputs.write(good())
    assert [path.name for path in written.paths] == ["x.json", "x.html"]
    assert written.faults == (
        f"{tmp_path / 'x.csv'} was not written: internal: ZeroDivisionError: a bug",
        "the plots were not made: ZeroDivisionError: a bug",
    )


def page_of(result: LoadResult, folder: Path) -> tuple[str, dict[str, Any]]:
    """Return the page of a load, and what it knows of its parts."""
    Outputs(html=folder / "x.html").write(result)
    page = (folder / "x.html").read_text()
    found = re.search(r'<script type="application/json" id="report">(.*?)</script>', page)
    assert found is not None
    return page, json.loads(found[1])


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (good(), "missed"),
        (replace(good(), crossings=()), "pass"),
        (with_records(good(), Agree.NO, more=1), "fail"),
        (bad(), "missed"),
    ],
    ids=["missed", "pass", "half-migrated", "nobody followed"],
)
def test_the_page_opens_with_the_load_and_its_verdict(
    result: LoadResult, verdict: str, tmp_path: Path
) -> None:
    page, report = page_of(result, tmp_path)
    assert report["verdict"] == verdict
    assert f'id="opening" data-title="Load" data-verdict="{verdict}"' in page
    sampled = result.sampled is not None
    assert [each["verdict"] for each in report["subjects"]] == ["pass"] * sampled
    assert ("Rules: messages of 2 users" in page) == sampled


# What is said


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what shows a load that is over at once."""

    def shown(result: LoadResult, outputs: Outputs, **settings: Any) -> int:
        monkeypatch.setattr(load_output, "run_load", lambda *_: result)
        return show_load(result.job, outputs, Settings(**settings))

    return shown


def test_a_file_that_was_not_written_is_an_error(
    show: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    outputs = Outputs(json=tmp_path / "file" / "x.json", csv=tmp_path / "x.csv")
    assert show(good(), outputs) == ExitCode.ERROR
    said = capsys.readouterr()
    assert "MISSED" in said.out
    assert "x.json was not written: File exists" in said.err
    assert f"written to {tmp_path / 'x.csv'}" in said.err


def test_files_are_written_before_anything_is_said(
    show: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Full())
    with pytest.raises(OSError, match="No space left"):
        show(good(), Outputs(json=tmp_path / "x.json"))
    assert (tmp_path / "x.json").is_file()


def test_a_signal_while_files_are_written_changes_nothing_and_a_second_gives_them_up(
    show: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def signalled(times: int) -> None:
        def render(_result: LoadResult) -> str:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
            return "{}"

        monkeypatch.setattr(load_output, "render_json", render)

    outputs = Outputs(json=tmp_path / "x.json", csv=tmp_path / "x.csv")
    signalled(1)
    assert show(replace(good(), crossings=()), outputs) == ExitCode.OK
    assert (tmp_path / "x.csv").is_file()
    signalled(2)
    with pytest.raises(KeyboardInterrupt):
        show(good(), outputs)
