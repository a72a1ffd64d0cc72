"""Progress of a load: lines where nobody watches, a table on a terminal."""

import io
import sys

import pytest

from mcsip.cli.load_progress import LINE_S, LoadProgress
from mcsip.load.run import Progress
from tests.load.results import bad


def progress(elapsed_s: float) -> Progress:
    result = bad()
    return Progress(elapsed_s, result.job.pace, result.statistics, ending=True)


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    with LoadProgress(shown=True) as shown:
        for second in range(1, 12):
            shown.on_progress(progress(float(second)))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == [f"{LINE_S}", f"{2 * LINE_S}"]


def test_nothing_where_nothing_is_to_be_shown_but_notices(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with LoadProgress(shown=False) as shown:
        shown.on_progress(progress(100.0))
        shown.on_notice("partner.server is under test at udp:127.0.0.1:5070")
    assert capsys.readouterr().err == "partner.server is under test at udp:127.0.0.1:5070\n"


def test_a_table_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with LoadProgress(shown=True) as shown:
        shown.on_notice("a notice [with brackets]")
        shown.on_progress(progress(1.0))
    text = terminal.getvalue()
    assert "a notice [with brackets]" in text
    for word in ("migrate", "p99", "lag", "no free user"):
        assert word in text
