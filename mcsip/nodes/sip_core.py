"""The SIP core of an MC system: registrar and proxy (RFC 3261 sections 10 and 16).

It stands between clients and MC service servers. A request for its domain goes to the node whose
public service identity the Request-URI is, or to the contact of the user who registered with it.
From a registered user it asserts the identity (RFC 3325 5 [gen]) and the service that the user
prefers (RFC 6050 5.1.2 [gen]); what a client asserts by itself is removed, and no preference goes
on.
"""

import logging

from mcsip.errors import NetworkError
from mcsip.mc.roles import Role
from mcsip.nodes.environment import Environment
from mcsip.nodes.proxying import ProxyNode
from mcsip.nodes.registrar import Binding, Registrar, address_of_record
from mcsip.sip.build import build_response
from mcsip.sip.message import Request
from mcsip.sip.stack import Source, Target
from mcsip.sip.transaction import ServerTransaction
from mcsip.sip.uas import Capabilities, check_request
from mcsip.sip.uri import SipUri
from mcsip.topology import NodeSpec

log = logging.getLogger(__name__)

REGISTRAR_CAPABILITIES = Capabilities(methods=frozenset({"REGISTER"}))
_SAID_BY_CLIENTS = (
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "P-Asserted-Service",
    "P-Preferred-Service",
)


class SipCore(ProxyNode):
    """The SIP core of one MC system.

    Args:
        spec: its entry in the topology.
        env: what all nodes have in common.
    """

    def __init__(self, spec: NodeSpec, env: Environment) -> None:
        super().__init__(spec, env, Role.SIP_CORE)
        self.registrar = Registrar(self.domain, self._visitors_from())
        self._from_servers = [
            f"\r\nP-Asserted-Identity: <{env.directory.psi(server.name)}>\r\n".encode()
            for server in self.system.servers
        ]

    def _visitors_from(self) -> frozenset[str]:
        """Return the systems whose users keep the IDs of their primary here."""
        if self.system.temporary_identities:
            return frozenset()
        return frozenset(rule.from_domain for rule in self.system.visitors)

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        """Register, or forward."""
        if request.method == "REGISTER":
            self._register(transaction, request)
            return
        received = self.receive(transaction, request)
        if received is None:
            return
        chosen = self._choose(received)
        if isinstance(chosen, int):
            token = self.env.ids.token()
            response = build_response(request, chosen, to_tag=token)
            self.answer(transaction, response)
            return
        target, uri = chosen
        node = self.env.directory.node_of_psi(received.uri) if uri is None else None
        asserted = self._asserted(received, transaction.source, to_node=uri is None)
        otherwise = self.env.directory.stand_ins(node) if node is not None else ()
        self.proxy.forward(transaction, asserted, target, uri=uri, otherwise=otherwise)

    def favours(self, data: bytes) -> bool:
        """Tell whether a request goes before others under load: it comes from our own server.

        What a server tells a client ends what the client asked for. A client that asserts the
        server's identity goes before others too, and no more (see ``_asserted``).
        """
        return super().favours(data) or any(mark in data for mark in self._from_servers)

    def _register(self, transaction: ServerTransaction, request: Request) -> None:
        token = self.env.ids.token()
        response = check_request(request, REGISTRAR_CAPABILITIES, token)
        if response is None:
            now = self.endpoint.now()
            response = self.registrar.handle_register(request, transaction.source, now, token)
        self.answer(transaction, response)

    def _choose(self, request: Request) -> tuple[Target, str | None] | int:
        """Return target and new Request-URI, or the status that refuses (RFC 3261 16.5)."""
        node = self.env.directory.node_of_psi(request.uri)
        if node is not None and self.env.topology.nodes[node].system == self.spec.system:
            return self._node_target(node)
        uri = request.target
        if not isinstance(uri, SipUri) or not self.registrar.is_for(uri):
            return 404
        bindings = self.registrar.bindings(uri, self.endpoint.now())
        if not bindings:
            return 404
        return bindings[0].target, bindings[0].uri

    def _node_target(self, node: str) -> tuple[Target, None] | int:
        try:
            return self.target_of(node), None
        except NetworkError as fault:
            log.warning("%s: %s", self.name, fault)
            return 503

    def _asserted(self, request: Request, source: Source, *, to_node: bool) -> Request:
        """Return a client's request with the identity that it registered with (RFC 3325 5 [gen]).

        Clients are those who registered from where the request came, and whoever else sends to a
        node: what these assert by themselves is not believed. The rest comes from our own nodes.
        The preferred service becomes the asserted one when it is the service of this system (RFC
        6050 5.1.2 [gen]).
        """
        identity = self._registered_identity(request, source)
        if identity is None and not to_node:
            return request
        draft = request.edit()
        for name in _SAID_BY_CLIENTS:
            draft.remove(name)
        if identity is not None:
            draft.append("P-Asserted-Identity", f"<{identity}>")
            icsi = self.env.topology.service.icsi
            if icsi in request.items("p-preferred-service"):
                draft.append("P-Asserted-Service", icsi)
        return draft.finish()

    def _registered_identity(self, request: Request, source: Source) -> str | None:
        """Return the identity in From when the source registered with it, or None."""
        uri = request.from_.uri
        if not isinstance(uri, SipUri):
            return None
        bindings = self.registrar.bindings(uri, self.endpoint.now())
        if any(_is_from(binding, source) for binding in bindings):
            return address_of_record(uri)
        return None


def _is_from(binding: Binding, source: Source) -> bool:
    """Tell whether a request came from where a binding points to."""
    target = binding.target
    if source.flow is not None and target.flow is not None:
        return target.flow == source.flow
    return target.host == source.host and (source.flow is not None or target.port == source.port)
