"""The step ``expect_messages``: which messages went between which MC entities.

Hops through a SIP core are passed over unless the core is named. The list is in order unless
``in_order: false``; other messages in between do not disturb unless ``exactly: true``. A message
counts when its receiver got it. Of SIP methods without a name of their own, those in the list are
looked at: ``BYE``, ``ACK``, ``CANCEL``, and ``INVITE`` for one in a dialog. Only messages since the
last ``given`` are looked at, and one that an earlier ``expect_messages`` has matched is not matched
again.

Example::

    - expect_messages:
        - [alice-ue, partner.server, migration-service-authorization-request]
        - [partner.server, alice-ue, migration-service-authorization-response]
    - expect_messages:
        exactly: true
        list:
          - {from: alice-ue, to: partner.server, message: migration-service-authorization-request,
             status: 403}
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Annotated

from pydantic import Discriminator, Field, Tag

from mcsip.document import Key
from mcsip.exchanges import Exchange, find_exchanges
from mcsip.filemodel import FileModel
from mcsip.hops import find_hops
from mcsip.mc.roles import Role
from mcsip.scenario.context import StepContext
from mcsip.scenario.message_diff import diff_of
from mcsip.scenario.names import SIP_METHODS, Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import NoExpectation, Step, StepKind
from mcsip.scenario.visibility import is_judged, is_seen
from mcsip.topology import Topology
from mcsip.topology.gateways import StandIns

#: How long to wait for messages that should not come, in seconds, when ``exactly`` and nobody can
#: tell whether one may still come [ours].
QUIET_S = 0.05
_LONGEST_LIST_SHOWN = 40


class MessageFile(FileModel):
    """A message, with what it was answered."""

    from_: str = Field(alias="from", description="Who sends it.")
    to: str = Field(description="Who receives it.")
    message: str = Field(
        description="Its name, as mcsip list messages has it, or ACK, BYE, CANCEL, INVITE (in a "
        "dialog)."
    )
    status: int | None = Field(
        None, ge=200, le=699, description="Status code that its sender gets for it."
    )


MessageItem = Annotated[
    Annotated[
        Annotated[list[str], Field(min_length=3, max_length=3)],
        Tag("list"),
    ]
    | Annotated[MessageFile, Tag("mapping")],
    Discriminator(lambda value: "list" if isinstance(value, list) else "mapping"),
]


class ExpectMessagesArguments(FileModel):
    """Which messages, and how strictly."""

    list_: list[MessageItem] = Field(
        alias="list", description="The messages: [sender, receiver, name] or a mapping."
    )
    in_order: bool = Field(default=True, description="Whether they come in the order of the list.")
    exactly: bool = Field(default=False, description="Whether no other MC message may come.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message that is expected.

    Attributes:
        sender, receiver, message: names.
        status: status code that the sender gets, or None for any.
        keys: path of the item below the verb.
        senders, receivers: who may stand for the two, where they are gateways that are gone.
    """

    sender: str
    receiver: str
    message: str
    status: int | None
    keys: tuple[Key, ...]
    senders: frozenset[str] = frozenset()
    receivers: frozenset[str] = frozenset()

    def __str__(self) -> str:
        answered = f", answered {self.status}" if self.status is not None else ""
        return f"{self.sender} → {self.receiver}: {self.message}{answered}"

    def ends(self) -> Iterator[tuple[str, str]]:
        """Yield who may send it, with who may receive it."""
        return product(self.senders or (self.sender,), self.receivers or (self.receiver,))

    def is_judged_in(self, topology: Topology) -> bool:
        """Tell whether the message can be seen in a run with this topology, and is judged."""
        return any(is_seen(topology, *e) and is_judged(topology, *e) for e in self.ends())

    def fits(self, exchange: Exchange) -> bool:
        """Tell whether an exchange is this message."""
        return (
            exchange.label == self.message
            and exchange.sender in (self.senders or (self.sender,))
            and exchange.receiver in (self.receivers or (self.receiver,))
            and (self.status is None or self.status == exchange.status)
        )


