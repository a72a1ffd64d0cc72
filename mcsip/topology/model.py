"""A topology as the nodes use it: frozen, checked, systems named by their domain where they matter.

A topology file calls systems by short names (``partner``); the policy values of ``migration`` name
them by domain (``partner.example``). Nodes are named ``system.node``, clients by their own name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from mcsip.mc.certificates import SigningCertificate
from mcsip.mc.roles import Role
from mcsip.mc.services import Service
from mcsip.migration.geography import Area
from mcsip.migration.policy import (
    Agreements,
    ForMigrated,
    HomeUser,
    MediaRouting,
    ProvisionedUser,
    VisitorRule,
)
from mcsip.net.lookup import DnsConfig
from mcsip.sip.locate import Wanted
from mcsip.topology.signing import SigningSpec
from mcsip.trace import Mode

LOOPBACK = "127.0.0.1"


class Backend(StrEnum):
    """Whose SIP and RTP a client speaks; the values are those of topology files."""

    SIMULATED = "simulated"
    PJSUA2 = "pjsua2"
    """PJSIP's, in a process of its own: only its neighbours' copies are in the trace."""


@dataclass(frozen=True, slots=True)
class TlsSpec:
    """Certificates of a node, as the file names them.

    Attributes:
        certificate: chain of the node, PEM; None to have one made for the run.
        key: private key of it, PEM.
        ca: certificates of the authorities that peers are trusted by, PEM.
        verify: check peers at all.
        mutual: also ask clients for a certificate (between gateways).
    """

    certificate: Path | None = None
    key: Path | None = None
    ca: Path | None = None
    verify: bool = True
    mutual: bool = False


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A node of an MC system.

    Attributes:
        name: ``system.node``.
        system: name of its system.
        role: SIP core, MC service server, MC gateway server or identity management server.
        transport: "UDP", "TCP" or "TLS": what it sends by, where the message fits.
        host: where it listens.
        port: port number; 0 for a free one.
        psi: its public service identity; ``sip:node@domain`` unless the file says otherwise.
        tls: its certificates; None to have them made where TLS is used.
        mode: whether it is ours, or somebody else's at its host and port.
        lookup: what DNS is asked for to find it; None: it is at its host and port.
    """

    name: str
    system: str
    role: Role
    transport: str = "TCP"
    host: str = LOOPBACK
    port: int = 0
    psi: str = ""
    tls: TlsSpec | None = None
    mode: Mode = Mode.SIMULATED
    lookup: Wanted | None = None

    @property
    def short_name(self) -> str:
        """The name inside its system: ``server`` of ``partner.server``."""
        return self.name.partition(".")[2]


@dataclass(frozen=True, slots=True)
class System:
    """An MC system.

    Attributes:
        name: its name in the file.
        domain: its domain, in lower case.
        nodes: its nodes by full name, in the order of the file.
        users: its own users by MC service ID.
        visitors: whom its initial check lets in (TS 23.280 10.6.3.3 step 2).
        trusted: domains of the systems whose signing certificate it holds (TR 23.700-90).
        certificates: of these, the certificates that come from files, by domain; of a system that
            is not here, it holds what that system signs with.
        signing: what its tokens are signed with; None to have a key made for the run.
        passwords: of its users, by MC service ID, where the file gives them.
        provisioned: users of other systems for whom it holds a profile (TR 23.700-90).
        migrated_users: what it does with calls and data for its users who have migrated.
        media: whither the media of calls goes that leave or enter it.
        functional_aliases: its functional aliases, and who may activate each, by primary MC service
            ID; None: anybody here.
        temporary_identities: whether it issues MC service IDs to visitors (TR 23.781 6.x.1).
        identity_pool: the IDs that it issues; empty: it makes them up.
        service_area: where it serves (TS 23.280 5.2.9.1); None where that is not said.
        store: URL of the registry that its MC service servers share; None: each has its own.
    """

    name: str
    domain: str
    nodes: Mapping[str, NodeSpec]
    users: Mapping[str, HomeUser] = field(default_factory=dict)
    visitors: tuple[VisitorRule, ...] = ()
    trusted: frozenset[str] = frozenset()
    provisioned: tuple[ProvisionedUser, ...] = ()
    migrated_users: ForMigrated = ForMigrated.FORWARD
    media: MediaRouting = MediaRouting.DIRECT
    functional_aliases: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    temporary_identities: bool = True
    identity_pool: tuple[str, ...] = ()
    service_area: Area | None = None
    store: str | None = field(default=None, repr=False)
    certificates: Mapping[str, tuple[SigningCertificate, ...]] = field(default_factory=dict)
    signing: SigningSpec | None = None
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)

    def with_role(self, role: Role) -> tuple[NodeSpec, ...]:
        """Return the nodes of a role, in the order of the file."""
        return tuple(node for node in self.nodes.values() if node.role is role)

    @property
    def servers(self) -> tuple[NodeSpec, ...]:
        """The MC service servers; at least one."""
        return self.with_role(Role.MC_SERVER)

    @property
    def gateway(self) -> NodeSpec | None:
        """The MC gateway server, or None."""
        return next(iter(self.with_role(Role.MC_GATEWAY)), None)

    @property
    def idms(self) -> NodeSpec | None:
        """The identity management server, or None: then it is there without an endpoint."""
        return next(iter(self.with_role(Role.IDMS)), None)

    @property
    def core(self) -> NodeSpec | None:
        """The SIP core, or None."""
        return next(iter(self.with_role(Role.SIP_CORE)), None)


