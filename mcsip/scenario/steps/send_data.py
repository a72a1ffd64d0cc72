"""The step ``send_data``: a client sends short data, and waits for what becomes of it.

Clause: TR 23.781 6.x.1 [seed], TS 24.282 9.2.2 [2nd]. It is a procedure of MCData alone: the other
two services have none like it, and a scenario with this step is passed over in them. The client
sends from the system where it is: its primary system, or the partner to which it has migrated; it
must be registered there. ``to`` names a client, and means the primary ID of its user; ``id`` names
any MC service ID instead; ``to`` together with ``in`` means the ID that the user has in that
system. Without ``expect``, success is expected: the client of the target has the data.

Example::

    - send_data: {from: bob-ue, to: alice-ue, text: "are you there?"}
    - send_data: {from: bob-ue, to: alice-ue, in: partner, text: "by your new ID"}
    - send_data: {from: bob-ue, id: sip:nobody@partner.example, text: "hello"}
      expect: {result: refused, status: 404, reason: target-unknown}
"""

from typing import Literal

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.mc.communication import SHORT_DATA
from mcsip.mc.services import MCDATA
from mcsip.mc.short_data import MAX_TEXT_OCTETS
from mcsip.nodes.client_data import DataOutcome
from mcsip.nodes.client_outcome import outcome_of_answer
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import Step, StepKind
from mcsip.scenario.watching import await_request, final_answer


class SendDataArguments(FileModel):
    """Who sends what to whom."""

    from_: str = Field(alias="from", description="The client that sends.")
    to: str | None = Field(None, description="The client that is to get it.")
    id: str | None = Field(None, description="The MC service ID that is to get it, instead.")
    in_: str | None = Field(
        None, alias="in", description="Send to the ID that the user of 'to' has in this system."
    )
    text: str = Field(min_length=1, max_length=MAX_TEXT_OCTETS, description="The text.")


class SendDataExpectation(FileModel):
    """How it ends for the sender."""

    result: Literal["success", "refused", "failed"] = Field(
        "success",
        description="success: the other client has it; refused: somebody said no; failed: it did "
        "not get there.",
    )
    status: int | None = Field(None, ge=200, le=699, description="Status code of the last answer.")
    reason: str | None = Field(None, description="Key of the reason, as the answer names it.")
    redirected: bool | None = Field(None, description="Whether it was sent again to a new ID.")


class SendData(Step[SendDataArguments, SendDataExpectation]):
    """A client sends short data."""

    verb = "send_data"

    @property
    def title(self) -> str:
        """The step in one line."""
        arguments = self.arguments
        where = f" in {arguments.in_}" if arguments.in_ else ""
        return f"{arguments.from_} sends short data to {arguments.to or arguments.id}{where}"

    def check(self, names: Names) -> None:
        """Check clients, the ID, the service, and the reason that is expected."""
        arguments = self.arguments
        names.client(self.under("from"), arguments.from_)
        if (arguments.to is None) == (arguments.id is None):
            names.fault_at(self.position, "one of 'to' and 'id' says who is to get it")
        if arguments.to is not None:
            names.client(self.under("to"), arguments.to)
        if arguments.id is not None:
            names.mc_id(self.under("id"), arguments.id)
        if arguments.in_ is not None:
            names.system(self.under("in"), arguments.in_)
            if arguments.to is None:
                names.fault(self.under("in"), "'in' goes with 'to'")
        names.needs_service({MCDATA.key}, self.position, "short data")
        if self.expectation is not None and self.expectation.reason is not None:
            names.reason(self.expected("reason"), self.expectation.reason)

    async def perform(self, context: StepContext) -> None:
        """Send, and compare how it ended."""
        expected = self.expectation or SendDataExpectation.model_validate({})
        outcome = await self._send(context)
        if outcome is None:
            return
        actual = f"result: {outcome.result}"
        actual += "" if outcome.status is None else f", status: {outcome.status}"
        actual += "" if outcome.reason is None else f", reason: {outcome.reason}"
        actual += "" if not outcome.redirected else ", redirected"
        actual += "" if not outcome.text else f" ({outcome.text})"
        found = {
            "result": outcome.result,
            "status": outcome.status,
            "reason": outcome.reason,
            "redirected": bool(outcome.redirected),
        }
        for key, value in found.items():
            wanted = getattr(expected, key)
            if wanted is None:
                continue
            if wanted == value:
                context.judge(Verdict.PASS, f"{key}: {value}", self.at_expected(key))
                continue
            context.judge(
                Verdict.FAIL,
                f"another {key} than expected" if key != "redirected" else "not as expected",
                self.at_expected(key),
                expected=f"{key}: {wanted}".lower() if key == "redirected" else f"{key}: {wanted}",
                actual=actual,
            )

    def _target(self, context: StepContext) -> str:
        arguments = self.arguments
        if arguments.to is None:
            assert arguments.id is not None
            return arguments.id
        return context.simulation.id_of(arguments.to, arguments.in_)

    async def _send(self, context: StepContext) -> DataOutcome | None:
        """Return how it ended; None where a client that is not ours did nothing: it is judged."""
        name, target = self.arguments.from_, self._target(context)
        if not context.is_foreign(name):
            return await context.simulation.clients[name].data.send(target, self.arguments.text)
        seen = await await_request(
            context,
            name,
            f"send short data to {target}: {self.arguments.text}",
            self.position,
            lambda each: each.label == SHORT_DATA,
        )
        if seen is None:
            return None
        answer = final_answer(context, seen)
        if answer is None:
            return DataOutcome("failed", None, "no-answer", "nobody answered in time")
        if answer.status < 300:
            return DataOutcome("success", answer.status)
        said = outcome_of_answer(answer, context.simulation.env.directory)
        return DataOutcome(said.result, answer.status, said.reason, said.text)


KIND = StepKind.of(SendData, SendDataArguments, SendDataExpectation)
