"""Short data at an MC service server: sent on, redirected, delivered, sent back.

``Whereabouts`` says where the target is (TR 23.781 6.x.1 [seed]). A caller is redirected by 302
with the new MC service ID and forwarding reason ``migrated``, as 23.280 10.16.5 has it for private
calls [read].

Each leg is a MESSAGE of its own. Its answer is the answer to the leg before, so that the caller
learns what became of its data [ours; the controlling function of TS 24.282 answers 202 early, 2nd].
Loops end: a system that sent data back does not get it again (482), and Max-Forwards is counted
over all legs (483). Nothing is stored: whoever gets no answer sends again.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mcsip.errors import NetworkError
from mcsip.mc.communication import MIGRATED, Communication, build_communication
from mcsip.mc.request import build_mc_request
from mcsip.mc.services import MCDATA
from mcsip.mc.short_data import ONE_TO_ONE_SDS, parse_short_data, readdress
from mcsip.mc.xml import BodyError
from mcsip.migration.decision import Decision, Reason
from mcsip.migration.routing import Hop
from mcsip.nodes.proxying import route_uri
from mcsip.nodes.whereabouts import Deliver, Redirect, SendOn, Whereabouts
from mcsip.sip.build import MAX_FORWARDS, build_response
from mcsip.sip.message import Request, Response
from mcsip.sip.stack import Target
from mcsip.sip.transaction import ClientTransaction, ServerTransaction
from mcsip.trace import Peer

if TYPE_CHECKING:
    from mcsip.nodes.mc_server import McServer

log = logging.getLogger(__name__)


class DataSide:
    """What an MC service server does with short data.

    Args:
        server: the server.
    """

    def __init__(self, server: "McServer") -> None:
        self._server = server
        self._whereabouts = Whereabouts(server)

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
        admitted = self._whereabouts.admit(request, data.about)
        if isinstance(admitted, Decision):
            server.refuse(transaction, admitted)
            return
        match self._whereabouts.find(admitted):
            case Decision() as refused:
                server.refuse(transaction, refused)
            case Redirect(new_id=new_id):
                self._redirect(transaction, new_id)
            case Deliver(about=about):
                self._deliver(transaction, request, about)
            case SendOn(about=about, hop=hop):
                self._send_on(transaction, request, about, hop)

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
        self._send(transaction, request, said, about.target, about.target, [target], route=route)

    def _send_on(
        self, transaction: ServerTransaction, request: Request, about: Communication, hop: Hop
    ) -> None:
        """Send short data towards the server of its target, in this system or another."""
        server = self._server
        try:
            where = server.env.directory.targets(hop.node)
        except NetworkError as error:
            self._unreachable(transaction, error)
            return
        psi = server.env.directory.psi(hop.node)
        self._send(transaction, request, about, psi, f"sip:{about.target_domain}", where)

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
        targets: Sequence[Target],
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
        server.send_to_any(targets, leg, user)


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
