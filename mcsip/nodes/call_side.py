"""Private calls at an MC service server: delivered, sent on, redirected, sent back.

``Whereabouts`` says where the callee is (TR 23.781 6.x.1, TS 23.280 10.16.5). A call goes on as a
call of the server's own, joined to the one that came in by a ``Bridge``; a redirection is 302 with
the new MC service ID in Contact, and an info body with forwarding reason ``migrated`` [ours: the
form of the private call redirection was not obtainable].

Loops end as those of short data: a system that sent a call back does not get it again (482), and
Max-Forwards is counted over all legs (483). Nothing is stored: a call ends with its server.
"""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from mcsip.errors import McsipError, NetworkError, PeerError
from mcsip.mc.communication import MIGRATED, Communication, build_communication
from mcsip.mc.private_call import (
    CALL_SERVICES,
    SDP_TYPE,
    CallBody,
    build_call_body,
    parse_call_body,
)
from mcsip.mc.request import mc_fields
from mcsip.mc.roles import Role
from mcsip.migration.decision import Decision, Reason
from mcsip.migration.policy import MediaRouting
from mcsip.net.rtp import RelaySide, RelayTable
from mcsip.nodes.bodies import asserted_identity, content_types, info_service
from mcsip.nodes.call_agent import CallAgent, LiveCall
from mcsip.nodes.call_bridge import Bridge, refusal
from mcsip.nodes.call_setup import make_agent
from mcsip.nodes.media_anchor import MediaAnchor
from mcsip.nodes.proxying import route_uri
from mcsip.nodes.refusal import failure_fields
from mcsip.nodes.whereabouts import Deliver, Redirect, SendOn, Where, Whereabouts
from mcsip.sip.call import Call
from mcsip.sip.call_events import CALL_METHODS, CallEvent, Ended, Invitation, Invited, Reply
from mcsip.sip.dialog import Body
from mcsip.sip.message import Request
from mcsip.sip.proxy.policy import MAX_FORWARDS
from mcsip.sip.transaction import ServerTransaction
from mcsip.sip.uas import Capabilities
from mcsip.store.port import StoreError
from mcsip.trace import Peer

if TYPE_CHECKING:
    from mcsip.nodes.mc_server import McServer

log = logging.getLogger(__name__)

ANCHORING = "TS 23.280 5.2.9.1"


