"""Refusals, from a decision to the wire and back.

On the spot a refusal is a SIP response with Warning values: the MC warning of TS 24.379 4.4 where a
code fits, and a second value of our own, ``399 agent "key: text (clause)"``, which says exactly
what was refused [ours]. In a response message it is the reason element. Both lead back to the same
``Refusal``, also from a peer that knows only the MC codes, or only SIP.
"""

from dataclasses import dataclass

from mcsip.errors import McsipError
from mcsip.mc.info import InfoReason
from mcsip.mc.roles import Role
from mcsip.mc.warning import WARN_CODE, parse_warning, warning_value
from mcsip.mc.xml import clean
from mcsip.migration.decision import REASONS, Decision, Reason
from mcsip.sip.build import build_response
from mcsip.sip.message import Request, Response
from mcsip.store.port import ConflictError, UnavailableError

_BY_WARNING = {
    101: Reason.TOKEN_INVALID,
    141: Reason.USER_UNKNOWN,
    164: Reason.SIMULTANEOUS,
    179: Reason.NO_AGREEMENT,
}
_BY_STATUS = {404: Reason.UNKNOWN_SYSTEM}
_OF_THE_PRIMARY = {408: Reason.PRIMARY_TIMEOUT, 504: Reason.PRIMARY_TIMEOUT}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was refused, and by whom.

    Attributes:
        reason: the reason, or None when a peer gave one that we do not know.
        text: the reason in words.
        clause: clause or policy, or "".
        agent: host or domain of who refused; "" when nobody said.
        status: the SIP status code, or None when a response message told it.
    """

    reason: Reason | None
    text: str
    clause: str
    agent: str
    status: int | None = None


def refuse(request: Request, decision: Decision, agent: str, to_tag: str) -> Response:
    """Return the response that refuses a request on the spot.

    Args:
        request: the request.
        decision: a decision that is not permitted.
        agent: who refuses, for Warning: host name or domain.
        to_tag: tag for the To field.
    """
    status, fields = refusal_fields(decision, agent)
    return build_response(request, status, to_tag=to_tag, fields=fields)


def refusal_fields(decision: Decision, agent: str) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Return status code and Warning fields that refuse something on the spot.

    Args:
        decision: a decision that is not permitted.
        agent: who refuses, for Warning: host name or domain.
    """
    reason = decision.reason
    assert reason is not None, "only a refusal is refused"
    values = []
    if reason.warning is not None:
        values.append(warning_value(reason.warning, agent, decision.text))
    said = f"{reason.key}: {clean(decision.text)} ({reason.clause})"
    quoted = said.replace("\\", "\\\\").replace('"', '\\"')  # RFC 3261 25.1: quoted-string
    values.append(f'{WARN_CODE} {agent} "{quoted}"')
    return reason.status, tuple(("Warning", value) for value in values)


def failure_fields(
    error: McsipError, retry_after_s: int
) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Return status code and fields that say that a server failed, and whether that will pass.

    A server whose records are not there serves nobody: 503, by which the next one is asked (RFC
    3261 21.5.4). A record that others change or hold concerns its user only: 500 (21.5.1).

    Args:
        error: why it failed.
        retry_after_s: after how many seconds one may ask again, where it will pass.
    """
    status = 503 if isinstance(error, UnavailableError) else 500
    passes = isinstance(error, UnavailableError | ConflictError)
    return status, (("Retry-After", str(retry_after_s)),) if passes else ()


def refusal_of(response: Response, *, by_primary: bool = True) -> Refusal:
    """Return what a final response that is no success says about its reason.

    Args:
        response: the response.
        by_primary: whether the request was on its way to a primary system, so that a status alone
            tells that nobody there could be asked. Who asks a partner cannot know that: it may be
            the partner itself that does not answer.
    """
    agent, text = "", f"{response.status} {response.reason}"
    reason: Reason | None = None
    for value in response.items("warning"):
        warning = parse_warning(value)
        if warning is None:
            continue
        key, colon, said = warning.text.partition(": ")
        if colon and key in REASONS:
            exact = REASONS[key]
            said = said.removesuffix(f" ({exact.clause})")
            return Refusal(exact, said, exact.clause, warning.agent, response.status)
        if not agent:
            agent, text = warning.agent, warning.text
            reason = _BY_WARNING.get(warning.code) if warning.code else None
    if reason is None:
        reason = _BY_STATUS.get(response.status)
    if reason is None and by_primary:
        by_class = Reason.PRIMARY_UNREACHABLE if response.status >= 500 else None
        reason = _OF_THE_PRIMARY.get(response.status, by_class)
    return Refusal(reason, text, reason.clause if reason else "", agent, response.status)


def info_reason(refusal: Refusal, domain: str, role: Role) -> InfoReason:
    """Return the reason element of a response message.

    Args:
        refusal: the refusal.
        domain: domain of the system that refused.
        role: what refused there.
    """
    reason = refusal.reason
    return InfoReason(
        key=reason.key if reason else "refused",
        text=refusal.text,
        clause=refusal.clause,
        domain=domain,
        role=role,
        warning=reason.warning if reason else None,
    )


def from_decision(decision: Decision) -> Refusal:
    """Return a decision of our own as a refusal."""
    assert decision.reason is not None, "only a refusal is refused"
    return Refusal(decision.reason, decision.text, decision.reason.clause, "")


def from_reason(reason: Reason) -> Refusal:
    """Return a bare reason as a refusal."""
    return from_decision(Decision(reason))
