"""Progress of a load: lines where nobody watches, a table on a terminal."""

import io
import logging
import re
import sys

import pytest

from mcsip.cli.load_progress import LINE_S, LoadProgress
from mcsip.cli.settings import Settings
from mcsip.load.progress import Progress, Settling
from tests.load.results import bad


def progress(elapsed_s: float) -> Progress:
    return Progress(elapsed_s, bad().statistics, due_rate=20.0, rate=9.5, late=0, ending=True)


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    with LoadProgress(Settings()) as shown:
        for second in range(1, 12):
            shown.on_progress(progress(float(second)))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == [f"{LINE_S}", f"{2 * LINE_S}"]


def test_nothing_where_nothing_is_to_be_shown_but_notices(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with LoadProgress(Settings(quiet=True)) as shown:
        shown.on_progress(progress(100.0))
        shown.on_notice("partner.server is under test at udp:127.0.0.1:5070")
    assert capsys.readouterr().err == "partner.server is under test at udp:127.0.0.1:5070\n"


def test_a_line_now_and_then_while_the_records_are_waited_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with LoadProgress(Settings()) as shown:
        for second in range(1, 12):
            shown.on_settling(Settling(float(second), 40.0, 3))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        f"calls are over; {second} of 40 s: 3 users not settled between the systems"
        for second in (5, 10)
    ]


def test_details_are_for_who_wants_them(capsys: pytest.CaptureFixture[str]) -> None:
    for quiet in (False, True):
        with LoadProgress(Settings(quiet=quiet)) as shown:
            shown.on_detail(f"quiet: {quiet}")
    assert capsys.readouterr().err == "quiet: False\n"


def test_a_table_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with LoadProgress(Settings(color="never")) as shown:
        shown.on_progress(progress(1.0))
    assert "migrate" in terminal.getvalue()
    assert not re.search(r"\x1b\[[0-9;]*m", terminal.getvalue())


def test_what_is_logged_meanwhile_does_not_tear_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with LoadProgress(Settings()) as shown:
        shown.on_progress(progress(1.0))
        before = len(terminal.getvalue())
        logging.getLogger("mcsip").warning("malformed")
        written = terminal.getvalue()[before:]
    assert written.index("\x1b[2K") < written.index("malformed") < written.index("migrate")


def test_a_table_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with LoadProgress(Settings()) as shown:
        shown.on_notice("a notice [with brackets]")
        shown.on_progress(progress(1.0))
    text = terminal.getvalue()
    assert "a notice [with brackets]" in text
    for word in ("migrate", "p99", "lag", "no free user"):
        assert word in text
