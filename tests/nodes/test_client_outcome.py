"""How a request of a client ended, read from answers and response messages."""

import pytest

from mcsip.mc.info import Info, InfoReason
from mcsip.mc.messages import RESPONSE
from mcsip.mc.roles import Role
from mcsip.mc.services import MCPTT
from mcsip.migration.decision import Decision, Reason
from mcsip.nodes.client_outcome import MigrationOutcome, outcome_of, outcome_of_answer
from mcsip.nodes.directory import Directory
from mcsip.nodes.refusal import refuse
from mcsip.sip.build import build_request, build_response

from .world import make_topology

REQUEST = build_request(
    "MESSAGE", "sip:x@y.example", from_="<sip:a@b.example>;tag=t", to="<sip:x@y.example>", call_id="c", cseq=1
)  # fmt: skip
DIRECTORY = Directory(make_topology())


@pytest.mark.parametrize(
    ("agent", "domain", "role"),
    [
        ("partner.example", "partner.example", Role.MC_GATEWAY),
        ("server.partner.example", "partner.example", Role.MC_SERVER),
        ("server.primary.example", "primary.example", Role.MC_SERVER),
        ("elsewhere.example", None, None),
    ],
)
def test_a_warning_names_who_refused(agent: str, domain: str | None, role: Role | None) -> None:
    decision = Decision(Reason.PROFILE_NOT_PERMITTED, "profile 1")
    answer = refuse(REQUEST, decision, agent, "tag")
    assert outcome_of_answer(answer, DIRECTORY) == MigrationOutcome(
        "refused", "profile-not-permitted", decision.text, domain, role, 403
    )


@pytest.mark.parametrize(
    ("status", "result"),
    [(302, "refused"), (403, "refused"), *((s, "failed") for s in (408, 500, 503, 504, 603))],
)
def test_without_a_warning_the_status_counts(status: int, result: str) -> None:
    """Nobody says that the primary system is at fault: it may be the partner's own server."""
    outcome = outcome_of_answer(build_response(REQUEST, status), DIRECTORY)
    assert (outcome.result, outcome.status, outcome.by_domain) == (result, status, None)
    assert outcome.reason is None


@pytest.mark.parametrize(
    ("key", "result"), [("profile-not-permitted", "refused"), ("primary-timeout", "failed")]
)
def test_a_response_message_says_why(key: str, result: str) -> None:
    reason = InfoReason(key, "text", "clause", "partner.example", Role.MC_SERVER)
    info = Info(MCPTT, RESPONSE, "sip:a@primary.example", success=False, reason=reason)
    assert outcome_of(info, 200) == MigrationOutcome(
        result, key, "text", "partner.example", Role.MC_SERVER, 200
    )


def test_success_and_a_refusal_without_a_reason() -> None:
    info = Info(MCPTT, RESPONSE, "sip:a@primary.example", success=True)
    assert outcome_of(info, 200) == MigrationOutcome("success", status=200)
    info = Info(MCPTT, RESPONSE, "sip:a@primary.example", success=False)
    assert outcome_of(info, 200) == MigrationOutcome("refused", status=200)
