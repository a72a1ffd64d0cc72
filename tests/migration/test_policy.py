"""Agreements and their directions (TS 23.280 5.2.9.1)."""

import pytest

from mcsip.errors import UsageError
from mcsip.migration.policy import Agreement, Agreements, Direction

A, B, C = "a.example", "b.example", "c.example"


@pytest.mark.parametrize(
    ("direction", "a_to_b", "b_to_a"),
    [
        (Direction.BOTH_WAYS, True, True),
        (Direction.A_TO_B, True, False),
        (Direction.B_TO_A, False, True),
        (Direction.NONE, False, False),
    ],
)
def test_direction(direction: Direction, a_to_b: bool, b_to_a: bool) -> None:
    """TS 23.280 5.2.9.1: bilateral or unilateral."""
    agreement = Agreement(A, B, direction)
    assert agreement.permits(A, B) is a_to_b
    assert agreement.permits(B, A) is b_to_a
    assert not agreement.permits(A, C)
    assert not agreement.permits(A, A)


def test_found_in_either_order() -> None:
    agreement = Agreement(A, B)
    agreements = Agreements([agreement, Agreement(A, C)])
    assert agreements.between(A, B) is agreements.between(B, A) is agreement
    assert agreements.between(B, C) is None
    assert len(list(agreements)) == 2


@pytest.mark.parametrize("second", [Agreement(B, A), Agreement(C, C)])
def test_contradictions_are_refused(second: Agreement) -> None:
    with pytest.raises(UsageError):
        Agreements([Agreement(A, B), second])
