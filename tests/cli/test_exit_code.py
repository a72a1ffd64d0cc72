"""Exit codes: 2 > 3 > 4 > 1 > 6 > 7 > 5 when several apply."""

import itertools

import pytest

from mcsip.cli.exit_code import PRECEDENCE, ExitCode, foremost

ORDER = [2, 3, 4, 1, 6, 7, 5, 0]


@pytest.mark.parametrize(("high", "low"), list(itertools.combinations(ORDER, 2)))
def test_precedence(high: int, low: int) -> None:
    assert foremost([ExitCode(low), ExitCode(high)]) == high


def test_every_code_has_its_place() -> None:
    assert set(PRECEDENCE) == set(ExitCode)
    assert foremost([]) is ExitCode.OK
