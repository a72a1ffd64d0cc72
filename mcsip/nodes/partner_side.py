"""The partner's side: visitors come, and go (TS 23.280 10.6.3.3 steps 2, 3, 11 and 12).

Each message is one method: it decides, advances the visitor's record by its table
(``migration.records``), commits, and carries out the effects of the row. Whatever is told to the
client also after a restart goes through the SIP core; only a client that talks to this server
directly is answered the way it came.
"""

import logging
from typing import TYPE_CHECKING, NamedTuple

from mcsip.errors import NetworkError
from mcsip.mc.identity import canonical_id, domain_of
from mcsip.mc.info import Info, InfoReason
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE, USER_AUTHORISATION
from mcsip.mc.roles import Role
from mcsip.mc.tokens import TOKEN_WRONG_ID
from mcsip.migration.authorization import grants_after, initial_check, local_check
from mcsip.migration.decision import Decision, Reason
from mcsip.migration.delivery import NOT_WAITING_STATUS
from mcsip.migration.policy import Agreement
from mcsip.migration.records import (
    Deauthorized,
    Due,
    MigrationGranted,
    MigrationRequested,
    PartnerEffect,
    PartnerEvent,
    PartnerRecord,
    RequestUnreached,
    ResponseReceived,
    advance,
)
from mcsip.nodes.outcomes import LoggingUser, attempt_of
from mcsip.nodes.refusal import Refusal, from_decision, from_reason, info_reason, refusal_of
from mcsip.sip.message import Request, Response
from mcsip.sip.stack import Target
from mcsip.sip.transaction import ClientTransaction, ServerTransaction
from mcsip.store.port import Change

if TYPE_CHECKING:
    from mcsip.nodes.mc_server import McServer

log = logging.getLogger(__name__)

CLAUSE = "TS 23.280 10.6.3.3"
CLAUSE_ALONE = "TR 23.700-90 7.X.2"


