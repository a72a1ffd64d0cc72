"""The step ``move``: a client is somewhere else, and goes to the system that serves there.

A client that has left the service area of the system that serves it migrates by itself to the first
partner, by index of its user profiles, whose area it is in; a client that is in the area of its own
system returns. Which areas there are, the topology says (``service_area``).

Clause: TS 23.280 5.2.9.1, "requested by the MC service client due to its geographical changes"
[seed]; areas and the rule of choice are [ours].

Example::

    - move: {client: alice-ue, to: [48.1, 16.4]}
      expect: {system: partner, result: success}
    - move: {client: alice-ue, to: [48.2, 16.4]}
      expect: {result: none}
"""

from typing import Literal

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.nodes.roaming import Journey
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import Step, StepKind
from mcsip.scenario.steps.migrate import describe_outcome
from mcsip.scenario.watching import watch_migration
from mcsip.topology.areas import Place, position_of

STAYED = "none"


class MoveArguments(FileModel):
    """Who is where."""

    client: str = Field(description="The client.")
    to: Place = Field(description="Where it is: [latitude, longitude], in degrees.")


class MoveExpectation(FileModel):
    """What the client does."""

    result: Literal["success", "refused", "failed", "none"] = Field(
        "success", description="How its migration or return ends; none: it stays where it is."
    )
    system: str | None = Field(None, description="The system that it goes to.")
    reason: str | None = Field(None, description="Key of the reason, as the response names it.")


class Move(Step[MoveArguments, MoveExpectation]):
    """A client is somewhere else, and goes to the system that serves there."""

    verb = "move"

    @property
    def title(self) -> str:
        """The step in one line."""
        latitude, longitude = self.arguments.to
        return f"{self.arguments.client} moves to {latitude:g}, {longitude:g}"

    def check(self, names: Names) -> None:
        """Check the client, and the names in the expectation."""
        names.client(self.under("client"), self.arguments.client)
        expected = self.expectation
        if expected is None:
            return
        if expected.system is not None:
            names.system(self.expected("system"), expected.system)
            if expected.result == STAYED:
                position = names.root.at_key(self.expected("system"))
                names.fault_at(position, "a client that stays goes to no 'system'")
        if expected.reason is not None:
            names.reason(self.expected("reason"), expected.reason)

    async def perform(self, context: StepContext) -> None:
        """Move, and compare what the client did."""
        if context.is_foreign(self.arguments.client):
            journey = await self._watch(context)
            if journey is None:
                return
        else:
            client = context.simulation.clients[self.arguments.client]
            journey = await client.roaming.move(position_of(self.arguments.to))
        outcome = journey.outcome
        result = STAYED if outcome is None else outcome.result
        if outcome is None:
            actual = f"result: {STAYED}"
        else:
            told = describe_outcome(outcome, context.scenario.topology)
            actual = f"system: {journey.system}, {told}"
        expected = self.expectation
        if expected is None:
            context.judge(Verdict.PASS, actual, self.position)
            return
        rows: list[tuple[str, object, object]] = [("result", expected.result, result)]
        if expected.system is not None:
            rows.append(("system", expected.system, journey.system))
        if expected.reason is not None:
            rows.append(("reason", expected.reason, outcome.reason if outcome else None))
        for key, wanted, found in rows:
            if wanted == found:
                context.judge(Verdict.PASS, f"{key}: {found}", self.at_expected(key))
            else:
                context.judge(
                    Verdict.FAIL,
                    f"another {key} than expected",
                    self.at_expected(key),
                    expected=f"{key}: {wanted}",
                    actual=actual,
                )

    async def _watch(self, context: StepContext) -> Journey | None:
        """Wait until a client that is not ours has migrated; None: that is judged, or cannot be."""
        name, (latitude, longitude) = self.arguments.client, self.arguments.to
        what = f"be at {latitude:g}, {longitude:g}"
        system = None if self.expectation is None else self.expectation.system
        if system is None:
            message = f"{name} is not ours: when it has settled is not seen"
            context.notify(f"{name}: {what}")
            context.judge(Verdict.NONE, message, self.position)
            return None
        outcome = await watch_migration(context, name, system, what, self.position)
        return None if outcome is None else Journey(system, outcome)


KIND = StepKind.of(Move, MoveArguments, MoveExpectation)
