"""The MC gateway server: a stateful proxy between MC systems (TS 23.280 7.4.2.3.4 [2nd]).

It finds the system and the server of a message from the MC service ID in its body (10.6.3.3 steps 4
and 5 [seed]), rewrites the Request-URI, forwards, and shows nothing of its own system outside. What
it cannot route it refuses: 404 for an unknown system, 403 with Warning 179 without an agreement.
"""

import logging

from mcsip.errors import NetworkError
from mcsip.mc.communication import read_communication
from mcsip.mc.identity import IdentityError
from mcsip.mc.info import Info, read_routing
from mcsip.mc.roles import Role
from mcsip.mc.services import Service
from mcsip.mc.xml import BodyError
from mcsip.migration.decision import Decision, Reason
from mcsip.migration.routing import Hop, Router
from mcsip.nodes.bodies import MULTIPART, asserted_identity, info_part, is_short_data
from mcsip.nodes.environment import Environment
from mcsip.nodes.hiding import topology_hiding
from mcsip.nodes.origin import Credentials, check_origin
from mcsip.nodes.proxying import ProxyNode
from mcsip.nodes.refusal import refuse
from mcsip.nodes.routes import router_of
from mcsip.sip.build import build_response
from mcsip.sip.message import Request
from mcsip.sip.proxy.hiding import TopologyHiding
from mcsip.sip.proxy.policy import Side as Way
from mcsip.sip.transaction import ServerTransaction
from mcsip.topology import NodeSpec

log = logging.getLogger(__name__)


class McGateway(ProxyNode):
    """The MC gateway server of one MC system.

    Args:
        spec: its entry in the topology.
        env: what all nodes have in common.
        secret: key of the tokens that hide the topology, 32 octets.
    """

    def __init__(self, spec: NodeSpec, env: Environment, secret: bytes) -> None:
        super().__init__(spec, env, Role.MC_GATEWAY)
        self._secret = secret
        self._router: Router = router_of(env.topology, self.domain)
        self._credentials = Credentials(self)

    def make_hiding(self) -> TopologyHiding:
        """Return the hiding of our own system."""
        return topology_hiding(self.env.directory, self.name, self._secret)

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        """Forward a request towards the system and server of its MC service ID."""
        received = self.receive(transaction, request)
        if received is None:
            return
        refused = self._credentials.check(request, transaction.source)
        if refused is not None:
            self._refuse(transaction, refused)
            return
        try:
            part = info_part(received)
            if part is None:
                self._reply(transaction, 404, "no info body to route by")
                return
            if received.method == "INVITE" or (
                received.content_type == MULTIPART and is_short_data(received)
            ):
                self._on_communication(transaction, received, part)
                return
            info = read_routing(part[1], part[0])
            mc_id, domain = info.target_id, info.target_domain
            if mc_id is None or domain is None:
                self._reply(transaction, 400, "no MC service ID to route by")
                return
            hop = self._router.next_hop(mc_id, at=Role.MC_GATEWAY, domain=domain)
            inward = domain == self.domain
            refused = self._check_origin(received, info, inward=inward)
        except (BodyError, IdentityError) as fault:
            self._reply(transaction, fault.status, fault.message)
            return
        if isinstance(hop, Decision):
            self._refuse(transaction, hop)
            return
        if refused is not None:
            self._refuse(transaction, refused)
            return
        self._forward(transaction, received, hop, inward=inward)

    def _on_communication(
        self, transaction: ServerTransaction, request: Request, part: tuple[Service, bytes]
    ) -> None:
        """Forward a call or short data towards the server of its target (TR 23.781 6.x.2 [seed]).

        Raises:
            BodyError: the info body cannot be read, or names no target.
            IdentityError: the target is no MC service ID.
        """
        said = read_communication(part[1], part[0])
        domain = said.target_domain
        if said.target is None or domain is None:
            raise BodyError("no MC service ID to route by")
        hop = self._router.next_hop(said.target, at=Role.MC_GATEWAY, domain=domain)
        if isinstance(hop, Decision):
            self._refuse(transaction, hop)
            return
        inward = domain == self.domain
        if inward and (refused := self._check_sender(request)) is not None:
            self._refuse(transaction, refused)
            return
        self._forward(transaction, request, hop, inward=inward)

    def _check_sender(self, request: Request) -> Decision | None:
        """Refuse what a system without an agreement sends: the one that asserts who sends."""
        node = self.env.directory.node_of_psi(asserted_identity(request) or "")
        if node is None:
            return Decision(Reason.NO_AGREEMENT, "the sender is no server that we know")
        return self._check_agreement(self.env.topology.system_of(node).domain)

    def _forward(
        self, transaction: ServerTransaction, received: Request, hop: Hop, *, inward: bool
    ) -> None:
        """Forward a request to the next hop."""
        try:
            target, *others = self.env.directory.targets(hop.node)
        except NetworkError as fault:
            log.warning("%s: %s", self.name, fault)
            self._reply(transaction, 503)
            return
        psi = self.env.directory.psi(hop.node)
        elsewhere = [(other, psi) for other in others]  # RFC 3263 4.3
        self.proxy.forward(
            transaction,
            received,
            target,
            uri=psi,
            side=Way.INWARD if inward else Way.OUTWARD,
            otherwise=[*elsewhere, *self.env.directory.stand_ins(hop.node)],
        )

    def _check_origin(self, request: Request, info: Info, *, inward: bool) -> Decision | None:
        """Refuse what comes from a system without an agreement, or not from where it says.

        TS 23.280 5.2.9.1 [seed]; RFC 3325 5 for who says so [ours].
        """
        origin = info.origin_domain
        if origin is None:  # the server refuses it, which knows what the message must carry
            return None
        refused = self._check_agreement(origin) if inward else None
        return refused or check_origin(self.env.directory, request, info)

    def _check_agreement(self, origin: str) -> Decision | None:
        agreement = self.env.topology.agreements.between(self.domain, origin)
        if agreement is None:
            return Decision(Reason.NO_AGREEMENT, f"{self.domain} and {origin}")
        if not agreement.interconnection:
            return Decision(Reason.NO_INTERCONNECTION, f"{self.domain} and {origin}")
        return None

    def _refuse(self, transaction: ServerTransaction, decision: Decision) -> None:
        self.note("", "TS 23.280 10.6.3.3", f"refused: {decision.text}")
        token = self.env.ids.token()
        self.answer(transaction, refuse(transaction.request, decision, self.domain, token))

    def _reply(
        self, transaction: ServerTransaction, status: int, reason: str | None = None
    ) -> None:
        token = self.env.ids.token()
        response = build_response(transaction.request, status, reason, to_tag=token)
        self.answer(transaction, response)
