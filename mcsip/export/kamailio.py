"""Kamailio in the place of a node: the configuration that makes it one, from a topology.

Three places are known. A *core* is registrar and proxy of one system, as ``nodes.sip_core`` is: it
routes to nodes by their public service identity and to users by where they registered, and asserts
who they are. A *gateway* forwards between its system and the others, and hides with ``topoh`` where
its own is. A *relay* stands before the gateways of several systems and passes on what they send
each other; no node of the topology has its address.

Kamailio routes by header fields, ours by the MC service ID in the body. Here the domain of To says
where a request goes, which our servers write there, and P-Asserted-Identity whence it comes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

from mcsip.errors import UsageError
from mcsip.sip.host import host_port_text
from mcsip.topology import NodeSpec, System, Topology
from mcsip.topology.address import Address
from mcsip.topology.infos import psi_in

_TEMPLATES = files("mcsip.export") / "templates"
_QUOTABLE = re.compile(r"[^\"\\\x00-\x1f\x7f]+").fullmatch
_CORE_MODULES = ("usrloc", "registrar")
# The newest binding of a user counts, as it does at our own SIP core.
_CORE_PARAMETERS = (
    ("usrloc", "db_mode", "0"),
    ("usrloc", "use_domain", "1"),
    ("usrloc", "desc_time_order", "1"),
    ("registrar", "append_branches", "0"),
    ("registrar", "default_expires", "3600"),
    ("registrar", "max_expires", "3600"),
)
_HIDING_MODULES = ("topoh",)


class Place(StrEnum):
    """What Kamailio is to be."""

    CORE = "core"
    GATEWAY = "gateway"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Target:
    """Where Kamailio sends to.

    Attributes:
        domain: domain of its system.
        pattern: the same as a regular expression.
        identity: its public service identity.
        uri: where it is, as Kamailio has a destination.
    """

    domain: str
    pattern: str
    identity: str
    uri: str


def export_core(topology: Topology, system: System) -> str:
    """Return the configuration of the SIP core of a system.

    Args:
        topology: the topology; its nodes have addresses.
        system: the system.

    Raises:
        UsageError: the system has no SIP core, or a node has no address.
    """
    if system.core is None:
        raise UsageError(f"{system.name} has no SIP core in {topology.file}")
    own = {system.domain}
    if not system.temporary_identities:
        own |= {rule.from_domain for rule in system.visitors}
    return _render(
        "core.cfg",
        title=f"{system.core.name}: SIP core of {system.domain}",
        file=f"{system.core.name}.cfg",
        listen=_listen(system.core),
        modules=_CORE_MODULES,
        parameters=_CORE_PARAMETERS,
        registered="|".join(re.escape(domain) for domain in sorted(own)),
        icsi=topology.service.icsi,
        targets=[
            _target(topology, node) for node in system.nodes.values() if node is not system.core
        ],
    )


def export_gateway(topology: Topology, system: System, *, secret: str) -> str:
    """Return the configuration of the MC gateway server of a system, with topology hiding.

    Args:
        topology: the topology; its nodes have addresses.
        system: the system.
        secret: what ``topoh`` masks with.

    Raises:
        UsageError: the system has no gateway or several servers, or a node has no address.
    """
    if not _QUOTABLE(secret):
        raise UsageError("the key that hides the topology cannot stand in a configuration")
    if system.gateway is None:
        raise UsageError(f"{system.name} has no MC gateway server in {topology.file}")
    if len(system.servers) > 1:
        raise UsageError(
            f"{system.name} has {len(system.servers)} MC service servers: only the body of a"
            " request says which one it is for, and Kamailio routes by header fields"
        )
    outer = [
        _target(topology, other.gateway or other.servers[0])
        for other in topology.systems.values()
        if other is not system and _interconnected(topology, system, other)
    ]
    return _render(
        "gateway.cfg",
        title=f"{system.gateway.name}: MC gateway server of {system.domain}",
        file=f"{system.gateway.name}.cfg",
        listen=_listen(system.gateway),
        modules=_HIDING_MODULES,
        parameters=(("topoh", "mask_key", f'"{secret}"'), ("topoh", "mask_callid", "0")),
        domain=system.domain,
        domain_pattern=re.escape(system.domain),
        own=psi_in(topology, system.gateway),
        inner=_target(topology, system.servers[0]),
        outer=outer,
    )


def export_relay(topology: Topology, at: Address) -> str:
    """Return the configuration of a relay before the gateways of all systems.

    Args:
        topology: the topology; its gateways have addresses.
        at: where the relay listens.

    Raises:
        UsageError: a gateway has no address, or there are fewer than two.
    """
    gateways = [system.gateway for system in topology.systems.values() if system.gateway]
    if len(gateways) < 2:
        raise UsageError(
            f"a relay stands between two gateways; {topology.file} has {len(gateways)}"
        )
    place = host_port_text(at.host, at.port)
    return _render(
        "relay.cfg",
        title="A relay between the MC gateway servers",
        file="relay.cfg",
        listen=_both(place),
        modules=(),
        parameters=(),
        targets=[_target(topology, gateway) for gateway in gateways],
    )


def _interconnected(topology: Topology, one: System, other: System) -> bool:
    agreement = topology.agreements.between(one.domain, other.domain)
    return agreement is not None and agreement.interconnection


def _place(node: NodeSpec) -> str:
    if not node.port:
        raise UsageError(f"{node.name} has no address in the topology: give it an 'address'")
    if node.transport == "TLS":
        raise UsageError(f"{node.name} sends by TLS: this export knows UDP and TCP")
    return host_port_text(node.host, node.port)


def _listen(node: NodeSpec) -> list[str]:
    return _both(_place(node))


def _both(place: str) -> list[str]:
    """Return a place for either transport: what is too large for UDP comes by TCP."""
    return [f"{transport}:{place}" for transport in ("udp", "tcp")]


def _target(topology: Topology, node: NodeSpec) -> Target:
    domain, identity = topology.systems[node.system].domain, psi_in(topology, node)
    if not _QUOTABLE(identity):
        raise UsageError(f"the identity {identity} of {node.name} cannot stand in a configuration")
    transport = "" if node.transport == "UDP" else f";transport={node.transport.lower()}"
    uri = f"sip:{_place(node)}{transport}"
    return Target(domain, re.escape(domain), identity, uri)


def _render(template: str, **known: object) -> str:
    environment = Environment(  # noqa: S701  # no HTML
        loader=FunctionLoader(lambda name: (_TEMPLATES / name).read_text("utf-8")),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    values: Mapping[str, object] = known
    return environment.get_template(template).render(values)
