"""Files of a run: whole or not at all, with names that every system takes."""

import json
import os
import re
import stat
import subprocess
import sys
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
from mcsip.tracefile import load_trace


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
    assert len(load_trace(paths["trace.jsonl"]).entries) == 44
    assert list(write_case(tmp_path / "skipped", cases[4])) == ["report.json"]


def test_a_link_stays_and_what_it_points_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link, second = tmp_path / "real" / "a.txt", tmp_path / "b.txt", tmp_path / "c.txt"
    link.symlink_to(target)
    second.symlink_to("b.txt")
    write_file(second, "one")  # it is there from now on
    write_file(second, "two")
    assert link.is_symlink()
    assert second.is_symlink()
    assert target.read_text() == "two"
    assert [entry.name for entry in target.parent.iterdir()] == ["a.txt"]


def test_a_device_is_written_through(tmp_path: Path) -> None:
    for name in ("null", "full"):
        (tmp_path / name).symlink_to(f"/dev/{name}")
    write_file(tmp_path / "null", "text")
    with pytest.raises(OSError, match="No space left"):
        write_file(tmp_path / "full", "text")
    assert all((tmp_path / name).is_char_device() for name in ("null", "full"))


def test_a_device_of_ones_own_is_written_through(tmp_path: Path) -> None:
    null = tmp_path / "null"
    try:
        os.mknod(null, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    write_file(null, "text")
    assert null.is_char_device()


def test_a_fifo_is_written_through(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_file(fifo, "text")
        assert os.read(reader, 100) == b"text"
    finally:
        os.close(reader)
    assert fifo.is_fifo()


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
def test_standard_output_is_written_in_its_place(tmp_path: Path, path: str) -> None:
    (tmp_path / "link").symlink_to("/dev/stdout")
    program = (
        "import sys; from pathlib import Path; from mcsip.report.write import write_file;"
        f"print('before'); write_file(Path({path!r}), 'report\\n'); print('after')"
    )
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", program], stdout=out, check=True, cwd=tmp_path)
    assert (tmp_path / "out").read_text() == "before\nreport\nafter\n"


def test_the_longest_name_that_a_file_may_have(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    write_file(path, "text")
    assert path.read_text() == "text"
