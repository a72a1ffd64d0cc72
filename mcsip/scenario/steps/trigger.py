"""The step ``trigger``: the primary tells a client to migrate, and the client does so by itself.

The client must be registered in its own system. It authenticates and registers at the partner and
asks to migrate, as in the steps ``authenticate``, ``register`` and ``migrate``.

Clause: TS 23.280 5.2.9.1, triggered by the primary MC system [seed]; the message is [ours].

Example::

    - trigger: {client: alice-ue, to: partner, profile: 2}
      expect: {result: success}
"""

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.steps.base import Step
from mcsip.scenario.steps.migrate import MigrateExpectation, check_outcome, judge_outcome


class TriggerArguments(FileModel):
    """Who is told to migrate where, with which user profile."""

    client: str = Field(description="The client.")
    to: str = Field(description="The partner system.")
    profile: int = Field(ge=0, description="Index of the user profile.")


class Trigger(Step[TriggerArguments, MigrateExpectation]):
    """The primary tells a client to migrate."""

    verb = "trigger"

    @property
    def title(self) -> str:
        """The step in one line."""
        it = self.arguments
        return f"{it.client} is told to migrate to {it.to} with profile {it.profile}"

    def check(self, names: Names) -> None:
        """Check client, system, and the names in the expectation."""
        names.client(self.under("client"), self.arguments.client)
        names.system(self.under("to"), self.arguments.to, with_core=True)
        check_outcome(self, names)

    async def perform(self, context: StepContext) -> None:
        """Tell the client, wait until it has migrated, and compare how it ended."""
        from mcsip.migration.authorization import Decision
        from mcsip.nodes.client import MigrationOutcome
        from mcsip.nodes.trigger import trigger_migration

        it = self.arguments
        simulation = context.simulation
        client = simulation.clients[it.client]
        server = simulation.server_of(client.system.name, client.mc_id)
        partner = simulation.topology.systems[it.to].domain
        awaited = client.roaming.await_outcome()
        told = await trigger_migration(server, client.mc_id, partner, it.profile)
        if isinstance(told, Decision):
            assert told.reason is not None
            outcome = MigrationOutcome(
                "refused", told.reason.key, told.text, server.domain, server.role
            )
        elif told is None or told >= 300:
            said = "nobody answered" if told is None else f"the answer was {told}"
            outcome = MigrationOutcome("failed", "unreachable", said, status=told)
        else:
            outcome = await awaited
        judge_outcome(context, self, outcome)
