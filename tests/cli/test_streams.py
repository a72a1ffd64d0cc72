"""The standard streams: closed, or on a disk that is full, they cost nobody the exit code."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from mcsip.cli.streams import is_watched, say

LOAD = (
    "load authorization/success --network memory -r 10 -d 1 -n 5"
    " --threshold 'p50(migrate)<1us' --json {json}"
)


class Full(io.StringIO):
    """A stream on a disk that is full."""

    def write(self, _: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("stream", [Full(), None])
def test_what_cannot_be_said_is_not_said(
    stream: io.StringIO | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    say("a line")
    assert not is_watched()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("streams", "code"),
    [
        ("> /dev/null", 7),
        (">&-", 7),
        ("2>&-", 7),
        (">&- 2>&- <&-", 7),
        ("2> /dev/full", 7),
        ("> /dev/full", 4),  # what was to be read is lost, and that is said
    ],
)
def test_the_exit_code_and_the_files_of_a_load(streams: str, code: int, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    command = f"exec {sys.executable} -m mcsip {LOAD.format(json=path)} {streams}"
    done = subprocess.run(["/bin/sh", "-c", command], check=False, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert path.read_text().startswith("{")
    assert ("No space left on device" in done.stderr) == (code == 4)