class CallSide:
    """What an MC service server does with private calls.

    Args:
        server: the server.
    """

    def __init__(self, server: "McServer") -> None:
        self._server = server
        self._capabilities = Capabilities(CALL_METHODS, content_types(server.env.service, SDP_TYPE))
        self._whereabouts = Whereabouts(server)
        self._agent: CallAgent | None = None
        self._bridges: dict[Call, Bridge] = {}
        self._relays = RelayTable(server.env.media_ports, self._on_media)

    @property
    def agent(self) -> CallAgent:
        """Makes and takes the calls; only while the server runs."""
        assert self._agent is not None, f"{self._server.name} is not running"
        return self._agent

    @property
    def open_calls(self) -> int:
        """How many legs have not ended."""
        return len(self._bridges)

    def start(self) -> None:
        """Be ready for calls."""
        self._agent = make_agent(self._server, self._on_event)

    def stop(self) -> None:
        """Forget all calls, as a crash would."""
        if self._agent is not None:
            self._agent.stop()
        self._agent = None
        self._bridges.clear()
        self._relays.close_all()

    # --- for the server

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        """Take a request that is about calls, other than ACK and CANCEL."""
        server, known = self._server, self._capabilities
        if not server.is_acceptable(transaction, request, known):
            return
        if info_service(request) in {None, server.env.service}:
            self.agent.on_request(transaction, request)
        else:
            server.refuse_content(transaction, known)

    def on_ack(self, request: Request) -> None:
        """Take an ACK to a 2xx."""
        self.agent.on_ack(request)

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:
        """Take a CANCEL that has been answered."""
        self.agent.on_cancel(transaction, request)

    # --- calls

    def _on_event(self, live: LiveCall, event: CallEvent) -> None:
        if isinstance(event, Invited):
            self._invited(live, event.request)
            return
        bridge = self._bridges.get(live.call)
        if bridge is not None:
            bridge.on_event(live, event)
            if isinstance(event, Ended):
                self._bridges.pop(live.call, None)

    def _invited(self, live: LiveCall, request: Request) -> None:
        """Find out where a call goes, and answer it or make the next leg."""
        server = self._server
        try:
            call = self._read(request)
            admitted = self._admit(request, call.about)
            where = admitted if isinstance(admitted, Decision) else self._find(admitted)
            self._act(live, request, call, where)
        except PeerError as fault:
            self._refuse(live, Reply(fault.status, fault.message))
        except NetworkError as error:
            log.warning("%s: %s", server.name, error)
            self._refuse(live, Reply(503))
        except StoreError as error:
            log.error("%s: %s", server.name, error)  # noqa: TRY400  # no bug of ours: one line
            status, fields = failure_fields(error, server.env.limits.retry_after_s)
            self._refuse(live, Reply(status, fields=fields))

    def _read(self, request: Request) -> CallBody:
        """Return what an INVITE asks for; without a target in its body, its Request-URI names it.

        Raises:
            BodyError: the body cannot be read.
        """
        service = self._server.env.service
        call = parse_call_body(request.first("content-type") or "", request.body, service)
        if call.about.target is None and request.uri != self._server.psi:
            return replace(call, about=replace(call.about, target=request.uri))
        return call

    def _admit(self, request: Request, about: Communication) -> Communication | Decision:
        if self._server.env.service not in CALL_SERVICES:
            return Decision(Reason.NO_PRIVATE_CALL)
        return self._whereabouts.admit(request, about)

    def _find(self, about: Communication) -> Where:
        return self._whereabouts.find(about)

    def _act(self, live: LiveCall, request: Request, call: CallBody, where: Where) -> None:
        """Do with a call what was decided.

        Raises:
            NetworkError: the next hop has no address.
        """
        match where:
            case Decision():
                self._refuse(live, refusal(where, self._server.agent))
            case Redirect(new_id=new_id):
                self._refuse(live, self._redirection(new_id))
            case Deliver(about=about):
                core = self._server.system.core
                if core is None or about.target is None:
                    self._refuse(live, refusal(Decision(Reason.NOT_REACHABLE), self._server.agent))
                    return
                target = self._server.target_of(core.name)
                route = f"<{route_uri(Peer(target.host, target.port), target.transport)}>"
                said = replace(about, partner_system=None, returned_by=())
                invitation = Invitation(about.target, "", routes=(route,), target=target)
                self._bridge(live, request, replace(call, about=said), invitation)
            case SendOn(about=about, hop=hop):
                psi = self._server.env.directory.psi(hop.node)
                to = f"<sip:{about.target_domain}>"
                target = self._server.target_of(hop.node)
                invitation = Invitation(psi, "", to=to, target=target)
                self._bridge(live, request, replace(call, about=about), invitation)

    def _bridge(
        self, live: LiveCall, request: Request, call: CallBody, invitation: Invitation
    ) -> None:
        """Make the next leg, and join it to the one that came in."""
        server = self._server
        hops = request.max_forwards
        if hops == 0:  # RFC 3261 16.3 item 3: what we originate counts as forwarded
            self._refuse(live, Reply(483))
            return
        anchor = self._anchor(request, invitation)
        wanted = replace(
            invitation,
            from_=f"<{server.psi}>",
            fields=mc_fields(server.env.service, server.sender),
            follow=False,
            max_forwards=MAX_FORWARDS if hops is None else hops - 1,
        )
        bridge = Bridge(live, server.agent, anchor)
        try:
            sdp = call.sdp
            if anchor is not None and sdp is not None:
                sdp = anchor.carry(sdp, RelaySide.A)
            body = build_call_body(CallBody(replace(call.about, client_id=None), sdp))
            after = self.agent.call(replace(wanted, body=Body(*body)))
        except (McsipError, ValueError):
            if anchor is not None:
                anchor.close()
            raise
        bridge.join(after, to_client=bool(invitation.routes))
        self._bridges[live.call] = self._bridges[after.call] = bridge

    # --- media

    def _anchor(self, request: Request, invitation: Invitation) -> MediaAnchor | None:
        """Return what relays the media of a call between two systems, where ours wants that."""
        server = self._server
        if server.system.media is not MediaRouting.ANCHOR:
            return None
        sender = server.env.directory.node_of_psi(asserted_identity(request) or "")
        onward = server.env.directory.node_of_psi(invitation.uri)
        if not any(node and self._leads_outside(node) for node in (sender, onward)):
            return None
        host = server.endpoint.address(server.spec.transport).host
        server.note("", ANCHORING, "the media of the call goes through this MC system")
        return MediaAnchor(self._relays, request.call_id, host)

    def _leads_outside(self, node: str) -> bool:
        """Tell whether a neighbour is of another system, or our way there."""
        spec = self._server.env.topology.nodes[node]
        return spec.system != self._server.spec.system or spec.role is Role.MC_GATEWAY

    def _on_media(self, source: Peer, target: Peer, data: bytes) -> None:
        """Log a packet of media (TS 23.280 5.2.9.1)."""
        env = self._server.env
        if env.trace is not None:
            env.trace.append_media(env.clock.now(), self._server.name, source, target, data)

    # --- answers

    def _refuse(self, live: LiveCall, reply: Reply) -> None:
        log.info(
            "%s: a call was refused: %d %s", self._server.name, reply.status, reply.reason or ""
        )
        live.refuse(reply)

    def _redirection(self, new_id: str) -> Reply:
        """Return the answer that tells the caller the new MC service ID (RFC 3261 21.3.3)."""
        service = self._server.env.service
        said = Communication(service, target=new_id, forwarding_reason=MIGRATED)
        body = Body(service.content_type, build_communication(said))
        return Reply(302, None, (("Contact", f"<{new_id}>"),), body)
