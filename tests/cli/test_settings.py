"""Colours, width, and options before and after the name of a command."""

import io

import click
import pytest

from mcsip.cli.settings import Settings, settings_of


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("color", "env", "terminal", "coloured"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {}, True, False),
    ],
)
def test_colours(
    monkeypatch: pytest.MonkeyPatch, color: str, env: dict[str, str], terminal: bool, coloured: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert Settings(color).colour(Terminal() if terminal else io.StringIO()) is coloured


def test_without_a_terminal_the_width_is_80(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.StringIO())
    monkeypatch.setenv("COLUMNS", "200")
    assert Settings().width == 80


def test_a_commands_own_options_win_and_the_others_stay() -> None:
    context = click.Context(click.Command("x"), obj=Settings("never", 1, quiet=True))
    assert settings_of(context, None, 0, quiet=False) == Settings("never", 1, quiet=True)
    assert settings_of(context, "always", 2, quiet=False) == Settings("always", 2, quiet=True)
