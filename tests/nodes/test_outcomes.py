"""Small transaction users, and the name of an attempt."""

import logging
from typing import cast

import pytest

from mcsip.nodes.outcomes import LoggingUser, attempt_of
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import parse_datagram
from mcsip.sip.transaction import ClientTransaction

from .world import written

NOBODY = cast("ClientTransaction", None)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [([], None), (["In-Reply-To: a"], "a"), (["In-Reply-To: a, b"], "a")],
)
def test_an_attempt_is_named_by_in_reply_to(fields: list[str], expected: str | None) -> None:
    """RFC 3261 20.21."""
    message = parse_datagram(written(fields=fields))
    assert isinstance(message, Request)
    assert attempt_of(message) == expected


def test_failures_are_logged_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    user = LoggingUser("partner.server", "the response")
    user.on_response(NOBODY, Response(200, "OK", ()))
    assert not caplog.records
    user.on_response(NOBODY, Response(404, "Not Found", ()))
    user.on_timeout(NOBODY)
    user.on_transport_error(NOBODY, "refused")
    assert [record.getMessage() for record in caplog.records] == [
        "partner.server: the response was answered 404 Not Found",
        "partner.server: the response was not answered in time",
        "partner.server: the response could not be sent: refused",
    ]
    assert [record.levelname for record in caplog.records] == ["INFO", "INFO", "WARNING"]
