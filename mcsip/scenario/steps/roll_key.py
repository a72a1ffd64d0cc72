"""The step ``roll_key``: the identity management of a system signs with a new key from now on.

Tokens of the old key stay valid until they expire; both keys are published until then (RFC 7517 5).
Systems that trust it by name are given the new certificate at once, as by the out-of-band mechanism
of TS 33.180 5.1.4.2 [read]; systems that trust a certificate from a file are not.

Example::

    - roll_key: {system: primary}
"""

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import NoExpectation, Step, StepKind


class RollKeyArguments(FileModel):
    """Whose key."""

    system: str = Field(description="The system.")


class RollKey(Step[RollKeyArguments, NoExpectation]):
    """The identity management of a system signs with a new key from now on."""

    verb = "roll_key"

    @property
    def title(self) -> str:
        """The step in one line."""
        return f"{self.arguments.system} signs tokens with a new key"

    def check(self, names: Names) -> None:
        """Check the system."""
        names.system(self.under("system"), self.arguments.system)
        system = (
            None if names.topology is None else names.topology.systems.get(self.arguments.system)
        )
        for server in () if system is None or system.idms is not None else system.servers:
            names.needs_ours(server.name, "told of a new key")

    async def perform(self, context: StepContext) -> None:
        """Roll the key over."""
        simulation = context.simulation
        system = context.scenario.topology.systems[self.arguments.system]
        simulation.identities.roll_over(system, simulation.env.clock.wall())
        context.judge(Verdict.PASS, "a new key signs", self.position)


KIND = StepKind.of(RollKey, RollKeyArguments)
