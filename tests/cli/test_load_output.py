"""Files of a load: checked before it begins, and the exit code of each verdict."""

from pathlib import Path

import pytest

from mcsip.cli.load_output import EXIT_CODES, Outputs
from mcsip.load.verdict import LoadVerdict
from mcsip.report.html import to_html
from tests.load.results import bad, good


def test_every_verdict_has_an_exit_code() -> None:
    assert set(EXIT_CODES) == set(LoadVerdict)


def test_folders_are_made_and_nothing_is_left_in_them(tmp_path: Path) -> None:
    outputs = Outputs(tmp_path / "a" / "x.json", tmp_path / "b.csv", None, tmp_path / "c")
    outputs.check()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "c"]


def test_a_folder_that_cannot_be_is_told_with_what_was_to_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    wanted = tmp_path / "file" / "x.json"
    with pytest.raises(OSError, match="cannot be written") as caught:
        Outputs(json=wanted).check()
    assert caught.value.filename == str(wanted)


def test_only_what_is_asked_for_is_written(tmp_path: Path) -> None:
    outputs = Outputs(json=tmp_path / "x.json")
    assert outputs.write(good()) == [tmp_path / "x.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def test_the_page_shows_the_messages_of_who_was_followed(tmp_path: Path) -> None:
    page = tmp_path / "x.html"
    Outputs(html=page).write(good())
    assert "messages of 2 users" in page.read_text()
    Outputs(html=page).write(bad())
    assert "messages of 2 users" not in page.read_text()
    assert to_html([], title="x") != page.read_text()
