"""The exception tree, and faults as people read them."""

import pytest

from mcsip.errors import (
    EXCERPT,
    Diagnostic,
    FileError,
    McsipError,
    MissingToolError,
    NetworkError,
    PeerError,
    UsageError,
    excerpt,
)


@pytest.mark.parametrize("kind", [UsageError, FileError, PeerError, NetworkError, MissingToolError])
def test_everything_we_raise_has_one_root(kind: type[Exception]) -> None:
    assert issubclass(kind, McsipError)


def test_a_fault_shows_the_line_and_underlines_what_is_wrong() -> None:
    fault = Diagnostic("a.yaml", 3, 5, "there is no x 'y'", "  x: y", 1, "did you mean 'z'?")
    assert fault.render() == (
        "a.yaml:3:5: there is no x 'y'\n     |    x: y\n     |      ^\n     = did you mean 'z'?"
    )


def test_a_fault_without_line_and_hint_is_one_line() -> None:
    assert Diagnostic("a.yaml", 1, 1, "cannot be read").render() == "a.yaml:1:1: cannot be read"


def test_a_file_error_tells_all_its_faults() -> None:
    faults = [Diagnostic("a", 1, 1, "one"), Diagnostic("a", 2, 1, "two")]
    assert str(FileError(faults)) == "a:1:1: one\na:2:1: two"


def test_a_peer_error_carries_the_answer() -> None:
    error = PeerError("no Via", status=400, warning=100)
    assert (str(error), error.status, error.warning) == ("no Via", 400, 100)


@pytest.mark.parametrize(
    ("source", "column", "length", "shown", "carets"),
    [
        ("  x: y", 6, 1, "  x: y", "     ^"),
        ("\ta\x1b[31m\x07b", 3, 5, " a?[31m?b", "  ^^^^^"),
        ("", 1, 0, "", "^"),
        ("a" * 300, 1, 300, "a" * EXCERPT + "…", "^" * (EXCERPT + 1)),
        (
            "a" * 299 + "b" + "c" * 300,
            300,
            1,
            "…" + "a" * 60 + "b" + "c" * 139 + "…",
            " " * 61 + "^",
        ),
    ],
    ids=["short", "control", "empty", "long", "far to the right"],
)
def test_a_line_is_shown_where_it_is_wrong_and_moves_no_cursor(
    source: str, column: int, length: int, shown: str, carets: str
) -> None:
    assert excerpt(source, column, length) == (shown, carets)
