"""The MC service server: it originates and answers the messages of migration (TS 23.280 7.4.2.3.2).

A message comes in, is checked (RFC 3261 8.2), read and validated, and handed to the side of the
procedure that it belongs to: ``PartnerSide`` where this system is visited, ``PrimarySide`` where it
is the user's own. A side decides, commits its record, and only then answers and originates the next
message (durable before answered). Short data goes to ``DataSide``, which stores nothing,
and whatever is about calls to ``CallSide``.

What was left undone by a crash is taken up again by ``start``: the store knows every deadline and
everything that is owed (``Deadlines``).
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mcsip.errors import McsipError, NetworkError, PeerError
from mcsip.mc.functional_alias import PIDF_TYPE
from mcsip.mc.identity import IdentityError, domain_of
from mcsip.mc.info import (
    Info,
    UnknownMessageError,
    build_info,
    check_elements,
    parse_info,
)
from mcsip.mc.messages import MESSAGES, REQUEST, HopKind, Side
from mcsip.mc.request import Identities, build_mc_request
from mcsip.mc.roles import Role
from mcsip.mc.services import Service
from mcsip.mc.tokens import TOKEN_WRONG_ISSUER, TokenError, TokenVerifier
from mcsip.mc.xml import BodyError
from mcsip.migration.decision import Decision, Reason
from mcsip.migration.states import Limits
from mcsip.nodes.base import Node
from mcsip.nodes.bodies import content_types, info_part, is_short_data
from mcsip.nodes.deadlines import Deadlines
from mcsip.nodes.environment import Environment
from mcsip.nodes.home_side import HomeSide
from mcsip.nodes.identity_pool import IdentityPool
from mcsip.nodes.origin import Credentials, check_origin
from mcsip.nodes.partner_side import PartnerSide
from mcsip.nodes.primary_side import PrimarySide
from mcsip.nodes.proxying import route_uri
from mcsip.nodes.refusal import failure_fields, refuse
from mcsip.nodes.routes import router_of
from mcsip.sip.build import build_response
from mcsip.sip.message import Request
from mcsip.sip.stack import Target, TransactionUser
from mcsip.sip.transaction import ServerTransaction
from mcsip.sip.uas import Capabilities, is_of_call
from mcsip.store.port import Change, ConflictError, HeldError, Store, StoreError, due_of
from mcsip.topology import NodeSpec
from mcsip.trace import Peer

if TYPE_CHECKING:
    from mcsip.nodes.alias_side import AliasSide
    from mcsip.nodes.call_side import CallSide
    from mcsip.nodes.data_side import DataSide

log = logging.getLogger(__name__)

METHODS = frozenset({"MESSAGE", "OPTIONS", "PUBLISH"})
T = TypeVar("T")

#: How often other servers may change what one reads before it can commit [ours].
MAX_CONFLICTS = 20
#: How long one waits, each time, for a record that somebody else holds, in seconds [ours].
HELD_WAITS_S = (0.1, 0.2, 0.4, 0.8, 1.6, 1.6)


class McServer(Node):
    """One MC service server of an MC system.

    Args:
        spec: its entry in the topology.
        env: what all nodes have in common.
        verifiers: check tokens, by the domain of the system that issued them.
        database: file of its records, or URL of a registry that servers of its system share; None
            keeps them in memory, over stops and starts.
        identities: the IDs that its system issues to visitors; None: its own view of them.
    """

    def __init__(
        self,
        spec: NodeSpec,
        env: Environment,
        verifiers: Mapping[str, TokenVerifier],
        database: Path | str | None,
        identities: IdentityPool | None = None,
    ) -> None:
        super().__init__(spec, env, Role.MC_SERVER)
        self._verifiers = verifiers
        self.identities = identities or IdentityPool(self.system, env.ids, env.clock.wall)
        self.psi = env.directory.psi(spec.name)
        self.agent = env.directory.host_name(spec.name)
        self.router = router_of(env.topology, self.domain)
        self.limits = Limits(env.pending_timeout_s, env.retention_s, env.confirmation_s)
        self.sender = Identities(self.psi, self.psi, asserted=True)
        self._capabilities = Capabilities(METHODS, content_types(env.service, PIDF_TYPE))
        self._credentials = Credentials(self)
        self._database = database
        self._store: Store | None = None
        self.identities.ask(lambda: self._store)
        self.partner = PartnerSide(self)
        self.primary = PrimarySide(self)
        self.home = HomeSide(self)
        self._deadlines = Deadlines(self)
        self._calls: CallSide | None = None

    # The sides that most runs have no need of are made, and imported, when they are first asked for

    @cached_property
    def data(self) -> "DataSide":
        """What it does with short data."""
        from mcsip.nodes.data_side import DataSide

        return DataSide(self)

    @cached_property
    def aliases(self) -> "AliasSide":
        """What it does for functional aliases."""
        from mcsip.nodes.alias_side import AliasSide

        return AliasSide(self)

    @property
    def calls(self) -> "CallSide":
        """What it does with private calls."""
        if self._calls is None:
            from mcsip.nodes.call_side import CallSide

            self._calls = CallSide(self)
            if self.running:
                self._calls.start()
        return self._calls

    def make_all_sides(self) -> None:
        """Make every side now: nobody's first call or short data is to wait for it."""
        _ = (self.data, self.aliases, self.calls)

    @property
    def store(self) -> Store:
        """The records; opened when first used."""
        if self._store is None:
            self._store = self.env.open_store(self._database)
        return self._store

    @property
    def is_forgetful(self) -> bool:
        """Whether its records are in memory only."""
        return self._database is None

    async def start(self) -> None:
        """Listen, and take up what is due or owed."""
        await super().start()
        if self._calls is not None:
            self._calls.start()
        self._deadlines.start()

    async def stop(self) -> None:
        """Stop; records with a file are closed, those in memory are kept for the next start."""
        self._deadlines.stop()
        if self._calls is not None:
            self._calls.stop()
        await super().stop()
        self.primary.forget_work()
        if self._database is not None:
            self.close_store()

    def stays_idle(self, for_s: float) -> bool:
        """Tell whether it sends no request in the next seconds, unless it gets one.

        Args:
            for_s: how many seconds; what comes due within them is looked at, and may mean one.
        """
        if not self.is_idle or self.store.shared:
            return False
        due = self.store.next_due()
        return due is None or due > self.env.clock.wall() + for_s

    def close_store(self) -> None:
        """Let go of the records."""
        if self._store is not None:
            self._store.close()
            self._store = None

    # Records

    async def decide(self, decision: Callable[[], tuple[T, Sequence[Change]]]) -> T:
        """Read, decide and commit; return what was decided once it is durable.

        Args:
            decision: reads the records and returns what it decides, and the changes that this
                means. It is asked again when another server of the system was quicker to change
                what it read, or holds it, and so must do nothing else.

        Raises:
            ConflictError: others changed or held the records all the time.
            StoreError: it could not be made durable.
        """
        waits = iter(HELD_WAITS_S)
        for _ in range(MAX_CONFLICTS):
            decided, changes = decision()
            try:
                await self._commit(changes)
            except HeldError as error:
                if error.concerns(changes):
                    wait_s = next(waits, None)
                    if wait_s is None:
                        raise
                    await asyncio.sleep(wait_s)
            except ConflictError:
                continue
            else:
                return decided
        raise ConflictError(f"other servers changed the records {MAX_CONFLICTS} times meanwhile")

    async def _commit(self, changes: Sequence[Change]) -> None:
        """Make changes durable; return when they are (durable before answered)."""
        await self.store.commit(*changes)
        # What was due before is looked at when its time comes: asking the store for the next
        # deadline after each commit would be dear.
        self._deadlines.expect([due_of(change) for change in changes])

    # In

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        """Check, read and hand on a request."""
        untrue = self._credentials.check(request, transaction.source)
        if untrue is not None:
            self.refuse(transaction, untrue)
            return
        if is_of_call(request):
            self.calls.on_request(transaction, request)
            return
        if not self.is_acceptable(transaction, request, self._capabilities):
            return
        if request.method == "OPTIONS":
            self.reply(transaction, 200)
            return
        try:
            if is_short_data(request):
                self.data.on_message(transaction, request)
                return
            part = info_part(request)
            if part is not None and part[0] is not self.env.service:
                self.refuse_content(transaction, self._capabilities)
                return
            if request.method == "PUBLISH":
                self.home.on_publish(transaction, request)
                return
            if part is None:
                self.reply(transaction, 400, "the request has no info body")
                return
            info = parse_info(part[1], part[0])
            self._dispatch(transaction, request, info)
        except UnknownMessageError as fault:
            self.reply(transaction, 403, fault.message)
        except (BodyError, IdentityError) as fault:
            self.reply(transaction, fault.status, fault.message)
        except StoreError as error:
            self._reply_unstored(transaction, error)

    def on_ack(self, request: Request) -> None:
        """Take the ACK to a 2xx: it is about a call."""
        self.calls.on_ack(request)

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:
        """Take a CANCEL: it is about a call."""
        self.calls.on_cancel(transaction, request)

    def _dispatch(self, transaction: ServerTransaction, request: Request, info: Info) -> None:
        """Hand a message to the side of the procedure that it belongs to.

        A request for migration whose user is not of this system comes from a client; everything
        else comes from another system, directly or through gateways.

        Raises:
            BodyError: the body lacks what it must carry on its hop, or carries what it must not.
            IdentityError: an MC service ID is none.
        """
        is_request = info.message == REQUEST
        here = info.primary_id is not None and domain_of(info.primary_id) == self.domain
        hop = HopKind.CLIENT if is_request and not here else HopKind.SYSTEM
        wrong = check_elements(info, hop)
        if wrong and hop is HopKind.CLIENT:
            self.refuse(transaction, Decision(Reason.BAD_REQUEST, "; ".join(wrong)))
            return
        if wrong:
            raise BodyError(f"{info.message}: {'; '.join(wrong)}")
        if hop is HopKind.SYSTEM and self._came_through_core(request):
            self.reply(transaction, 403, f"{info.message} is not for a client to send")
            return
        if hop is HopKind.SYSTEM:
            refused = check_origin(self.env.directory, request, info)
            if refused is not None:
                self.refuse(transaction, refused)
                return
        if MESSAGES[info.message].towards is Side.PRIMARY and here:
            self.primary.on_message(transaction, request, info)
        elif info.partner_domain == self.domain or (hop is HopKind.CLIENT and not info.partner_id):
            self.partner.on_message(transaction, request, info)
        else:
            self.reply(transaction, 404, "the MC service ID is not of this MC system")

    def _came_through_core(self, request: Request) -> bool:
        """Tell whether our SIP core brought a request: then a client sent it [ours].

        Servers and gateways send to each other directly. What they tell each other is believed
        without a token (see ``origin``), so a client must not be able to say it.
        """
        core, via = self.system.core, request.via
        if core is None:
            return False
        known = self.env.directory.addresses(core.name).values()
        return (via.host, via.port) in {(address.host, address.port) for address in known}

    def handle(self, transaction: ServerTransaction, work: Coroutine[object, object, None]) -> None:
        """Do the work on a request in the background; if it fails, the request is refused."""
        task = self.spawn(self._handle(transaction, work))
        # A task that is cancelled before it began has not begun the work either.
        task.add_done_callback(lambda _: work.close())

    async def _handle(
        self, transaction: ServerTransaction, work: Coroutine[object, object, None]
    ) -> None:
        try:
            await work
        except PeerError as fault:
            self._reply_failure(transaction, fault.status, fault.message)
        except McsipError as error:  # what cannot be stored is not accepted
            self._reply_unstored(transaction, error)
        except Exception:
            self._reply_failure(transaction, 500)
            raise

    def _reply_unstored(self, transaction: ServerTransaction, error: McsipError) -> None:
        log.error("%s: %s", self.name, error)
        status, fields = failure_fields(error, self.env.limits.retry_after_s)
        self._reply_failure(transaction, status, fields=fields)

    def _reply_failure(
        self,
        transaction: ServerTransaction,
        status: int,
        reason: str | None = None,
        fields: Sequence[tuple[str, str]] = (),
    ) -> None:
        if not transaction.is_final:
            self.reply(transaction, status, reason, fields)

    def token_fault(
        self, token: str | None, service: Service, issuer: str, mc_id: str
    ) -> str | None:
        """Return the key of what is wrong with a request's token, or None when it is sound.

        Args:
            token: the token, or None.
            service: the MC service that it must be for.
            issuer: domain of the system whose identity management must have issued it.
            mc_id: the MC service ID that it must be for.
        """
        verifier = self._verifiers.get(issuer)
        if verifier is None:
            return TOKEN_WRONG_ISSUER
        try:
            verifier.check(token or "", service, mc_id, self.env.clock.wall())
        except TokenError as error:
            return error.reason
        return None

    # Out

    def reply(
        self,
        transaction: ServerTransaction,
        status: int,
        reason: str | None = None,
        fields: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Answer a request without further ado."""
        token = self.env.ids.token()
        response = build_response(transaction.request, status, reason, to_tag=token, fields=fields)
        self.answer(transaction, response)

    def refuse(self, transaction: ServerTransaction, decision: Decision) -> None:
        """Refuse a request on the spot, with Warning."""
        response = refuse(transaction.request, decision, self.agent, self.env.ids.token())
        self.answer(transaction, response)

    def refuse_content(self, transaction: ServerTransaction, known: Capabilities) -> None:
        """Refuse a part of a body that is not understood: of an MC service that is not ours."""
        accept = ("Accept", ", ".join(sorted(known.content_types)))  # RFC 3261 8.2.3
        self.reply(transaction, 415, fields=[accept])

    def originate(
        self,
        info: Info | bytes,
        mc_id: str,
        user: TransactionUser,
        *,
        domain: str | None = None,
        call_id: str | None = None,
        in_reply_to: str | None = None,
    ) -> Decision | None:
        """Send a message towards the server of an MC service ID (TS 23.280 10.6.3.3 steps 3, 8).

        Args:
            info: the info body, as a value or as its octets.
            mc_id: the MC service ID whose domain it goes to.
            user: is told the outcome.
            domain: domain of the system that it goes to, where that is not the ID's.
            call_id: the Call-ID; None: a fresh one.
            in_reply_to: Call-ID of the request that it answers (RFC 3261 20.21), or None.

        Returns:
            Why there is no next hop, or None when the message is on its way.

        Raises:
            NetworkError: the next hop has no address.
        """
        domain = domain_of(mc_id) if domain is None else domain
        hop = self.router.next_hop(mc_id, at=Role.MC_SERVER, domain=domain)
        if isinstance(hop, Decision):
            return hop
        body = info if isinstance(info, bytes) else build_info(info)
        request = build_mc_request(
            "MESSAGE",
            self.env.service,
            body,
            self.env.ids,
            uri=self.env.directory.psi(hop.node),
            to=f"sip:{domain}",
            sender=self.sender,
            call_id=call_id,
            fields=(("In-Reply-To", in_reply_to),) if in_reply_to else (),
        )
        self.send_to(hop.node, request, user)
        return None

    def tell_client(
        self, info: Info, mc_id: str, direct: Target | None, user: TransactionUser
    ) -> None:
        """Send a message to a client: the way its request came, else through the SIP core.

        Args:
            info: the info body.
            mc_id: the MC service ID that the client registered with.
            direct: where its request came from when that was not the SIP core, else None.
            user: is told the outcome.

        Raises:
            NetworkError: the system has no SIP core that runs.
        """
        route = None
        target = direct
        if target is None:
            core = self.system.core
            if core is None:
                raise NetworkError(f"{self.domain} has no SIP core to reach {mc_id} through")
            target = self.target_of(core.name)
            route = f"<{route_uri(Peer(target.host, target.port), target.transport)}>"
        request = build_mc_request(
            "MESSAGE",
            self.env.service,
            build_info(info),
            self.env.ids,
            uri=mc_id,
            to=mc_id,
            sender=self.sender,
            route=route,
        )
        self.endpoint.send_request(request, target, user)
