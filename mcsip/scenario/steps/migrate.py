"""The step ``migrate``: a client asks for service authorization for migration.

Clause: TS 23.280 10.6.3.3 steps 1 to 12 [seed]. Without ``expect``, success is expected.

Example::

    - migrate: {client: alice-ue, to: partner, profile: 2}
      expect: {result: success}
    - migrate: {client: alice-ue, to: partner, profile: 1}
      expect: {result: refused, by: primary.server, reason: profile-not-permitted}
    - migrate: {client: alice-ue, to: partner, profile: 2, repeat: 3}
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.mc.roles import Role
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import Step, StepKind
from mcsip.scenario.watching import watch_migration
from mcsip.topology import Topology

if TYPE_CHECKING:
    from mcsip.nodes.client_outcome import MigrationOutcome


class MigrateArguments(FileModel):
    """Who migrates where, with which user profile."""

    client: str = Field(description="The client.")
    to: str = Field(description="The partner system.")
    profile: int = Field(ge=0, description="Index of the selected user profile.")
    repeat: int = Field(1, ge=1, le=100, description="How often the request is sent.")


class MigrateExpectation(FileModel):
    """How it ends for the client."""

    result: Literal["success", "refused", "failed"] = Field(
        "success",
        description="success; refused: somebody said no; failed: nobody could be asked.",
    )
    by: str | None = Field(None, description="The node that refused, written system.node.")
    reason: str | None = Field(None, description="Key of the reason, as the response names it.")
    status: int | None = Field(
        None, ge=200, le=699, description="Status code of the answer to the client's request."
    )


class Migrate(Step[MigrateArguments, MigrateExpectation]):
    """A client asks for service authorization for migration."""

    verb = "migrate"

    @property
    def title(self) -> str:
        """The step in one line."""
        arguments = self.arguments
        times = f", {arguments.repeat} times" if arguments.repeat > 1 else ""
        return (
            f"{arguments.client} migrates to {arguments.to} with profile {arguments.profile}{times}"
        )

    def check(self, names: Names) -> None:
        """Check client, system, and the names in the expectation."""
        names.client(self.under("client"), self.arguments.client)
        names.system(self.under("to"), self.arguments.to)
        check_outcome(self, names)

    async def perform(self, context: StepContext) -> None:
        """Migrate, and compare how it ended."""
        arguments = self.arguments
        outcome: MigrationOutcome | None
        if context.is_foreign(arguments.client):
            what = f"migrate to {arguments.to} with profile {arguments.profile}"
            outcome = await watch_migration(
                context, arguments.client, arguments.to, what, self.position
            )
        else:
            client = context.simulation.clients[arguments.client]
            outcome = await client.migrate(arguments.to, arguments.profile, repeat=arguments.repeat)
        if outcome is not None:
            judge_outcome(context, self, outcome)


KIND = StepKind.of(Migrate, MigrateArguments, MigrateExpectation)


def check_outcome(step: Step[Any, MigrateExpectation], names: Names) -> None:
    """Check the names in what is expected of a migration."""
    expected = step.expectation
    if expected is None:
        return
    if expected.by is not None:
        names.node(step.expected("by"), expected.by)
    if expected.reason is not None:
        names.reason(step.expected("reason"), expected.reason)
    if expected.result == "success":
        for key in ("by", "reason"):
            if getattr(expected, key) is not None:
                position = names.root.at_key(step.expected(key))
                names.fault_at(position, f"success has no {key!r}")


def judge_outcome(
    context: StepContext, step: Step[Any, MigrateExpectation], outcome: "MigrationOutcome"
) -> None:
    """Compare how a migration ended with what is expected; success where nothing is said."""
    expected = step.expectation or MigrateExpectation.model_validate({})
    topology = context.scenario.topology
    actual = describe_outcome(outcome, topology)
    rows: list[tuple[str, object, object]] = [("result", expected.result, outcome.result)]
    if expected.by is not None:
        by = refusing_node(outcome, topology, step.stand_ins.of(expected.by))
        stands_for = expected.by if by in step.stand_ins.of(expected.by) else by
        rows.append(("by", expected.by, stands_for))
    if expected.reason is not None:
        rows.append(("reason", expected.reason, outcome.reason))
    if expected.status is not None:
        rows.append(("status", expected.status, outcome.status))
    for key, wanted, found in rows:
        if str(wanted) == str(found):
            context.judge(Verdict.PASS, f"{key}: {found}", step.at_expected(key))
        else:
            context.judge(
                Verdict.FAIL,
                "another node than expected" if key == "by" else f"another {key} than expected",
                step.at_expected(key),
                expected=f"{key}: {wanted}",
                actual=actual,
            )


def refusing_node(
    outcome: "MigrationOutcome", topology: Topology, wanted: Collection[str] = ()
) -> str | None:
    """Return the name of the node that refused: one of ``wanted`` if it may be, else the first."""
    system = None if outcome.by_domain is None else topology.with_domain(outcome.by_domain)
    if system is None or outcome.by_role is None:
        return outcome.by_domain
    if outcome.by_role is Role.CLIENT:
        return None
    names = [node.name for node in system.with_role(outcome.by_role)]
    if possible := [name for name in names if name in wanted]:
        return possible[0]
    return names[0] if names else outcome.by_domain


def describe_outcome(outcome: "MigrationOutcome", topology: Topology) -> str:
    """Return an outcome in one line, for people."""
    parts = [f"result: {outcome.result}"]
    node = refusing_node(outcome, topology)
    if node is not None:
        parts.append(f"by: {node}")
    if outcome.reason is not None:
        parts.append(f"reason: {outcome.reason}")
    if outcome.status is not None:
        parts.append(f"status: {outcome.status}")
    line = ", ".join(parts)
    return f"{line} ({outcome.text})" if outcome.text else line
