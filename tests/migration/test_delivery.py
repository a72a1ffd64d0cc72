"""What an answer means to a debt."""

import pytest

from mcsip.migration.delivery import (
    NOT_WAITING_STATUS,
    RETRY_MAX_S,
    Fate,
    notification_fate,
    response_fate,
    retry_delay_s,
)


@pytest.mark.parametrize(
    ("status", "response", "notification"),
    [
        (200, Fate.TAKEN, Fate.TAKEN),
        (202, Fate.TAKEN, Fate.TAKEN),
        (None, Fate.RETRY, Fate.RETRY),
        (302, Fate.RETRY, Fate.RETRY),
        (403, Fate.REFUSED_ON_THE_WAY, Fate.RETRY),
        (404, Fate.REFUSED_ON_THE_WAY, Fate.REFUSED),
        (408, Fate.RETRY, Fate.RETRY),
        (410, Fate.REFUSED_ON_THE_WAY, Fate.REFUSED),
        (480, Fate.RETRY, Fate.RETRY),
        (NOT_WAITING_STATUS, Fate.REFUSED, Fate.REFUSED),
        (483, Fate.RETRY, Fate.RETRY),
        (500, Fate.RETRY, Fate.RETRY),
        (503, Fate.RETRY, Fate.RETRY),
        (603, Fate.RETRY, Fate.RETRY),
    ],
)
def test_fate(status: int | None, response: Fate, notification: Fate) -> None:
    assert response_fate(status) is response
    assert notification_fate(status) is notification


def test_pauses_grow_to_their_limit() -> None:
    assert [retry_delay_s(n) for n in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert retry_delay_s(7) == retry_delay_s(10_000) == RETRY_MAX_S


def test_who_asks_to_wait_for_longer_is_not_asked_before() -> None:
    """RFC 3261 20.33."""
    assert retry_delay_s(1, 5.0) == 5
    assert retry_delay_s(4, 5.0) == 8
