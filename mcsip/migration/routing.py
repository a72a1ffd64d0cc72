"""Whither a message goes: system, server and next hop, from the MC service ID alone.

Clause: TS 23.280 10.6.3.3 steps 3 to 5 and 8 to 10, NOTE 3 (without gateways) [seed]; TR 23.781
6.x.1 NOTE (a gateway on one side only) [seed]. That several MC service servers of a system share
its users by assignment, else by rendezvous hashing, is [ours].
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from mcsip.errors import UsageError
from mcsip.mc.identity import domain_of
from mcsip.mc.roles import Role
from mcsip.migration.decision import Decision, Reason
from mcsip.migration.policy import Agreements


@dataclass(frozen=True, slots=True)
class SystemRoute:
    """What routing knows of an MC system.

    Attributes:
        domain: the system's domain, in lower case.
        servers: names of its MC service servers, at least one.
        gateway: name of its MC gateway server, or None.
        assignments: which server serves which MC service ID, where that is fixed.
    """

    domain: str
    servers: tuple[str, ...]
    gateway: str | None = None
    assignments: Mapping[str, str] = field(default_factory=dict)


class Hop(NamedTuple):
    """The next hop of a message.

    Attributes:
        domain: domain of the system that the node belongs to.
        role: ``MC_GATEWAY`` or ``MC_SERVER``.
        node: the node's name.
    """

    domain: str
    role: Role
    node: str


def _weight(server: str, mc_id: str) -> bytes:
    return blake2b(f"{server}\0{mc_id}".encode("utf-8", "surrogateescape"), digest_size=8).digest()


def serving_server(mc_id: str, servers: Sequence[str], assignments: Mapping[str, str]) -> str:
    """Return the MC service server that serves an ID: the assigned one, else by rendezvous hash.

    The choice is the same in every process, and a server that is added or removed moves only the
    users that it gains or loses.

    Args:
        mc_id: MC service ID of the user in this system.
        servers: names of the system's servers.
        assignments: server by MC service ID, where that is fixed.

    Raises:
        UsageError: there is no server to choose from.
    """
    assigned = assignments.get(mc_id)
    if assigned is not None:
        return assigned
    if len(servers) == 1:
        return servers[0]
    if not servers:
        raise UsageError("an MC system without an MC service server")
    return max(servers, key=lambda server: (_weight(server, mc_id), server))


class Router:
    """The view that one MC system has of the others.

    Args:
        own: domain of this system; one of ``systems``.
        systems: all systems.
        agreements: all agreements.

    Raises:
        UsageError: ``own`` is not among the systems.
    """

    __slots__ = ("_agreements", "_own", "_systems")

    def __init__(self, own: str, systems: Iterable[SystemRoute], agreements: Agreements) -> None:
        self._systems = {system.domain: system for system in systems}
        if own not in self._systems:
            raise UsageError(f"no system has the domain {own}")
        self._own = self._systems[own]
        self._agreements = agreements

    def system_of(self, mc_id: str) -> SystemRoute | None:
        """Return the system whose domain an MC service ID has, or None (10.6.3.3 step 4)."""
        return self._systems.get(domain_of(mc_id))

    def next_hop(self, mc_id: str, *, at: Role, domain: str | None = None) -> Hop | Decision:
        """Return the next hop towards the server of an MC service ID, or why there is none.

        Within the own system that is the serving server (step 5). Towards another system it is
        the own gateway, if there is one and we are not it (step 3), else the other system's
        gateway (step 4), else its server (NOTE 3).

        Args:
            mc_id: the MC service ID that routes the message.
            at: what we are: ``MC_SERVER`` or ``MC_GATEWAY``.
            domain: domain of the system that it goes to, where that is not the ID's: a partner
                that issued none knows its visitor by the primary's (TR 23.781 [seed]).
        """
        domain = domain_of(mc_id) if domain is None else domain
        system = self._systems.get(domain)
        own = self._own
        if system is own:
            return self._server(own, mc_id)
        if at is not Role.MC_GATEWAY and own.gateway is not None:
            return Hop(own.domain, Role.MC_GATEWAY, own.gateway)
        if system is None:
            return Decision(Reason.UNKNOWN_SYSTEM, domain)
        agreement = self._agreements.between(own.domain, system.domain)
        if agreement is None:
            return Decision(Reason.NO_AGREEMENT, f"{own.domain} and {system.domain}")
        if not agreement.interconnection:
            return Decision(Reason.NO_INTERCONNECTION, f"{own.domain} and {system.domain}")
        if system.gateway is not None:
            return Hop(system.domain, Role.MC_GATEWAY, system.gateway)
        return self._server(system, mc_id)

    @staticmethod
    def _server(system: SystemRoute, mc_id: str) -> Hop:
        name = serving_server(mc_id, system.servers, system.assignments)
        return Hop(system.domain, Role.MC_SERVER, name)
