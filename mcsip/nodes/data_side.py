"""Short data at an MC service server: sent on, redirected, delivered, sent back.

A server takes short data from a client of its own, or from another server, directly or through
gateways. It goes towards the server of the target's MC service ID, whose record says where the
user is (TR 23.781 6.x.1 [seed]):

=========================  =========================================================================
user of ours, at home      delivered to the client
user of ours, migrated     forwarded to the partner system, or the caller is redirected: 302 with
                           the new MC service ID and forwarding reason ``migrated``, as 23.280
                           10.16.5 has it for private calls [read]
visitor, active            delivered to the client
visitor who has left       sent back to the primary system while the mapping is retained (23.280
                           10.6.3.3 step 11, 10.6.3.3.2.1 NOTE 2 [seed]), marked with who did so
anybody else               404
=========================  =========================================================================

Each leg is a MESSAGE of its own. Its answer is the answer to the leg before, so that the caller
learns what became of its data [ours; the controlling function of TS 24.282 answers 202 early, 2nd].
Loops end: a system that sent data back does not get it again (482), and Max-Forwards is counted
over all legs (483). Nothing is stored: whoever gets no answer sends again.
"""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from mcsip.errors import NetworkError
from mcsip.mc.communication import MIGRATED, Communication, build_communication
from mcsip.mc.identity import canonical_id
from mcsip.mc.request import build_mc_request
from mcsip.mc.roles import Role
from mcsip.mc.services import MCDATA
from mcsip.mc.short_data import ONE_TO_ONE_SDS, parse_short_data, readdress
from mcsip.mc.xml import BodyError
from mcsip.migration.authorization import Decision, Reason
from mcsip.migration.policy import ForMigrated
from mcsip.migration.records import PartnerRecord, PartnerStatus
from mcsip.nodes.bodies import asserted_identity
from mcsip.nodes.proxying import route_uri
from mcsip.sip.build import MAX_FORWARDS, build_response
from mcsip.sip.message import Request, Response
from mcsip.sip.stack import Target
from mcsip.sip.transaction import ClientTransaction, ServerTransaction
from mcsip.trace import Peer

if TYPE_CHECKING:
    from mcsip.nodes.mc_server import McServer

log = logging.getLogger(__name__)

ROUTING = "TR 23.781 6.x.1"
REDIRECTION = "TS 23.280 10.16.5"
SENT_BACK = "TS 23.280 10.6.3.3 step 11"


