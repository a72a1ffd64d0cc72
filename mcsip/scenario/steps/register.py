"""The step ``register``: a client registers at the SIP core of a system.

Clause: TS 23.280 10.1.6.2, SIP registration at the partner [read]; RFC 3261 10.

Example::

    - register: {client: alice-ue, in: partner}
    - register: {client: alice-ue, in: partner}
      expect: {status: 404}
"""

from pydantic import Field

from mcsip.errors import NetworkError
from mcsip.filemodel import FileModel
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import Step, StepKind
from mcsip.scenario.watching import NO_ANSWER, await_request


class RegisterArguments(FileModel):
    """Who registers where."""

    client: str = Field(description="The client.")
    in_: str = Field(alias="in", description="The system at whose SIP core it registers.")


class RegisterExpectation(FileModel):
    """What the SIP core answers."""

    status: int = Field(200, ge=200, le=699, description="The final status code.")


class Register(Step[RegisterArguments, RegisterExpectation]):
    """A client registers at the SIP core of a system."""

    verb = "register"

    @property
    def title(self) -> str:
        """The step in one line."""
        return f"{self.arguments.client} registers in {self.arguments.in_}"

    def check(self, names: Names) -> None:
        """Check client and system."""
        names.client(self.under("client"), self.arguments.client)
        names.system(self.under("in"), self.arguments.in_, with_core=True)

    async def perform(self, context: StepContext) -> None:
        """Register, and compare the status."""
        expected = self.expectation.status if self.expectation is not None else 200
        status = await self._register(context)
        if status is None:
            return
        if status == expected:
            context.judge(Verdict.PASS, f"registered: {status}", self.position)
            return
        context.judge(
            Verdict.FAIL,
            "another status than expected",
            self.at_expected("status"),
            expected=str(expected),
            actual=str(status),
        )

    async def _register(self, context: StepContext) -> int | None:
        """Return the final status of the registration; None where none came, which is judged."""
        name, system = self.arguments.client, self.arguments.in_
        core = context.scenario.topology.systems[system].core
        assert core is not None, "checked"
        if not context.is_foreign(name):
            try:
                return await context.simulation.clients[name].register(system)
            except NetworkError as error:
                if not context.is_foreign(core.name):
                    raise
                context.judge_error(error, f"{core.name} did not answer", self.position)
                return None
        seen = await await_request(
            context,
            name,
            f"register in {system}",
            self.position,
            lambda each: each.label == "REGISTER" and each.first.receiver == core.name,
        )
        return None if seen is None else seen.status or NO_ANSWER


KIND = StepKind.of(Register, RegisterArguments, RegisterExpectation)
