"""The exception tree, and faults as people read them."""

import pytest

from mcsip.errors import (
    Diagnostic,
    FileError,
    McsipError,
    MissingToolError,
    NetworkError,
    PeerError,
    UsageError,
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