class DataSide:
    """What an MC service server does with short data.

    Args:
        server: the server.
    """

    def __init__(self, server: "McServer") -> None:
        self._server = server

    def on_message(self, transaction: ServerTransaction, request: Request) -> None:
        """Take short data.

        Raises:
            BodyError: it cannot be read, or does not say who sends it to whom.
            IdentityError: an MC service ID is none.
        """
        server = self._server
        data = parse_short_data(request.first("content-type") or "", request.body)
        if data.about.request_type != ONE_TO_ONE_SDS:
            raise BodyError("the request type is not that of one-to-one short data", status=403)
        if server.env.service is not MCDATA:
            server.refuse(transaction, Decision(Reason.NO_SHORT_DATA))
            return
        about = data.about
        if about.target is None:
            raise BodyError("the short data names no target")
        about = replace(about, target=canonical_id(about.target))
        # Where there is no SIP core nobody asserts anything: the client's own word must do.
        believed = () if server.system.core else ("p-preferred-identity",)
        sender = asserted_identity(request, *believed)
        node = server.env.directory.node_of_psi(sender) if sender else None
        if node is None:
            caller = canonical_id(sender) if sender else None
            if caller is None or not self._is_served(caller):
                server.refuse(transaction, Decision(Reason.CALLER_UNKNOWN, sender or "nobody"))
                return
            # What a client says of itself is not taken, and it knows of no way through partners.
            about = replace(about, caller=caller, partner_system=None, returned_by=())
        else:
            origin = server.env.topology.system_of(node).domain
            refused = self._check_origin(origin)
            if refused is not None:
                server.refuse(transaction, refused)
                return
            if about.caller is None:
                raise BodyError("the short data names no caller")
        self._route(transaction, request, about)

    def _is_served(self, caller: str) -> bool:
        """Tell whether a caller is a user of ours, or an active visitor."""
        server = self._server
        if caller in server.system.users:
            return True
        visitor = server.store.partner_by_partner_id(caller) or server.store.partner(caller)
        return visitor.status is PartnerStatus.ACTIVE

    def _check_origin(self, origin: str) -> Decision | None:
        """Refuse what comes from a system without interconnection (TS 23.280 5.2.9.1 [seed])."""
        own = self._server.domain
        if origin == own:
            return None
        agreement = self._server.env.topology.agreements.between(own, origin)
        if agreement is None:
            return Decision(Reason.NO_AGREEMENT, f"{own} and {origin}")
        if not agreement.interconnection:
            return Decision(Reason.NO_INTERCONNECTION, f"{own} and {origin}")
        return None

    # Where to

    def _route(
        self, transaction: ServerTransaction, request: Request, about: Communication
    ) -> None:
        """Send short data where its target is."""
        server = self._server
        target = about.target
        assert target is not None
        hop = server.router.next_hop(target, at=Role.MC_SERVER, domain=about.target_domain)
        if isinstance(hop, Decision):
            server.refuse(transaction, hop)
        elif hop.node != server.name:
            self._send_on(transaction, request, about)
        elif target in server.system.users:
            self._to_user(transaction, request, about)
        else:
            self._to_visitor(transaction, request, about)

    def _to_user(
        self, transaction: ServerTransaction, request: Request, about: Communication
    ) -> None:
        """Take short data for a user of ours: at home or migrated."""
        server = self._server
        assert about.target is not None
        record = server.store.primary(about.target)
        if record.partner is None:
            self._deliver(transaction, request, about)
            return
        if record.partner in about.returned_by:
            server.refuse(transaction, Decision(Reason.SENT_BACK, record.partner))
            return
        policy = server.system.migrated_users
        if policy is ForMigrated.REDIRECT and record.partner_id is not None:
            server.note(
                "", REDIRECTION, f"{about.target} has migrated: redirected to {record.partner_id}"
            )
            self._redirect(transaction, record.partner_id)
            return
        server.note("", ROUTING, f"{about.target} has migrated: forwarded to {record.partner}")
        there = replace(
            about,
            target=record.partner_id or about.target,
            partner_system=None if record.partner_id else record.partner,
        )
        self._send_on(transaction, request, there)

    def _to_visitor(
        self, transaction: ServerTransaction, request: Request, about: Communication
    ) -> None:
        """Take short data for a visitor: here, or gone."""
        server = self._server
        record = self._visitor(about)
        match record.status:
            case PartnerStatus.ACTIVE:
                self._deliver(transaction, request, about)
            case PartnerStatus.PENDING:
                server.refuse(transaction, Decision(Reason.NOT_YET_HERE))
            case PartnerStatus.RETAINED if server.domain in about.returned_by:
                server.refuse(transaction, Decision(Reason.SENT_BACK, server.domain))
            case PartnerStatus.RETAINED:
                server.note("", SENT_BACK, f"{record.user} has left: sent back to the primary")
                back = replace(
                    about,
                    target=record.user,
                    partner_system=None,
                    returned_by=(*about.returned_by, server.domain),
                )
                self._send_on(transaction, request, back)
            case PartnerStatus.ABSENT:
                server.refuse(transaction, Decision(Reason.TARGET_UNKNOWN, record.user))

    def _visitor(self, about: Communication) -> PartnerRecord:
        """Return what counts of a visitor's record: while a new stay is pending, the former one."""
        store = self._server.store
        assert about.target is not None
        record = store.partner_by_partner_id(about.target) or store.partner(about.target)
        if record.status is PartnerStatus.PENDING and record.former is not None:
            return record.former
        return record

    # Out

    def _redirect(self, transaction: ServerTransaction, new_id: str) -> None:
        """Tell the caller the new MC service ID (RFC 3261 21.3.3)."""
        server = self._server
        said = Communication(server.env.service, target=new_id, forwarding_reason=MIGRATED)
        response = build_response(
            transaction.request,
            302,
            to_tag=server.env.ids.token(),
            fields=[("Contact", f"<{new_id}>")],
            content_type=server.env.service.content_type,
            body=build_communication(said),
        )
        server.answer(transaction, response)

    def _deliver(
        self, transaction: ServerTransaction, request: Request, about: Communication
    ) -> None:
        """Send short data to the client of a user who is here, through the SIP core."""
        server = self._server
        core = server.system.core
        if core is None or about.target is None:
            server.refuse(transaction, Decision(Reason.NOT_REACHABLE))
            return
        try:
            target = server.target_of(core.name)
        except NetworkError as error:
            self._unreachable(transaction, error)
            return
        route = f"<{route_uri(Peer(target.host, target.port), target.transport)}>"
        said = replace(about, partner_system=None, returned_by=())
        self._send(transaction, request, said, about.target, about.target, target, route=route)

    def _send_on(
        self, transaction: ServerTransaction, request: Request, about: Communication
    ) -> None:
        """Send short data towards the server of its target, in this system or another."""
        server = self._server
        target, domain = about.target, about.target_domain
        assert target is not None
        hop = server.router.next_hop(target, at=Role.MC_SERVER, domain=domain)
        if isinstance(hop, Decision):
            server.refuse(transaction, hop)
            return
        try:
            where = server.target_of(hop.node)
        except NetworkError as error:
            self._unreachable(transaction, error)
            return
        psi = server.env.directory.psi(hop.node)
        self._send(transaction, request, about, psi, f"sip:{domain}", where)

    def _unreachable(self, transaction: ServerTransaction, error: NetworkError) -> None:
        log.warning("%s: %s", self._server.name, error)
        self._server.reply(transaction, 503)

    def _send(
        self,
        transaction: ServerTransaction,
        request: Request,
        about: Communication,
        uri: str,
        to: str,
        target: Target,
        *,
        route: str | None = None,
    ) -> None:
        """Send the next leg: the same parts, with an info body of our own."""
        server = self._server
        hops = request.max_forwards
        if hops == 0:  # RFC 3261 16.3 item 3: what we originate counts as forwarded
            server.reply(transaction, 483)
            return
        content_type, body = readdress(
            request.first("content-type") or "", request.body, replace(about, client_id=None)
        )
        leg = build_mc_request(
            "MESSAGE",
            server.env.service,
            body,
            server.env.ids,
            uri=uri,
            to=to,
            sender=server.sender,
            route=route,
            content_type=content_type,
            max_forwards=MAX_FORWARDS if hops is None else hops - 1,
        )
        user = _Leg(server, transaction, to_client=route is not None)
        server.endpoint.send_request(leg, target, user)