class ExpectMessages(Step[ExpectMessagesArguments, NoExpectation]):
    """Which messages went between which MC entities."""

    verb = "expect_messages"
    wraps = "list"

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """The messages of the list."""
        plain = self.root.get("steps")
        for key in (self.index, self.verb):
            plain = plain.get(key) if plain is not None else None
        prefix: tuple[Key, ...] = () if plain is None or plain.sequence is not None else ("list",)
        written = (
            Wanted(item.from_, item.to, item.message, item.status, (*prefix, index))
            if isinstance(item, MessageFile)
            else Wanted(item[0], item[1], item[2], None, (*prefix, index))
            for index, item in enumerate(self.arguments.list_)
        )
        return without_gateways(tuple(written), self.stand_ins)

    @property
    def title(self) -> str:
        """The step in one line."""
        count = len(self.arguments.list_)
        how = "exactly " if self.arguments.exactly else ""
        order = "" if self.arguments.in_order else ", in any order"
        return f"expect {how}{count} message{'' if count == 1 else 's'}{order}"

    def check(self, names: Names) -> None:
        """Check senders, receivers and messages."""
        for item, wanted in zip(self.arguments.list_, self.wanted, strict=True):
            path = self.under(*wanted.keys)
            keys: Sequence[Key] = (
                ("from", "to", "message") if isinstance(item, MessageFile) else (0, 1, 2)
            )
            names.party((*path, keys[0]), wanted.sender)
            names.party((*path, keys[1]), wanted.receiver)
            names.message((*path, keys[2]), wanted.message)

    async def perform(self, context: StepContext) -> None:
        """Wait until all messages are there, or fail with what is there."""
        topology = context.scenario.topology
        wanted = tuple(each for each in self.wanted if each.is_judged_in(topology))
        if self._tell_what_is_not_judged(context) and not wanted:
            return

        def found() -> list[Exchange] | None:
            candidates = _candidates(context, self.wanted)
            return match(wanted, candidates, in_order=self.arguments.in_order)

        await context.settle(lambda: found() is not None)
        matched = found()
        if matched is not None and self.arguments.exactly:
            await context.hear_out(QUIET_S)
            matched = found()
        candidates = _candidates(context, self.wanted)
        if matched is None:
            self._missing(context, wanted, candidates)
            return
        others = [
            each
            for each in _others(candidates, matched)
            if not context.is_of_observed(each.sender, each.receiver)
        ]
        if self.arguments.exactly and others:
            context.judge(
                Verdict.FAIL,
                f"{len(others)} message{'' if len(others) == 1 else 's'} beside the expected",
                self.position,
                expected="no other message",
                actual=_listed(others),
                diff=diff_of(wanted, candidates, in_order=self.arguments.in_order),
            )
            return
        for exchange in matched:
            context.seen.update(hop.number for hop in exchange.hops)
        context.judge(Verdict.PASS, f"all {len(matched)} messages were observed", self.position)

    def _tell_what_is_not_judged(self, context: StepContext) -> bool:
        """Report the messages of the list that cannot be seen, or are only observed; tell if any.

        They have the verdict none (``mcsip.scenario.visibility``).
        """
        topology = context.scenario.topology
        left_out = [each for each in self.wanted if not each.is_judged_in(topology)]
        for each in left_out:
            why = "is between systems that are not ours, and not seen"
            if any(is_seen(topology, *ends) for ends in each.ends()):
                why = "is of an observed system, and not judged"
            context.judge(Verdict.NONE, f"{each}: the message {why}", self.at(*each.keys))
        return bool(left_out)

    def _missing(
        self, context: StepContext, wanted: Sequence[Wanted], candidates: Sequence[Exchange]
    ) -> None:
        """Judge the first message that is not there."""
        count = len(wanted)
        while (
            count
            and match(wanted[: count - 1], candidates, in_order=self.arguments.in_order) is None
        ):
            count -= 1
        missing = wanted[max(0, count - 1)]
        before = (
            f", after the {count - 1} before it" if self.arguments.in_order and count > 1 else ""
        )
        context.judge(
            Verdict.FAIL,
            f"message {max(1, count)} of the list was not observed",
            self.at(*missing.keys),
            expected=f"{missing}{before}",
            actual=_listed(candidates) or "no MC message",
            hint=_hint(missing, candidates, self._before(wanted[: max(0, count - 1)], candidates)),
            diff=diff_of(wanted, candidates, in_order=self.arguments.in_order),
        )

    def _before(self, first: Sequence[Wanted], candidates: Sequence[Exchange]) -> list[Exchange]:
        """Return the exchanges of the first messages of the list."""
        return match(first, candidates, in_order=self.arguments.in_order) or []


KIND = StepKind.of(ExpectMessages, ExpectMessagesArguments)