class PartnerSide:
    """What an MC service server does for users of other systems.

    Args:
        server: the server.
    """

    def __init__(self, server: "McServer") -> None:
        self._server = server
        self._direct: dict[str, Target] = {}

    def on_message(self, transaction: ServerTransaction, request: Request, info: Info) -> None:
        """Take a message of a procedure in which this system is the partner."""
        match info.message:
            case name if name == REQUEST:
                self._server.handle(transaction, self._on_request(transaction, request, info))
            case name if name == RESPONSE:
                self._server.handle(transaction, self._on_response(transaction, request, info))
            case name if name == DEAUTHORIZATION:
                work = self._on_deauthorization(transaction, request, info)
                self._server.handle(transaction, work)
            case _:
                self._server.reply(transaction, 403, f"{info.message} is not for a partner")

    # Step 1 to 3

    async def _on_request(
        self, transaction: ServerTransaction, request: Request, info: Info
    ) -> None:
        """Take the client's request: check it, store the pending record, ask the primary."""
        server = self._server
        assert info.primary_id is not None
        assert info.profile_index is not None
        user = canonical_id(info.primary_id)
        alone = self._decides_alone(user)
        if alone:
            decision = self._check_alone(info, user)
            server.note("2", CLAUSE_ALONE, f"local authorization check: {decision.text}")
        else:
            decision = self._check_first(info, user)
            server.note("2", CLAUSE, f"initial authorization check: {decision.text}")
        if not decision.permitted:
            server.refuse(transaction, decision)
            return
        partner_id = canonical_id(info.partner_id) if info.partner_id else None
        event: PartnerEvent
        if alone:
            event = MigrationGranted(partner_id, info.profile_index)
        else:
            attempt = server.env.ids.token()
            event = MigrationRequested(partner_id, info.profile_index, attempt)
        step = await self._advance(user, event)
        if PartnerEffect.REFUSE_SIMULTANEOUS in step.effects:
            server.refuse(transaction, Decision(Reason.SIMULTANEOUS))
            return
        self._remember_way(user, transaction, request)
        server.reply(transaction, 200)
        await self._carry_out(step)

    def _agreement(self, user: str) -> Agreement | None:
        server = self._server
        return server.env.topology.agreements.between(server.domain, domain_of(user))

    def _decides_alone(self, user: str) -> bool:
        """Tell whether the user's primary system cannot be asked (TR 23.700-90 7.X.1 [seed])."""
        agreement = self._agreement(user)
        return agreement is not None and not agreement.interconnection

    def _check_alone(self, info: Info, user: str) -> Decision:
        """Make the local check (TR 23.700-90 7.X.2 step 2 [seed])."""
        server = self._server
        primary = domain_of(user)
        known = {p.mc_id: p for p in server.system.provisioned}.get(user)
        own_id = canonical_id(info.partner_id) if info.partner_id else user
        # The identity management here took the security token, and gave this one for it.
        fault = server.token_fault(info.access_token, info.service, server.domain, own_id)
        if fault is None and known is not None and canonical_id(known.partner_id) != own_id:
            fault = TOKEN_WRONG_ID
        return local_check(
            known,
            info.profile_index,
            self._agreement(user),
            primary=primary,
            partner=server.domain,
            has_certificate=primary in server.system.trusted,
            token_fault=fault,
        )

    def _check_first(self, info: Info, user: str) -> Decision:
        """Make the initial check (TS 23.280 10.6.3.3 step 2 [seed])."""
        server = self._server
        if info.partner_id is None and server.system.temporary_identities:
            return Decision(Reason.BAD_REQUEST, "no MC service ID of this system")
        own_id = canonical_id(info.partner_id) if info.partner_id else user
        fault = server.token_fault(info.access_token, info.service, server.domain, own_id)
        if fault is None and not server.identities.is_of(own_id, user):
            fault = TOKEN_WRONG_ID
        return initial_check(user, domain_of(user), server.system.visitors, token_fault=fault)

    def _remember_way(self, user: str, transaction: ServerTransaction, request: Request) -> None:
        """Remember where a client that came without a SIP core is reached."""
        if len(request.vias) > 1:
            self._direct.pop(user, None)
        else:
            source = transaction.source
            self._direct[user] = Target(source.transport, source.host, source.port, source.flow)

    # Steps 10 and 11

    async def _on_response(
        self, transaction: ServerTransaction, request: Request, info: Info
    ) -> None:
        """Take the primary's response: store what it says, tell the client."""
        server = self._server
        assert info.primary_id is not None
        user = canonical_id(info.primary_id)
        event = ResponseReceived(
            success=bool(info.success),
            attempt=attempt_of(request),
            partner_id=canonical_id(info.partner_id) if info.partner_id else None,
            profile=info.profile_index,
            moved=info.moved,
        )
        step = await self._advance(user, event)
        if PartnerEffect.REFUSE_RESPONSE in step.effects:
            server.note("10", CLAUSE, "nobody waits for this response: refused")
            server.reply(transaction, NOT_WAITING_STATUS)
            return
        if step.clause:
            said = f"visitor stored as {step.record.status}"
            server.note("11", CLAUSE, f"{said}: {user} is {step.record.partner_id or 'not here'}")
        server.reply(transaction, 200)
        await self._carry_out(step, info.reason)

    # De-authorization, 10.6.3.3.2.1 steps 3 and 4

    async def _on_deauthorization(
        self, transaction: ServerTransaction, request: Request, info: Info
    ) -> None:
        """Take the primary's notification that a visitor has left."""
        server = self._server
        assert info.primary_id is not None
        user = canonical_id(info.primary_id)
        partner_id = canonical_id(info.partner_id) if info.partner_id else None
        step = await self._advance(user, Deauthorized(attempt_of(request), partner_id))
        server.note("4", f"{CLAUSE}.2.1", f"visitor record of {user}: {step.record.status}")
        server.reply(transaction, 200)
        await self._carry_out(step)

    # Time, and requests that found nobody

    def give_up(self, user: str, attempt: str, refusal: Refusal) -> None:
        """Take up, in the background, that the request to the primary failed."""
        self._server.spawn(self.on_unreached(user, attempt, refusal))

    async def on_due(self, user: str) -> None:
        """A deadline of a visitor's record has come."""
        step = await self._advance(user, Due(self._grants(Reason.PRIMARY_TIMEOUT, user)))
        if step.clause:
            self._server.note("", step.clause, f"visitor record of {user}: {step.record.status}")
        reason = self._own_reason(from_reason(Reason.PRIMARY_TIMEOUT))
        await self._carry_out(step, reason)

    async def on_unreached(self, user: str, attempt: str, refusal: Refusal) -> None:
        """The request to the primary was refused on the way, or nobody answered it."""
        reason = refusal.reason
        grant = reason is not None and self._grants(reason, user)
        step = await self._advance(user, RequestUnreached(attempt, grant))
        self._server.note("", CLAUSE, f"the primary was not reached: {refusal.text}")
        await self._carry_out(step, self._own_reason(refusal))

    def _grants(self, reason: Reason, user: str) -> bool:
        return grants_after(self._agreement(user), reason)

    def _own_reason(self, refusal: Refusal) -> InfoReason:
        """Return the reason that the client is told, with who refused: a gateway, or we."""
        server = self._server
        system = server.env.topology.with_domain(refusal.agent) if refusal.agent else None
        if system is not None and system.gateway is not None:
            return info_reason(refusal, system.domain, Role.MC_GATEWAY)
        return info_reason(refusal, server.domain, Role.MC_SERVER)

    # Effects

    async def _advance(self, user: str, event: PartnerEvent) -> "_Advance":
        """Advance a visitor's record and commit it; a request that is refused changes nothing."""
        server = self._server

        def decide() -> tuple[_Advance, list[Change]]:
            before = server.store.partner(user)
            wall = server.env.clock.wall()
            step = _Advance(before, *advance(before, event, wall, server.limits))
            refused = PartnerEffect.REFUSE_SIMULTANEOUS in step.effects
            return step, [] if refused else [step.record]

        return await server.decide(decide)

    async def _carry_out(self, step: "_Advance", reason: InfoReason | None = None) -> None:
        """Do what the row asks for, in its order, after the commit."""
        server = self._server
        for effect in step.effects:
            match effect:
                case PartnerEffect.SEND_REQUEST:
                    await self._ask_primary(step.record)
                case PartnerEffect.TELL_SUCCESS:
                    server.identities.hold(step.record.user, step.record.partner_id)
                    then = step.record if PartnerEffect.NOTIFY_PRIMARY in step.effects else None
                    self._tell(step.record, success=True, then_notify=then)
                case PartnerEffect.RELEASE_IDENTITY:
                    server.identities.release(step.record.user)
                case PartnerEffect.TELL_REFUSED | PartnerEffect.TELL_FAILED:
                    if step.record.is_blank:
                        server.identities.release(step.record.user)
                    self._tell(step.before, success=False, reason=reason)
                case (
                    PartnerEffect.NOTIFY_PRIMARY
                    | PartnerEffect.JOIN
                    | PartnerEffect.TAKE
                    | PartnerEffect.REFUSE_SIMULTANEOUS
                    | PartnerEffect.REFUSE_RESPONSE
                ):
                    """Nothing is sent for these: the caller answers, or the client comes first."""
        if step.record.is_blank:
            self._direct.pop(step.record.user, None)

    async def _ask_primary(self, record: PartnerRecord) -> None:
        """Send the request to the primary, without the client's token (step 3)."""
        server = self._server
        info = Info(
            server.env.service,
            REQUEST,
            primary_id=record.user,
            partner_id=record.partner_id,
            profile_index=record.profile,
            partner_system=None if record.partner_id else server.domain,
        )
        outcome = _RequestUser(self, record.user, record.attempt)
        try:
            refused = server.originate(info, record.user, outcome, call_id=record.attempt)
        except NetworkError as error:
            log.warning("%s: %s", server.name, error)
            refused = Decision(Reason.PRIMARY_UNREACHABLE, str(error))
        if refused is not None:
            await self.on_unreached(record.user, record.attempt, from_decision(refused))

    def notify_primary(self, record: PartnerRecord) -> None:
        """Tell the primary that its user is authorised here (10.6.3.3.2.2 step 1).

        The attempt is not named: its Call-ID is our own, which a gateway that hides it shows to the
        primary as another. The primary needs no more than who says so.
        """
        server = self._server
        info = Info(
            server.env.service,
            USER_AUTHORISATION,
            primary_id=record.user,
            partner_id=record.partner_id,
            partner_system=server.domain,
        )
        user = LoggingUser(server.name, USER_AUTHORISATION)
        try:
            server.originate(info, record.user, user)
        except NetworkError as error:
            log.warning("%s: %s", server.name, error)

    def _tell(
        self,
        record: PartnerRecord,
        *,
        success: bool,
        reason: InfoReason | None = None,
        then_notify: PartnerRecord | None = None,
    ) -> None:
        """Send the client the response (step 12).

        Args:
            record: the visitor's record.
            success: the result.
            reason: why it is no success.
            then_notify: the record of which the primary is notified once the client has its
                response: authorisation must be complete (10.6.3.3.2.2, pre-condition).
        """
        server = self._server
        info = Info(
            server.env.service,
            RESPONSE,
            primary_id=record.user,
            partner_id=record.partner_id,
            success=success,
            reason=reason,
            partner_system=None if record.partner_id else server.domain,
        )
        try:
            server.tell_client(
                info,
                record.partner_id or record.user,
                self._direct.get(record.user),
                _TellUser(self, server.name, then_notify),
            )
        except NetworkError as error:
            log.warning("%s: %s", server.name, error)
            if then_notify is not None:
                self.notify_primary(then_notify)


