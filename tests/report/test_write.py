"""Files of a run: whole or not at all, with names that every system takes."""

import json
import re
from pathlib import Path

import pytest

from mcsip.report.case import Case
from mcsip.report.write import (
    make_run_folder,
    run_folder_name,
    safe_name,
    write_case,
    write_file,
)
from mcsip.trace import Trace


def test_files_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    write_file(path, "one")
    write_file(path, b"two\r\n")
    assert path.read_bytes() == b"two\r\n"
    assert [entry.name for entry in path.parent.iterdir()] == ["b.txt"]


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError):
        write_file(tmp_path / "taken", "text")
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("success", "success"),
        ("a: b/c\\d", "a-b-c-d"),
        ("../../etc", "etc"),
        (".hidden", "hidden"),
        ("", "unnamed"),
        ("über", "ber"),
        ("x" * 200, "x" * 80),
    ],
)
def test_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_the_folder_of_a_run(tmp_path: Path) -> None:
    name = run_folder_name(1_700_000_000.9, 7)
    assert name == "20231114T221320Z-7"
    first = make_run_folder(tmp_path / "out", name)
    second = make_run_folder(tmp_path / "out", name)
    assert [first.name, second.name] == [name, f"{name}-2"]
    assert (tmp_path / "out" / "latest").resolve() == second.resolve()


def test_something_named_latest_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "latest").mkdir()
    make_run_folder(tmp_path, "a")
    assert not (tmp_path / "latest").is_symlink()


def test_the_files_of_a_scenario(
    tmp_path: Path, passed_case: Case, cases: list[Case], secrets: tuple[bytes, ...]
) -> None:
    paths = write_case(tmp_path, passed_case)
    assert sorted(paths) == [
        "capture.pcap",
        "ladder.mmd",
        "messages.log",
        "report.json",
        "trace.jsonl",
    ]
    for path in paths.values():
        assert re.fullmatch(r"[a-z.]+", path.name)
        assert not any(secret in path.read_bytes() for secret in secrets)
    assert json.loads(paths["report.json"].read_text())["verdict"] == "pass"
    assert len(Trace.load(paths["trace.jsonl"]).entries) == 44
    assert list(write_case(tmp_path / "skipped", cases[4])) == ["report.json"]
