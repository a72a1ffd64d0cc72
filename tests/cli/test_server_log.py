"""The log of a server: JSON or text, one record a line, without secrets."""

import json
import logging

import pytest

from mcsip.cli.server_log import JsonLines, TextLines

SECRET = "abcdefghijklmnop"


def record(text: str = f"Authorization: Bearer {SECRET}") -> logging.LogRecord:
    made = logging.LogRecord("mcsip.x", logging.INFO, "", 1, "%s", (text,), None)
    made.created = 1_767_225_600.0
    return made


def test_a_line_is_json_without_secrets() -> None:
    line = json.loads(JsonLines().format(record()))
    assert (line["level"], line["logger"]) == ("info", "mcsip.x")
    assert SECRET not in line["message"]


def test_a_line_is_text_without_secrets() -> None:
    line = TextLines().format(record())
    assert line.startswith("2026-01-01T00:00:00")
    assert " info    mcsip.x: Authorization" in line
    assert SECRET not in line


@pytest.mark.parametrize("form", [JsonLines(), TextLines()])
def test_what_was_raised_is_told(form: logging.Formatter) -> None:
    try:
        int("the reason")
    except ValueError as error:
        made = record("it failed")
        made.exc_info = (ValueError, error, error.__traceback__)
    assert "ValueError: invalid literal" in form.format(made)
