"""Selection by expression."""

import pytest

from mcsip.cli.select import parse_expression
from mcsip.errors import UsageError

TEXT = "service authorization\nscenarios/authorization/success.yaml\nsuccess\nts 23.280 10.6.3.3"


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ("success", True),
        ("SUCCESS", True),
        ("refused", False),
        ("not refused", True),
        ("not not success", True),
        ("success and refused", False),
        ("success or refused", True),
        ("service success", True),
        ("service refused", False),
        ("not (refused or success)", False),
        ("'23.280 10.6'", True),
        ('"10.6 23.280"', False),
        ("refused or success and not nothing", True),
    ],
)
def test_expressions(expression: str, selected: bool) -> None:
    assert parse_expression(expression)(TEXT) is selected


@pytest.mark.parametrize(
    "expression", ["", "  ", "and", "a or", "(a", "a)", "not", "()", "a and or b"]
)
def test_wrong_expressions(expression: str) -> None:
    with pytest.raises(UsageError, match="-k"):
        parse_expression(expression)
