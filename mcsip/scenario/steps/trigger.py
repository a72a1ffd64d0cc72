"""The step ``trigger``: the primary tells a client to migrate, and the client does so by itself.

The client must be registered in its own system. It authenticates and registers at the partner and
asks to migrate, as in the steps ``authenticate``, ``register`` and ``migrate``.

Clause: TS 23.280 5.2.9.1, triggered by the primary MC system [seed]; the message is [ours].

Example::

    - trigger: {client: alice-ue, to: partner, profile: 2}
      expect: {result: success}
"""

import asyncio

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.migration.decision import Decision
from mcsip.nodes.client_outcome import MigrationOutcome
from mcsip.nodes.trigger import trigger_migration
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import Step, StepKind
from mcsip.scenario.steps.migrate import MigrateExpectation, check_outcome, judge_outcome
from mcsip.scenario.watching import watch_migration


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
        it = self.arguments
        simulation = context.simulation
        spec = simulation.topology.clients[it.client]
        client = simulation.clients.get(it.client)
        awaited = None if client is None else client.roaming.await_outcome()
        serving = simulation.serving(spec.system, spec.mc_id)
        outcome = None if context.is_foreign(serving) else await self._tell(context)
        if outcome is None:
            outcome = await self._migrated(context, serving, awaited)
        if outcome is not None:
            judge_outcome(context, self, outcome)

    async def _tell(self, context: StepContext) -> MigrationOutcome | None:
        """Let a server of ours tell the client; return how that ended, or None if it was told."""
        it = self.arguments
        simulation = context.simulation
        spec = simulation.topology.clients[it.client]
        server = simulation.server_of(spec.system, spec.mc_id)
        partner = simulation.topology.systems[it.to].domain
        told = await trigger_migration(server, spec.mc_id, partner, it.profile)
        if isinstance(told, Decision):
            assert told.reason is not None
            reason, text = told.reason.key, told.text
            return MigrationOutcome("refused", reason, text, server.domain, server.role)
        if told is None or told >= 300:
            said = "nobody answered" if told is None else f"the answer was {told}"
            return MigrationOutcome("failed", "unreachable", said, status=told)
        return None

    async def _migrated(
        self,
        context: StepContext,
        serving: str,
        awaited: asyncio.Future[MigrationOutcome] | None,
    ) -> MigrationOutcome | None:
        """Return how the client's migration ended; None where nothing came, which is judged.

        Args:
            context: the step's.
            serving: name of the server that triggers it.
            awaited: the outcome of a client of ours, or None.
        """
        it = self.arguments
        what = f"tell {it.client} to migrate to {it.to} with profile {it.profile}"
        if awaited is None:
            return await watch_migration(context, it.client, it.to, what, self.position)
        if not context.is_foreign(serving):
            return await awaited
        context.notify(f"waiting for {serving}: {what} (for at most {context.act_s:g} s)")
        try:
            async with asyncio.timeout(context.act_s):
                return await awaited
        except TimeoutError:
            context.judge(
                Verdict.INCONC,
                f"{it.client} was not told to migrate",
                self.position,
                expected=f"{what}, within {context.act_s:g} s",
                hint=f"{serving} is not ours: this has to be done on it while the run waits",
            )
            return None


KIND = StepKind.of(Trigger, TriggerArguments, MigrateExpectation)