class _Leg:
    """The user of a leg's transaction: its answer answers the leg before.

    Args:
        server: the server between the two.
        before: the transaction of the leg before.
        to_client: whether the leg goes to a client, through the SIP core.
    """

    __slots__ = ("_before", "_server", "_to_client")

    def __init__(self, server: "McServer", before: ServerTransaction, *, to_client: bool) -> None:
        self._server = server
        self._before = before
        self._to_client = to_client

    def on_response(self, _transaction: ClientTransaction, response: Response) -> None:
        """Take the final answer, and pass on what it says."""
        server, request = self._server, self._before.request
        if response.status < 200:
            return
        warned = [("Warning", value) for value in response.values("warning")]
        if self._to_client and response.status == 404 and not warned:
            server.refuse(self._before, Decision(Reason.NOT_REACHABLE))
            return
        moved = 300 <= response.status < 400
        contacts = [("Contact", v) for v in response.values("contact")] if moved else []
        answer = build_response(
            request,
            response.status,
            response.reason,
            to_tag=server.env.ids.token(),
            fields=[*contacts, *warned],
            content_type=response.first("content-type") if moved and response.body else None,
            body=response.body if moved else b"",
        )
        server.answer(self._before, answer)

    def on_timeout(self, _transaction: ClientTransaction) -> None:
        """Nobody answered: the leg before ends by itself at the same time (RFC 4320 [gen])."""
        self._server.reply(self._before, 480)

    def on_transport_error(self, _transaction: ClientTransaction, reason: str) -> None:
        """The next hop cannot be reached."""
        log.warning("%s: short data could not be sent on: %s", self._server.name, reason)
        self._server.reply(self._before, 503)