@dataclass(frozen=True, slots=True)
class ClientSpec:
    """An MC service client.

    Attributes:
        name: its name.
        system: name of the primary system of its user.
        mc_id: MC service ID in the primary system: its user's, or what it presents.
        transport: "UDP", "TCP" or "TLS".
        host: where it listens.
        port: port number; 0 for a free one.
        tls: its certificates; None to have them made where TLS is used.
        oauth_id: how identity management servers know it; None to have it made.
        oauth_secret: what it proves that with; None to have it made.
        mode: whether it is ours, or somebody else's at its host and port.
        backend: whose SIP and RTP it speaks, where it is ours.
    """

    name: str
    system: str
    mc_id: str
    transport: str = "TCP"
    host: str = LOOPBACK
    port: int = 0
    tls: TlsSpec | None = None
    oauth_id: str | None = None
    oauth_secret: str | None = field(default=None, repr=False)
    mode: Mode = Mode.SIMULATED
    backend: Backend = Backend.SIMULATED

    @property
    def seen_as(self) -> Mode:
        """How it is seen in a trace: what speaks with another's SIP is judged as another's."""
        borrowed = self.mode is Mode.SIMULATED and self.backend is not Backend.SIMULATED
        return Mode.SUT if borrowed else self.mode


@dataclass(frozen=True, slots=True)
class Topology:
    """Everything that a run needs to know before it starts.

    Attributes:
        file: name of the file.
        service: the MC service of the run.
        transport: "UDP", "TCP" or "TLS" for every node that does not say otherwise.
        systems: the systems by name, in the order of the file.
        agreements: the agreements, found by domain.
        clients: the clients by name, in the order of the file.
        title: for people; the file's name when it has none.
        dns: whom to ask where nodes of other systems are; None: nobody.
        nodes: all nodes by full name, in the order of the file.
    """

    file: str
    service: Service
    transport: str
    systems: Mapping[str, System]
    agreements: Agreements
    clients: Mapping[str, ClientSpec]
    title: str = ""
    dns: DnsConfig | None = None
    nodes: dict[str, NodeSpec] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        nodes = {node.name: node for each in self.systems.values() for node in each.nodes.values()}
        object.__setattr__(self, "nodes", nodes)

    @property
    def parties(self) -> list[str]:
        """The names of all that may send and receive: clients, then nodes."""
        return [*self.clients, *self.nodes]

    def mode(self, name: str) -> Mode:
        """Return whether a node or client is ours; raises KeyError when there is none."""
        spec = self.clients.get(name)
        return self.nodes[name].mode if spec is None else spec.mode

    @property
    def foreign(self) -> list[str]:
        """The names of the nodes and clients that are not ours, in the order of ``parties``."""
        return [name for name in self.parties if self.mode(name).is_foreign]

    @property
    def borrowed(self) -> list[str]:
        """The names of the clients of ours that speak with another's SIP, in their order."""
        return [
            name
            for name, client in self.clients.items()
            if client.seen_as.is_foreign and not client.mode.is_foreign
        ]

    def traces(self, name: str) -> bool:
        """Tell whether a node or client itself traces what it sends and gets."""
        spec = self.clients.get(name)
        return not (self.nodes[name].mode if spec is None else spec.seen_as).is_foreign

    def system_of(self, node: str) -> System:
        """Return the system of a node; raises KeyError when there is no such node."""
        return self.systems[self.nodes[node].system]

    def with_domain(self, domain: str) -> System | None:
        """Return the system that has a domain, or None."""
        wanted = domain.lower()
        return next((each for each in self.systems.values() if each.domain == wanted), None)
