"""Clients that are not ours: somebody else acts, the run waits for it and reads the trace.

The steps of such a client become waits: the user is told what to do on the device, and what comes
of it is judged as if the client were ours. A client that goes ahead is not behind: every request is
looked for among all that no earlier step has taken.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from mcsip.document import Position
from mcsip.exchanges import Exchange, find_exchanges
from mcsip.hops import read_message
from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.nodes.client_outcome import MigrationOutcome, outcome_of, outcome_of_answer
from mcsip.scenario.context import StepContext
from mcsip.scenario.result import Verdict
from mcsip.sip.message import Response

if TYPE_CHECKING:
    from mcsip.nodes.calling import CallOutcome

NO_ANSWER = 0
"""In the place of a status: nobody answered a client that is not ours."""


async def await_request(
    context: StepContext,
    client: str,
    what: str,
    position: Position,
    fits: Callable[[Exchange], bool],
) -> Exchange | None:
    """Wait for a request of a client that is not ours, and for its final answer.

    Where none comes in time, the step is inconclusive: it has been judged.

    Args:
        context: the step's.
        client: the client's name.
        what: what is to be done on it, as its user reads it ("register in partner").
        position: what is judged.
        fits: tells whether a request of the client is the one.
    """
    context.notify(f"waiting for {client}: {what} (for at most {context.act_s:g} s)")

    def found() -> Exchange | None:
        return next((each for each in _untaken(context, client) if fits(each)), None)

    await context.settle(lambda: found() is not None, within_s=context.act_s)
    exchange = found()
    if exchange is None:
        context.judge(
            Verdict.INCONC,
            f"nothing came from {client}",
            position,
            expected=f"{what}, within {context.act_s:g} s",
            actual=_requests(_untaken(context, client)),
            hint="it is not ours: this has to be done on it while the run waits",
        )
        return None
    context.taken.add(exchange.number)
    number = exchange.number
    await context.settle(lambda: _with_number(context, number).status is not None)
    return _with_number(context, number)


async def watch_migration(
    context: StepContext, client: str, system: str, what: str, position: Position
) -> MigrationOutcome | None:
    """Wait until a client that is not ours has asked to migrate; return how that ended.

    Args:
        context: the step's.
        client: the client's name.
        system: name of the partner system.
        what: what is to be done on it.
        position: what is judged.

    Returns:
        The outcome, as its client hears of it; None where nothing came, which has been judged.
    """
    domain = context.scenario.topology.systems[system].domain

    def asks(exchange: Exchange) -> bool:
        return exchange.message == REQUEST and _system_of(context, exchange.receiver) == system

    asked = await await_request(context, client, what, position, asks)
    if asked is None:
        return None
    answer = final_answer(context, asked)
    if answer is None:
        return MigrationOutcome("failed", "no-answer", f"nobody in {domain} answered in time")
    if answer.status >= 300:
        return outcome_of_answer(answer, context.simulation.env.directory)

    def told() -> Exchange | None:
        return next(
            (
                each
                for each in find_exchanges(context.trace)
                if each.number > asked.number
                and (each.receiver, each.message) == (client, RESPONSE)
                and each.delivered
            ),
            None,
        )

    wait_s = context.simulation.env.client_timeout_s
    await context.settle(lambda: told() is not None, within_s=wait_s)
    response = told()
    if response is None or response.info is None:
        text = f"no response within {wait_s:g} s"
        return MigrationOutcome("failed", "no-response", text, status=answer.status)
    return outcome_of(response.info, answer.status)


async def watch_call(
    context: StepContext, client: str, what: str, position: Position
) -> "CallOutcome | None":
    """Wait until a client that is not ours has called somebody; return what became of it.

    Args and result are those of ``watch_migration``.
    """
    from mcsip.nodes.calling import CallOutcome, refused_call

    def calls(exchange: Exchange) -> bool:
        request = exchange.first.request
        return request.method == "INVITE" and request.to.tag is None

    seen = await await_request(context, client, what, position, calls)
    if seen is None:
        return None
    answer = final_answer(context, seen)
    if answer is None:
        return CallOutcome("failed", None, "no-answer", "nobody answered in time")
    if answer.status < 300:
        return CallOutcome("established", answer.status)
    return refused_call(answer, context.simulation.env.directory)


def final_answer(context: StepContext, exchange: Exchange) -> Response | None:
    """Return the final response to a request, as it stands in the trace."""
    answer = exchange.answer
    if answer is None or exchange.status is None:
        return None
    for entry in reversed(context.trace.entries):
        if entry.number == answer.number:
            message = read_message(entry.data)
            return message if isinstance(message, Response) else None
    return None


def _untaken(context: StepContext, client: str) -> list[Exchange]:
    """Return what a client has sent and no step has taken."""
    return [
        each
        for each in find_exchanges(context.trace)
        if each.sender == client and each.number not in context.taken
    ]


def _with_number(context: StepContext, number: int) -> Exchange:
    return next(each for each in find_exchanges(context.trace) if each.number == number)


def _system_of(context: StepContext, node: str) -> str:
    info = context.trace.nodes.get(node)
    return "" if info is None else info.system


def _requests(exchanges: list[Exchange]) -> str:
    lines = [f"{each.sender} → {each.receiver}: {each.label}" for each in exchanges[:20]]
    return "\n".join(lines) or "no request"
