"""Refusals, from a decision to the wire and back."""

import pytest

from mcsip.errors import McsipError, NetworkError
from mcsip.mc.roles import Role
from mcsip.migration.decision import Decision, Reason
from mcsip.nodes.refusal import (
    Refusal,
    failure_fields,
    from_decision,
    from_reason,
    info_reason,
    refusal_of,
    refuse,
)
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import parse_datagram
from mcsip.store.port import ConflictError, HeldError, StoreError, UnavailableError

from .world import written

DETAILS = [
    "",
    "profile 1, partner b.example",
    'a "quoted" \\ text',
    "with (brackets)",
    "a: b",
    "comma, b",
]


def request() -> Request:
    message = parse_datagram(written())
    assert isinstance(message, Request)
    return message


def over_the_wire(response: Response) -> Response:
    message = parse_datagram(response.octets())
    assert isinstance(message, Response)
    return message


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_comes_back(reason: Reason, detail: str) -> None:
    """Status, Warning with the MC code where one fits (TS 24.379 4.4), and our exact reason."""
    decision = Decision(reason, detail)
    response = over_the_wire(refuse(request(), decision, "server.partner.example", "tag"))
    assert response.status == reason.status
    refusal = refusal_of(response)
    assert (refusal.reason, refusal.clause) == (reason, reason.clause)
    assert (refusal.agent, refusal.status) == ("server.partner.example", reason.status)
    assert refusal.text == decision.text
    if reason.warning is not None:
        assert f"{reason.warning:03} " in response.values("warning")[0]


@pytest.mark.parametrize(
    ("status", "warning", "reason"),
    [
        (403, '399 b.example "101 service authorisation failed"', Reason.TOKEN_INVALID),
        (
            404,
            '399 b.example "141 user unknown to the participating function"',
            Reason.USER_UNKNOWN,
        ),
        (486, '399 b.example "164 too many"', Reason.SIMULTANEOUS),
        (403, '399 b.example "179 service not authorized"', Reason.NO_AGREEMENT),
        (403, '399 b.example "100 function not allowed due to x"', None),
        (403, "nonsense", None),
        (403, None, None),
        (404, None, Reason.UNKNOWN_SYSTEM),
        (408, None, Reason.PRIMARY_TIMEOUT),
        (504, None, Reason.PRIMARY_TIMEOUT),
        (500, None, Reason.PRIMARY_UNREACHABLE),
        (603, None, Reason.PRIMARY_UNREACHABLE),
    ],
)
def test_a_peer_that_knows_only_the_codes_or_only_sip_is_understood(
    status: int, warning: str | None, reason: Reason | None
) -> None:
    line = f"Warning: {warning}\r\n" if warning else ""
    data = f"SIP/2.0 {status} Because\r\n{line}Content-Length: 0\r\n\r\n".encode()
    response = parse_datagram(data)
    assert isinstance(response, Response)
    refusal = refusal_of(response)
    assert refusal.reason is reason
    assert refusal.status == status
    assert refusal.text


def test_no_line_end_gets_into_a_header_field() -> None:
    """What a peer sent may stand in the detail."""
    decision = Decision(Reason.USER_UNKNOWN, "a\r\nEvil: yes\x00")
    response = over_the_wire(refuse(request(), decision, "b.example", "tag"))
    assert response.first("evil") is None
    assert refusal_of(response).reason is Reason.USER_UNKNOWN


def test_an_unknown_key_is_no_reason() -> None:
    data = b'SIP/2.0 403 No\r\nWarning: 399 b.example "made-up: text (clause)"\r\n\r\n'
    response = parse_datagram(data)
    assert isinstance(response, Response)
    assert refusal_of(response) == Refusal(None, "made-up: text (clause)", "", "b.example", 403)


@pytest.mark.parametrize("reason", Reason)
def test_the_reason_element_says_who_refused(reason: Reason) -> None:
    element = info_reason(from_reason(reason), "b.example", Role.MC_GATEWAY)
    assert (element.key, element.clause, element.warning) == (
        reason.key, reason.clause, reason.warning,
    )  # fmt: skip
    assert (element.domain, element.role) == ("b.example", Role.MC_GATEWAY)


def test_a_refusal_without_reason_is_plainly_refused() -> None:
    element = info_reason(Refusal(None, "403 No", "", "b.example"), "b.example", Role.MC_SERVER)
    assert (element.key, element.text, element.warning) == ("refused", "403 No", None)


def test_a_decision_keeps_its_detail() -> None:
    refusal = from_decision(Decision(Reason.USER_UNKNOWN, "alice"))
    assert refusal.text.endswith(": alice")


@pytest.mark.parametrize(
    ("error", "status", "again"),
    [
        (UnavailableError("lost"), 503, True),
        (ConflictError("changed"), 500, True),
        (HeldError("held", frozenset()), 500, True),
        (StoreError("the disk is full"), 500, False),
        (NetworkError("no way"), 500, False),
    ],
)
def test_a_failure_says_whether_it_will_pass(
    error: McsipError, status: int, *, again: bool
) -> None:
    """RFC 3261 21.5.1, 21.5.4: 503 is about the whole server."""
    assert failure_fields(error, 7) == (status, (("Retry-After", "7"),) if again else ())