def without_gateways(wanted: tuple[Wanted, ...], stand_ins: StandIns) -> tuple[Wanted, ...]:
    """Return the messages that are left where gateways are gone.

    A hop between a gateway that is gone and a server of its system is no hop any more, and the
    server takes the gateway's place in the others. Where the list tells of such a hop only on the
    inner side of the gateway, the server gets the message from another system directly.
    """
    if not stand_ins.servers:
        return wanted
    left: list[Wanted] = []
    for each in wanted:
        senders, receivers = stand_ins.of(each.sender), stand_ins.of(each.receiver)
        if stand_ins.is_inner(each.sender, each.receiver):
            came_from = any(
                (before.receiver, before.message) == (each.sender, each.message)
                for before in wanted
            )
            if each.sender not in stand_ins.servers or came_from:
                continue
            senders, receivers = stand_ins.others[each.sender], frozenset({each.receiver})
        left.append(replace(each, senders=senders, receivers=receivers))
    return tuple(left)


def match(
    wanted: Sequence[Wanted], candidates: Sequence[Exchange], *, in_order: bool
) -> list[Exchange] | None:
    """Return an exchange for each message, or None when there are not enough.

    In order, each is looked for after the one before it; otherwise each exchange serves once.
    """
    found: list[Exchange] = []
    left = list(candidates)
    for each in wanted:
        at = next((i for i, exchange in enumerate(left) if each.fits(exchange)), None)
        if at is None:
            return None
        found.append(left[at])
        left = left[at + 1 :] if in_order else [*left[:at], *left[at + 1 :]]
    return found


def _candidates(context: StepContext, wanted: Sequence[Wanted]) -> list[Exchange]:
    """Return what the step looks at: delivered MC messages that nobody has matched yet."""
    trace = context.trace
    methods = {each.message for each in wanted} & SIP_METHODS
    hops = [hop for hop in find_hops(trace) if hop.message is not None or hop.label in methods]
    exchanges = find_exchanges(trace, hops)
    cores = {name for name, node in trace.nodes.items() if node.role is Role.SIP_CORE}
    named = cores & {name for each in wanted for name in (each.sender, each.receiver)}
    if named:
        parts = {
            hop.number
            for exchange in exchanges
            for hop in exchange.hops
            if len(exchange.hops) > 1 and {hop.sender, hop.receiver} & named
        }
        exchanges += [Exchange((hop,)) for hop in hops if hop.number in parts]
        exchanges.sort(key=lambda exchange: (exchange.number, len(exchange.hops)))
    return [
        exchange
        for exchange in exchanges
        if exchange.delivered
        and exchange.number > context.window
        and not all(hop.number in context.seen for hop in exchange.hops)
    ]


def _others(candidates: Sequence[Exchange], matched: Sequence[Exchange]) -> list[Exchange]:
    """Return the exchanges of which no hop belongs to a matched one."""
    hops = {hop.number for exchange in matched for hop in exchange.hops}
    return [
        exchange for exchange in candidates if not any(hop.number in hops for hop in exchange.hops)
    ]


def _listed(exchanges: Sequence[Exchange]) -> str:
    """Return exchanges one to a line."""
    lines = [
        f"{exchange.sender} → {exchange.receiver}: {exchange.label}"
        + (f", answered {exchange.status}" if exchange.status is not None else ", not answered")
        for exchange in exchanges[:_LONGEST_LIST_SHOWN]
    ]
    if len(exchanges) > _LONGEST_LIST_SHOWN:
        lines.append(f"… and {len(exchanges) - _LONGEST_LIST_SHOWN} more")
    return "\n".join(lines)


def _hint(missing: Wanted, candidates: Sequence[Exchange], before: Sequence[Exchange]) -> str:
    """Return what was observed instead of a message, where something is like it.

    Args:
        missing: the message.
        candidates: what was observed.
        before: those of it that are the messages before it in the list.
    """
    candidates = [exchange for exchange in candidates if exchange not in before]
    for exchange in candidates:
        if missing.fits(exchange):
            return "it was observed, but earlier than the list says"
    for exchange in candidates:
        same_ends = (exchange.sender, exchange.receiver) == (missing.sender, missing.receiver)
        if same_ends and exchange.message == missing.message:
            return f"it was answered {exchange.status}"
    for exchange in candidates:
        if exchange.message == missing.message and exchange.sender == missing.sender:
            return f"{missing.sender} sent it to {exchange.receiver}"
    return ""