class _Advance(NamedTuple):
    """A step of a record, with the record before it."""

    before: PartnerRecord
    record: PartnerRecord
    effects: tuple[PartnerEffect, ...]
    clause: str


class _TellUser(LoggingUser):
    """The user of the transaction that carries the response to the client (step 12)."""

    __slots__ = ("_record", "_side")

    def __init__(self, side: PartnerSide, node: str, record: PartnerRecord | None) -> None:
        super().__init__(node, RESPONSE)
        self._side = side
        self._record = record

    def on_response(self, transaction: ClientTransaction, response: Response) -> None:
        """The client has it, or does not want it."""
        super().on_response(transaction, response)
        if response.status >= 200:
            self._go_on()

    def on_timeout(self, transaction: ClientTransaction) -> None:
        """The client is gone; it is authorised here all the same."""
        super().on_timeout(transaction)
        self._go_on()

    def on_transport_error(self, transaction: ClientTransaction, reason: str) -> None:
        """The client cannot be reached; it is authorised here all the same."""
        super().on_transport_error(transaction, reason)
        self._go_on()

    def _go_on(self) -> None:
        if self._record is not None:
            self._side.notify_primary(self._record)


class _RequestUser:
    """The user of the transaction that carries the request to the primary.

    A 2xx only says that somebody took charge of the request; the outcome is a message of its own.
    """

    __slots__ = ("_attempt", "_side", "_user")

    def __init__(self, side: PartnerSide, user: str, attempt: str) -> None:
        self._side = side
        self._user = user
        self._attempt = attempt

    def on_response(self, _transaction: ClientTransaction, response: Response) -> None:
        """Take the final answer of the next hop."""
        if response.status >= 300:
            self._side.give_up(self._user, self._attempt, refusal_of(response))

    def on_timeout(self, _transaction: ClientTransaction) -> None:
        """Nobody answered (Timer F)."""
        self._side.give_up(self._user, self._attempt, from_reason(Reason.PRIMARY_TIMEOUT))

    def on_transport_error(self, _transaction: ClientTransaction, reason: str) -> None:
        """The next hop cannot be reached."""
        decision = Decision(Reason.PRIMARY_UNREACHABLE, reason)
        self._side.give_up(self._user, self._attempt, from_decision(decision))
