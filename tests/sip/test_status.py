"""Reason phrases: RFC 3261 21."""

import pytest

from mcsip.sip.status import REASON_PHRASES, reason_phrase


@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        (100, "Trying"),
        (200, "OK"),
        (420, "Bad Extension"),
        (481, "Call/Transaction Does Not Exist"),
        (606, "Not Acceptable"),
        (299, "OK"),
        (499, "Request Failure"),
        (599, "Server Failure"),
        (699, "Global Failure"),
        (999, "Unknown"),
    ],
)
def test_phrase(status: int, phrase: str) -> None:
    assert reason_phrase(status) == phrase


def test_table() -> None:
    assert all(100 <= status < 700 and phrase for status, phrase in REASON_PHRASES.items())
