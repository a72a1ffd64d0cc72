"""The step ``given``: brings about a precondition by running the whole procedure.

When the procedure does not end as it should, the verdict is inconclusive: nothing was learnt about
what the scenario is for. Messages of the procedure are not looked at by ``expect_messages``.

Example::

    - given: {client: alice-ue, migrated_to: partner, profile: 2}
"""

from pydantic import Field

from mcsip.errors import McsipError
from mcsip.filemodel import FileModel
from mcsip.nodes.client_outcome import MigrationOutcome
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import NoExpectation, Step, StepKind
from mcsip.scenario.steps.migrate import describe_outcome
from mcsip.scenario.watching import watch_migration


class GivenArguments(FileModel):
    """What is the case before the scenario begins."""

    client: str = Field(description="The client.")
    migrated_to: str = Field(description="The partner system to which it has migrated.")
    profile: int = Field(ge=0, description="Index of the selected user profile.")


class Given(Step[GivenArguments, NoExpectation]):
    """Brings about a precondition by running the whole procedure."""

    verb = "given"

    @property
    def title(self) -> str:
        """The step in one line."""
        arguments = self.arguments
        return (
            f"given: {arguments.client} has migrated to {arguments.migrated_to} "
            f"with profile {arguments.profile}"
        )

    def check(self, names: Names) -> None:
        """Check client and system."""
        names.client(self.under("client"), self.arguments.client)
        names.system(self.under("migrated_to"), self.arguments.migrated_to, with_core=True)

    async def _authenticate(self, context: StepContext) -> None:
        """Authenticate: by a security token where the systems are not interconnected."""
        topology = context.scenario.topology
        client = context.simulation.clients[self.arguments.client]
        home, partner = client.system, topology.systems[self.arguments.migrated_to]
        agreement = topology.agreements.between(home.domain, partner.domain)
        if agreement is None or agreement.interconnection:
            await client.authenticate(partner.name)
        else:
            await client.authenticate(home.name, for_system=partner.name)

    async def perform(self, context: StepContext) -> None:
        """Authenticate, register, migrate, and wait until the procedure is over."""
        arguments = self.arguments
        if context.is_foreign(arguments.client):
            await self._watch(context)
            return
        client = context.simulation.clients[arguments.client]
        try:
            await self._authenticate(context)
            status = await client.register(arguments.migrated_to)
        except McsipError as error:
            self._inconclusive(context, "registered", str(error))
            return
        if status != 200:
            self._inconclusive(context, "registered", f"status: {status}")
            return
        outcome = await client.migrate(arguments.migrated_to, arguments.profile)
        self._judge(context, outcome)

    async def _watch(self, context: StepContext) -> None:
        """Wait until a client that is not ours has registered and migrated."""
        arguments = self.arguments
        what = f"register in {arguments.migrated_to}, and migrate to it"
        what += f" with profile {arguments.profile}"
        outcome = await watch_migration(
            context, arguments.client, arguments.migrated_to, what, self.position
        )
        if outcome is not None:
            self._judge(context, outcome)

    def _judge(self, context: StepContext, outcome: MigrationOutcome) -> None:
        if outcome.result != "success":
            actual = describe_outcome(outcome, context.scenario.topology)
            self._inconclusive(context, "result: success", actual)
            return
        context.window = context.trace.newest
        context.judge(Verdict.PASS, "the precondition is met", self.position)

    def _inconclusive(self, context: StepContext, expected: str, actual: str) -> None:
        message = "the precondition could not be brought about"
        context.judge(Verdict.INCONC, message, self.position, expected=expected, actual=actual)


KIND = StepKind.of(Given, GivenArguments)
