"""The step ``activate_alias``: a client activates a functional alias of the system where it is.

Clause: TS 23.280 5.2.9.1, 10.16.3 [seed]; TS 24.379 9A [2nd]. The alias is defined in the topology
(``functional_aliases`` of a system). ``active: false`` deactivates it. Without ``expect``, success
is expected.

Example::

    - activate_alias: {client: alice-ue, alias: sip:dispatch@partner.example}
    - activate_alias: {client: bob-ue, alias: sip:dispatch@partner.example}
      expect: {result: refused, status: 403, reason: alias-not-permitted}
"""

from typing import Literal

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.mc.functional_alias import EVENT
from mcsip.nodes.client_alias import AliasOutcome, publish_alias
from mcsip.nodes.client_outcome import outcome_of_answer
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import Step, StepKind
from mcsip.scenario.watching import await_request, final_answer


class ActivateAliasArguments(FileModel):
    """Who activates what."""

    client: str = Field(description="The client.")
    alias: str = Field(description="The functional alias.")
    active: bool = Field(default=True, description="Whether it is to be active.")


class ActivateAliasExpectation(FileModel):
    """How it ends."""

    result: Literal["success", "refused", "failed"] = Field("success", description="How it ends.")
    status: int | None = Field(None, ge=200, le=699, description="Final status of the PUBLISH.")
    reason: str | None = Field(None, description="Key of the reason, as the answer names it.")


class ActivateAlias(Step[ActivateAliasArguments, ActivateAliasExpectation]):
    """A client activates a functional alias."""

    verb = "activate_alias"

    @property
    def title(self) -> str:
        """The step in one line."""
        arguments = self.arguments
        verb = "activates" if arguments.active else "deactivates"
        return f"{arguments.client} {verb} {arguments.alias}"

    def check(self, names: Names) -> None:
        """Check the client, the alias, and the reason that is expected."""
        names.client(self.under("client"), self.arguments.client)
        names.mc_id(self.under("alias"), self.arguments.alias)
        if self.expectation is not None and self.expectation.reason is not None:
            names.reason(self.expected("reason"), self.expectation.reason)

    async def perform(self, context: StepContext) -> None:
        """Publish, and compare how it ended."""
        expected = self.expectation or ActivateAliasExpectation.model_validate({})
        outcome = await self._publish(context)
        if outcome is None:
            return
        actual = f"result: {outcome.result}, status: {outcome.status}"
        actual += "" if outcome.reason is None else f", reason: {outcome.reason}"
        actual += "" if not outcome.text else f" ({outcome.text})"
        for key in ("result", "status", "reason"):
            wanted, value = getattr(expected, key), getattr(outcome, key)
            if wanted is None:
                continue
            if wanted == value:
                context.judge(Verdict.PASS, f"{key}: {value}", self.at_expected(key))
            else:
                context.judge(
                    Verdict.FAIL,
                    f"another {key} than expected",
                    self.at_expected(key),
                    expected=f"{key}: {wanted}",
                    actual=actual,
                )

    async def _publish(self, context: StepContext) -> AliasOutcome | None:
        """Return how it ended; None where a client that is not ours did nothing: it is judged."""
        it = self.arguments
        if not context.is_foreign(it.client):
            client = context.simulation.clients[it.client]
            return await publish_alias(client, it.alias, active=it.active)
        seen = await await_request(
            context,
            it.client,
            f"{'activate' if it.active else 'deactivate'} {it.alias}",
            self.position,
            lambda each: each.first.request.first("event") == EVENT,
        )
        if seen is None:
            return None
        answer = final_answer(context, seen)
        if answer is None:
            return AliasOutcome("failed", None, "no-answer", "nobody answered in time")
        if answer.status < 300:
            return AliasOutcome("success", answer.status)
        said = outcome_of_answer(answer, context.simulation.env.directory)
        return AliasOutcome(said.result, said.status, said.reason, said.text)


KIND = StepKind.of(ActivateAlias, ActivateAliasArguments, ActivateAliasExpectation)
