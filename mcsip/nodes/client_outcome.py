"""How a request of a client ended, read from the answer and from the response message."""

from dataclasses import dataclass

from mcsip.mc.info import Info
from mcsip.mc.roles import Role
from mcsip.migration.decision import REASONS, Outcome
from mcsip.nodes.directory import Directory
from mcsip.nodes.refusal import refusal_of
from mcsip.sip.message import Response


@dataclass(frozen=True, slots=True)
class MigrationOutcome:
    """How a request to migrate ended.

    Attributes:
        result: "success", "refused" (somebody said no) or "failed" (nobody could be asked).
        reason: key of the reason, or None.
        text: the reason for people.
        by_domain: domain of the system that refused, or None.
        by_role: what refused there, or None.
        status: final status of the request of step 1, or None when there was none.
    """

    result: str
    reason: str | None = None
    text: str = ""
    by_domain: str | None = None
    by_role: Role | None = None
    status: int | None = None


def outcome_of_answer(answer: Response, directory: Directory) -> MigrationOutcome:
    """Return the outcome that an answer to the request of step 1 means, when it is no success.

    An answer that names no reason may be of anybody on the way: then there is none.
    """
    refusal = refusal_of(answer, by_primary=False)
    domain, role = _who(refusal.agent, directory)
    failed = refusal.reason is not None and refusal.reason.outcome is Outcome.FAILED
    return MigrationOutcome(
        "failed" if failed or answer.status >= 500 or answer.status == 408 else "refused",
        refusal.reason.key if refusal.reason else None,
        refusal.text,
        domain,
        role,
        answer.status,
    )


def _who(agent: str, directory: Directory) -> tuple[str | None, Role | None]:
    """Return domain and role of the agent of a Warning."""
    for system in directory.topology.systems.values():
        if agent == system.domain:
            return system.domain, Role.MC_GATEWAY
        for node in system.nodes.values():
            if agent == directory.host_name(node.name):
                return system.domain, node.role
    return None, None


def outcome_of(info: Info, status: int) -> MigrationOutcome:
    """Return what a response message (step 12) says.

    Args:
        info: its info body.
        status: final status of the request of step 1.
    """
    if info.success:
        return MigrationOutcome("success", status=status)
    reason = info.reason
    if reason is None:
        return MigrationOutcome("refused", status=status)
    row = REASONS.get(reason.key)
    failed = row is not None and row.outcome is Outcome.FAILED
    return MigrationOutcome(
        "failed" if failed else "refused",
        reason.key,
        reason.text,
        reason.domain,
        reason.role,
        status,
    )
