"""The step ``return_home``: a migrated user is authorised in the primary system again.

Clause: TS 23.280 10.6.3.3.2.1 [seed].

Example::

    - return_home: {client: alice-ue}
      expect: {result: success}
"""

from typing import Literal

from pydantic import Field

from mcsip.errors import McsipError
from mcsip.filemodel import FileModel
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.steps.base import Step


class ReturnHomeArguments(FileModel):
    """Who returns."""

    client: str = Field(description="The client.")


class ReturnHomeExpectation(FileModel):
    """How it ends for the client."""

    result: Literal["success", "refused", "failed"] = Field("success", description="The result.")


class ReturnHome(Step[ReturnHomeArguments, ReturnHomeExpectation]):
    """A migrated user is authorised in the primary system again."""

    verb = "return_home"

    @property
    def title(self) -> str:
        """The step in one line."""
        return f"{self.arguments.client} returns home"

    def check(self, names: Names) -> None:
        """Check the client."""
        names.client(self.under("client"), self.arguments.client)

    async def perform(self, context: StepContext) -> None:
        """Say that the simulated nodes do not speak this procedure."""
        del context
        raise McsipError("the nodes do not speak the return of a migrated user (10.6.3.3.2.1)")
