"""One endpoint for many clients, so that thousands of users need neither as many sockets nor ports.

Every client behind a host has a Contact of its own: its label stands in the user part, and what is
sent to that Contact is handed to the client. Answers find their way by their transactions. That
several users are reached at one address is nothing special in SIP: a Contact is a URI (RFC 3261
8.1.1.8).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from mcsip.mc.roles import Role
from mcsip.nodes.base import Node
from mcsip.nodes.environment import Environment
from mcsip.sip.build import build_response
from mcsip.sip.message import Request
from mcsip.sip.transaction import ServerTransaction
from mcsip.sip.uri import SipUri
from mcsip.topology import ClientSpec
from mcsip.trace import NodeInfo

if TYPE_CHECKING:
    from mcsip.nodes.client import Client


class ClientHost(Node):
    """An endpoint that many clients share.

    Args:
        spec: where it listens and how; its name is no client's.
        env: what all nodes have in common.
    """

    def __init__(self, spec: ClientSpec, env: Environment) -> None:
        super().__init__(spec, env, Role.CLIENT)
        self._guests: dict[str, Client] = {}
        self._taken_in = 0

    def info(self) -> NodeInfo:
        """Return what reports need to know of it: it is no node of the topology."""
        service = self.env.service.key
        return NodeInfo(self.name, self.spec.system, Role.CLIENT, service, self.domain)

    def take_in(self, client: "Client") -> str:
        """Let a client be reached here; return its label, which stands in its Contact."""
        self._taken_in += 1
        label = f"u{self._taken_in}"
        self._guests[label] = client
        return label

    def let_go(self, label: str) -> None:
        """Let a client be reached here no longer."""
        self._guests.pop(label, None)

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        """Hand a request to its client; 404 where there is none (RFC 3261 8.2.2.1)."""
        client = self._guest(request)
        if client is None:
            token = self.env.ids.token()
            self.answer(transaction, build_response(request, 404, to_tag=token))
        else:
            client.on_request(transaction, request)

    def on_ack(self, request: Request) -> None:
        """Hand an ACK to its client."""
        client = self._guest(request)
        if client is not None:
            client.on_ack(request)

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:
        """Hand a CANCEL, which has been answered, to its client."""
        client = self._guest(request)
        if client is not None:
            client.on_cancel(transaction, request)

    def _guest(self, request: Request) -> "Client | None":
        uri = request.target
        return self._guests.get(uri.user or "") if isinstance(uri, SipUri) else None


def make_hosts(
    specs: Iterable[ClientSpec], env: Environment, count: int
) -> Mapping[str, ClientHost]:
    """Return the host of each client: clients that differ in nothing else share ``count`` hosts.

    They are of one system, and have one transport, address and certificate.

    Args:
        specs: the clients.
        env: what all nodes have in common.
        count: how many hosts each such group gets, from 1.
    """
    groups: dict[ClientSpec, list[ClientSpec]] = {}
    for spec in specs:
        alike = ClientSpec("", spec.system, "", spec.transport, spec.host, tls=spec.tls)
        groups.setdefault(alike, []).append(spec)
    hosts: dict[str, ClientHost] = {}
    number = 0
    for alike, members in groups.items():
        made: list[ClientHost] = []
        for _ in range(min(count, len(members))):
            number += 1
            made.append(ClientHost(replace(alike, name=f"users-{number}"), env))
        for index, spec in enumerate(members):
            hosts[spec.name] = made[index % len(made)]
    return hosts
