"""The primary's side: its users leave, and return (TS 23.280 10.6.3.3 steps 6 to 8).

Whatever a partner must learn for nobody to be half-migrated is *owed*: it stands in the outbox, in
the same commit as the record, and is sent until the partner took it or finally refused it
(``migration.records``, rules 2 and 3). A refusal by the check of step 6 changes no record, so its
response is sent once.
"""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from mcsip.errors import NetworkError
from mcsip.mc.identity import canonical_id
from mcsip.mc.info import Info, build_info, read_routing
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE, USER_AUTHORISATION
from mcsip.mc.roles import Role
from mcsip.migration.authorization import primary_check
from mcsip.migration.decision import Decision
from mcsip.migration.delivery import Fate, notification_fate, response_fate, retry_delay_s
from mcsip.migration.records import (
    AuthorisationNotified,
    DeauthorizationTaken,
    Due,
    Placement,
    PrimaryEffect,
    PrimaryEffectKind,
    PrimaryEvent,
    PrimaryStep,
    RequestPermitted,
    ResponseRefused,
    ResponseTaken,
    ReturnedHome,
    advance,
)
from mcsip.nodes.outcomes import LoggingUser, attempt_of
from mcsip.nodes.refusal import from_decision, info_reason
from mcsip.sip.message import Request, Response
from mcsip.sip.retry_after import retry_after_s
from mcsip.sip.transaction import ClientTransaction, ServerTransaction
from mcsip.store.port import Change, Owed, Paid, owed_id

if TYPE_CHECKING:
    from mcsip.nodes.mc_server import McServer

log = logging.getLogger(__name__)

CLAUSE = "TS 23.280 10.6.3.3"
_MESSAGE_OF = {
    PrimaryEffectKind.OWE_RESPONSE: RESPONSE,
    PrimaryEffectKind.DROP_RESPONSE: RESPONSE,
    PrimaryEffectKind.OWE_DEAUTHORIZATION: DEAUTHORIZATION,
}


