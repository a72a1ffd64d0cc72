"""Numbers on the command line: those that are none are refused like those out of bounds."""

import click
import pytest

from mcsip.cli.numbers import Finite


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "-1", "0", "1e999", "one"])
def test_what_is_no_number_above_nothing_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        Finite(0, min_open=True).convert(text, None, None)


def test_a_number_is_returned() -> None:
    assert Finite(0).convert("2.5", None, None) == 2.5