class PrimarySide:
    """What an MC service server does for the users of its own system.

    Args:
        server: the server.
    """

    def __init__(self, server: "McServer") -> None:
        self._server = server
        self._under_way: set[str] = set()
        #: How long one try to deliver may take, in seconds: Timer F and a little more. While it is
        #: under way, the debt is not due.
        self.longest_try_s = 64 * server.env.timers.t1 + 1.0

    def forget_work(self) -> None:
        """The server has stopped: no delivery is under way any more."""
        self._under_way.clear()

    def on_message(self, transaction: ServerTransaction, request: Request, info: Info) -> None:
        """Take a message of a procedure in which this system is the primary."""
        match info.message:
            case name if name == REQUEST:
                self._server.handle(transaction, self._on_request(transaction, request, info))
            case name if name == USER_AUTHORISATION:
                self._server.handle(transaction, self._on_notification(transaction, request, info))
            case _:
                self._server.reply(transaction, 403, f"{info.message} is not for a primary")

    # Steps 5 to 8

    async def _on_request(
        self, transaction: ServerTransaction, request: Request, info: Info
    ) -> None:
        """Take a partner's request: check it, mark the user, owe the response."""
        server = self._server
        partner = info.partner_domain
        assert info.primary_id is not None
        assert partner is not None
        assert info.profile_index is not None
        user = canonical_id(info.primary_id)
        partner_id = canonical_id(info.partner_id) if info.partner_id else None
        decision = primary_check(
            server.system.users.get(user),
            info.profile_index,
            server.env.topology.agreements.between(server.domain, partner),
            primary=server.domain,
            partner=partner,
        )
        server.note("6", CLAUSE, f"authorization check: {decision.text}")
        attempt = request.call_id
        if not decision.permitted:
            server.reply(transaction, 200)
            self._send_refusal(info, attempt, decision)
            return
        event = RequestPermitted(partner, partner_id, info.profile_index, attempt)
        await self._advance(user, event)
        server.note("7", CLAUSE, f"{user} marked as migrated to {partner} as {partner_id or user}")
        server.reply(transaction, 200)
        self._deliver_now(user, attempt, RESPONSE)

    def _send_refusal(self, request: Info, attempt: str, decision: Decision) -> None:
        """Send the response that refuses a request; no record has changed."""
        server = self._server
        assert request.primary_id is not None
        info = Info(
            server.env.service,
            RESPONSE,
            primary_id=request.primary_id,
            partner_id=request.partner_id,
            success=False,
            reason=info_reason(from_decision(decision), server.domain, Role.MC_SERVER),
            partner_system=None if request.partner_id else request.partner_system,
        )
        user = LoggingUser(server.name, RESPONSE)
        mc_id, partner = info.target_id or request.primary_id, info.partner_domain
        try:
            refused = server.originate(info, mc_id, user, domain=partner, in_reply_to=attempt)
        except NetworkError as error:
            log.warning("%s: %s", server.name, error)
            return
        if refused is not None:
            log.warning("%s: no way back to %s: %s", server.name, partner, refused.text)

    # 10.6.3.3.2.2 step 1

    async def _on_notification(
        self, transaction: ServerTransaction, request: Request, info: Info
    ) -> None:
        """Take the notification that a user of ours is authorised at a partner."""
        server = self._server
        partner = info.partner_domain
        assert info.primary_id is not None
        assert partner is not None
        user = canonical_id(info.primary_id)
        step = await self._advance(user, AuthorisationNotified(partner, attempt_of(request)))
        server.note("1", f"{CLAUSE}.2.2", f"{user} is authorised at {partner}")
        server.reply(transaction, 200)
        self.deliver_effects(step)

    # 10.6.3.3.2.1

    async def return_home(self, user: str) -> PrimaryStep:
        """Store that a user is authorised in the primary again, and what is owed for it.

        Args:
            user: MC service ID of one of our users.

        Returns:
            The step; ``deliver_effects`` begins to deliver what it owes.
        """
        step = await self._advance(user, ReturnedHome())
        if step.effects:
            self._server.note("", f"{CLAUSE}.2.1", f"{user} is back from migration")
        return step

    async def on_due(self, user: str) -> None:
        """A deadline of a user's record has come."""
        self.deliver_effects(await self._advance(user, Due()))

    # Records and debts

    async def _advance(self, user: str, event: PrimaryEvent, *paid: Paid) -> PrimaryStep:
        """Advance a user's record and commit it, with what is owed and paid by it."""
        server = self._server

        def decide() -> tuple[PrimaryStep, list[Change]]:
            wall = server.env.clock.wall()
            step = advance(server.store.primary(user), event, wall, server.limits)
            changes: list[Change] = [step.record, *paid]
            moved = bool(step.record.elsewhere)
            changes += [self._change(effect, user, wall, moved=moved) for effect in step.effects]
            return step, changes

        return await server.decide(decide)

    def _change(self, effect: PrimaryEffect, user: str, wall: float, *, moved: bool) -> Change:
        """Return the change of the outbox that an effect of the record means."""
        kind, placement = effect
        message = _MESSAGE_OF[kind]
        identity = owed_id(message, user, placement.attempt)
        if kind is PrimaryEffectKind.DROP_RESPONSE:
            return Paid(identity)
        body = build_info(self._info(message, user, placement, moved=moved))
        # Delivery begins at once; the outbox takes over when that fails, or after a crash.
        first = wall + self.longest_try_s
        return Owed(
            identity,
            message,
            placement.partner,
            user,
            placement.attempt,
            body,
            wall,
            next_try_at=first,
        )

    def _info(self, message: str, user: str, placement: Placement, *, moved: bool) -> Info:
        success = True if message == RESPONSE else None
        return Info(
            self._server.env.service,
            message,
            primary_id=user,
            partner_id=placement.partner_id,
            success=success,
            partner_system=None if placement.partner_id else placement.partner,
            moved=moved and message == RESPONSE,
        )

    def deliver_effects(self, step: PrimaryStep) -> None:
        """Begin to deliver what a step owes."""
        for kind, placement in step.effects:
            if kind is not PrimaryEffectKind.DROP_RESPONSE:
                self._deliver_now(step.record.user, placement.attempt, _MESSAGE_OF[kind])

    def _deliver_now(self, user: str, attempt: str, message: str) -> None:
        debt = self._server.store.owed(owed_id(message, user, attempt))
        if debt is not None:
            self._try(debt)

    async def deliver(self, debt: Owed) -> None:
        """Try to deliver a debt that is due; it is not due again before that try has ended."""
        server = self._server

        def claim() -> tuple[bool, list[Change]]:
            wall, current = server.env.clock.wall(), server.store.owed(debt.id)
            if current is None or (server.store.shared and current.next_try_at > wall):
                return False, []  # paid, or another server was quicker to take it up
            return True, [replace(current, next_try_at=wall + self.longest_try_s)]

        if await server.decide(claim):
            current = server.store.owed(debt.id)  # it may have been paid meanwhile
            if current is not None:
                self._try(current)

    def _try(self, debt: Owed) -> None:
        """Try to deliver a debt, unless that is under way."""
        server = self._server
        if debt.id in self._under_way:
            return
        self._under_way.add(debt.id)
        outcome = _DeliveryUser(self, debt)
        mc_id = read_routing(debt.body, server.env.service).partner_id or debt.user
        try:
            refused = server.originate(
                debt.body, mc_id, outcome, domain=debt.to, in_reply_to=debt.attempt
            )
        except NetworkError as error:
            log.warning("%s: %s", server.name, error)
            self.settle(debt, None)
            return
        if refused is not None:
            log.warning("%s: no way to %s: %s", server.name, debt.to, refused.text)
            self.settle(debt, None)

    def settle(self, debt: Owed, status: int | None, asked_s: float = 0.0) -> None:
        """Take up, in the background, what became of a try to deliver."""
        self._server.spawn(self._settle(debt, status, asked_s))

    async def _settle(self, debt: Owed, status: int | None, asked_s: float) -> None:
        """Write down what became of a try: paid, refused for good, or to be tried again."""
        server = self._server
        self._under_way.discard(debt.id)
        current = server.store.owed(debt.id)
        if current is None or current.created_at != debt.created_at:
            return  # the debt was dropped, or arose anew, while this try was under way
        is_response = debt.message == RESPONSE
        fate = response_fate(status) if is_response else notification_fate(status)
        match fate:
            case Fate.RETRY:
                await server.decide(lambda: (None, self._postponed(debt, asked_s)))
            case _ if not is_response:
                await self._advance(debt.user, DeauthorizationTaken(debt.attempt), Paid(debt.id))
            case Fate.TAKEN:
                step = await self._advance(debt.user, ResponseTaken(debt.attempt), Paid(debt.id))
                self.deliver_effects(step)
            case Fate.REFUSED | Fate.REFUSED_ON_THE_WAY:
                event = ResponseRefused(debt.attempt, by_partner=fate is Fate.REFUSED)
                step = await self._advance(debt.user, event, Paid(debt.id))
                server.note("", step.clause, f"response refused with {status}: {debt.user} is back")
                self.deliver_effects(step)

    def _postponed(self, debt: Owed, asked_s: float) -> list[Change]:
        """Return the change by which a debt is tried again later, if it is still owed."""
        current = self._server.store.owed(debt.id)
        if current is None or current.created_at != debt.created_at:
            return []
        attempts = current.attempts + 1
        at = self._server.env.clock.wall() + retry_delay_s(attempts, asked_s)
        return [replace(current, attempts=attempts, next_try_at=at)]


class _DeliveryUser:
    """The user of the transaction that delivers a debt."""

    __slots__ = ("_debt", "_side")

    def __init__(self, side: PrimarySide, debt: Owed) -> None:
        self._side = side
        self._debt = debt

    def on_response(self, _transaction: ClientTransaction, response: Response) -> None:
        """Take the final answer."""
        if response.status >= 200:
            self._side.settle(self._debt, response.status, retry_after_s(response))

    def on_timeout(self, _transaction: ClientTransaction) -> None:
        """Nobody answered (Timer F)."""
        self._side.settle(self._debt, None)

    def on_transport_error(self, _transaction: ClientTransaction, _reason: str) -> None:
        """The next hop cannot be reached."""
        self._side.settle(self._debt, None)
