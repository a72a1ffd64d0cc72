"""The shape of a topology file. Each model is one mapping; ``docs/schema`` publishes them.

What a file refers to (systems, users, addresses) is checked in ``check``.
"""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from mcsip.filemodel import FileModel, no_entries, no_items
from mcsip.topology.areas import AreaFile

Transport = Literal["udp", "tcp", "tls"]
ServiceKey = Literal["mcptt", "mcvideo", "mcdata"]
BackendKey = Literal["simulated", "pjsua2"]
ModeKey = Literal["simulated", "sut", "observed"]
RoleKey = Literal["sip-core", "mc-server", "mc-gateway", "idms"]


class TlsFile(FileModel):
    """Certificates of a node; file names are relative to the topology file."""

    certificate: str | None = Field(None, description="PEM file: the node's certificate chain.")
    key: str | None = Field(None, description="PEM file: the private key of the certificate.")
    ca: str | None = Field(None, description="PEM file: the authorities that peers are trusted by.")
    verify: bool = Field(default=True, description="Check the certificates of peers.")
    mutual: bool = Field(default=False, description="Also ask clients for a certificate.")


class SigningFile(FileModel):
    """The signing key of a system's identity management; files are relative to the topology."""

    certificate: str = Field(description="PEM file: the X.509 certificate of the key.")
    key: str = Field(description="PEM file: the private key (Ed25519, P-256 or RSA).")
    previous: list[str] = Field(
        default_factory=no_items,
        description="PEM files: certificates of earlier keys, whose tokens are still believed.",
    )


class OAuthFile(FileModel):
    """How a client is known to the identity management servers; made for the run if absent."""

    client_id: str | None = Field(None, min_length=1, description="Its OAuth 2.0 client ID.")
    client_secret: str | None = Field(None, min_length=8, description="Its secret.")


class NodeFile(FileModel):
    """A node of an MC system."""

    role: RoleKey = Field(description="What the node is in its system (TS 23.280 7.4.2).")
    address: str | None = Field(
        None,
        description="Where it listens: host:port or udp:host:port; a free loopback port if absent. "
        "For a node that others run: sip:domain, and DNS says where it is (RFC 3263).",
    )
    mode: ModeKey = Field(
        "simulated",
        description="simulated: a node of ours; sut: a system under test at the address; observed: "
        "another's too, and what is expected of it is recorded and not judged.",
    )
    transport: Transport | None = Field(None, description="What it sends by.")
    psi: str | None = Field(None, description="Its public service identity, a SIP URI.")
    tls: TlsFile | None = Field(None, description="Its certificates; made for the run if absent.")


class AccessFile(FileModel):
    """How a partner system is reached (TS 23.280 5.2.9.1, access information)."""

    core: str | None = Field(None, description="Address of its SIP core, as for a node.")
    psi: str | None = Field(
        None, description="Public service identity of its MC service server, a SIP URI."
    )


class ProfileFile(FileModel):
    """A user profile (TS 23.280 10.1.4)."""

    name: str = Field("", description="For people.")
    migrate_to: list[str] = Field(
        default_factory=no_items,
        description="Systems the user may migrate to with this profile (TS 23.280 5.2.9.1).",
    )
    access: dict[str, AccessFile] = Field(
        default_factory=no_entries, description="Access information, by system of migrate_to."
    )


ProfileIndex = Annotated[int, Field(ge=0)]


class UserFile(FileModel):
    """An MC service user of a system."""

    mc_id: str = Field(description="MC service ID: a SIP URI in the domain of the system.")
    profiles: dict[ProfileIndex, ProfileFile] = Field(
        default_factory=no_entries, description="User profiles by index."
    )
    profiles_file: str | list[str] | None = Field(
        None,
        description="User-profile documents in XML (TS 24.484), one file for each profile; "
        "{service} in a name stands for the service of the run.",
    )
    server: str | None = Field(
        None, description="The MC service server that serves the user, where there are several."
    )
    password: str | None = Field(
        None, min_length=8, description="For identity management; made for the run if absent."
    )


Users = Annotated[
    Annotated[Literal["any"], Tag("word")] | Annotated[list[str], Tag("list")],
    Discriminator(lambda value: "list" if isinstance(value, list) else "word"),
]


class VisitorFile(FileModel):
    """A rule of the initial check (TS 23.280 10.6.3.3 step 2)."""

    from_: str = Field(
        alias="from",
        description="The primary system of the visitors, or the domain of one that is not here.",
    )
    users: Users = Field("any", description="'any', or the MC service IDs that are let in.")


class ProvisionedFile(FileModel):
    """A user of another system who is provisioned here (TR 23.700-90)."""

    user: str = Field(description="MC service ID in the primary system.")
    mc_id: str = Field(description="MC service ID that this system gives to the user.")
    profiles: dict[ProfileIndex, ProfileFile] = Field(
        default_factory=no_entries, description="The profiles held here, by index."
    )


class AliasFile(FileModel):
    """A functional alias (TS 23.280 10.16.3)."""

    users: Users = Field(
        "any",
        description="'any', or the MC service IDs, in their primary, of who may activate it.",
    )


TemporaryIdentities = Annotated[
    Annotated[bool, Tag("word")] | Annotated[list[str], Tag("list")],
    Discriminator(lambda value: "list" if isinstance(value, list) else "word"),
]


class SystemFile(FileModel):
    """An MC system."""

    domain: str = Field(description="Its domain; the MC service IDs of its users are in it.")
    transport: Transport | None = Field(
        None, description="What its nodes send by, where they do not say otherwise."
    )
    nodes: dict[str, NodeFile] = Field(description="Its nodes by name.")
    users: dict[str, UserFile] = Field(default_factory=no_entries, description="Its users by name.")
    visitors: list[VisitorFile] = Field(
        default_factory=no_items, description="Whom its initial check lets in."
    )
    trusted_certificates: list[str] = Field(
        default_factory=no_items,
        description="Whose signing certificates it holds: systems by name, or X.509 files in PEM.",
    )
    signing: SigningFile | None = Field(
        None, description="What its tokens are signed with; made for the run if absent."
    )
    provisioned: list[ProvisionedFile] = Field(
        default_factory=no_items, description="Users of other systems for whom it holds a profile."
    )
    migrated_users: Literal["forward", "redirect"] = Field(
        "forward",
        description="Calls and data for its users who have migrated: forward them to the partner "
        "system, or redirect the caller to the new MC service ID (TS 23.280 10.16.5).",
    )
    media: Literal["direct", "anchor"] = Field(
        "direct",
        description="The media of calls with users in other systems: from party to party, or "
        "through its MC service server, which relays and logs it (TS 23.280 5.2.9.1).",
    )
    functional_aliases: dict[str, AliasFile] = Field(
        default_factory=no_entries,
        description="Its functional aliases, SIP URIs in its domain, which its users and visitors "
        "may activate, to be called by them (TS 23.280 10.16.3).",
    )
    temporary_identities: TemporaryIdentities = Field(
        default=True,
        description="Whether it issues MC service IDs to visitors, or the list of those that it "
        "issues (TR 23.781).",
    )
    service_area: AreaFile | None = Field(
        None, description="Where it serves; clients leave it, and enter those of others."
    )
    store: str | None = Field(
        None,
        description="The registry that its MC service servers share, "
        "postgresql://user@host/database?schema=name; each has a file of its own if absent.",
    )


class OneWayFile(FileModel):
    """Migration one way (TS 23.280 5.2.9.1: unilateral)."""

    from_: str = Field(alias="from", description="The primary system.")
    to: str = Field(description="The partner system.")


Migration = Annotated[
    Annotated[Literal["both_ways", "none"], Tag("word")] | Annotated[OneWayFile, Tag("mapping")],
    Discriminator(lambda value: "mapping" if isinstance(value, dict | OneWayFile) else "word"),
]


class AgreementFile(FileModel):
    """An agreement of two MC systems (TS 23.280 5.2.9.1)."""

    between: Annotated[list[str], Field(min_length=2, max_length=2)] = Field(
        description="The two systems."
    )
    migration: Migration = Field(
        "both_ways", description="Which way users may migrate: both_ways, none, or {from, to}."
    )
    interconnection: bool = Field(
        default=True, description="Whether signalling passes between the two."
    )
    on_failure: Literal["deny", "grant_locally"] = Field(
        "deny", description="What a partner does when the primary could not be asked."
    )


class ClientFile(FileModel):
    """An MC service client."""

    user: str = Field(description="Its user, written system.user.")
    presents: str | None = Field(
        None,
        description="MC service ID that it presents instead of its user's own, to see it refused.",
    )
    address: str | None = Field(None, description="Where it listens, as for a node.")
    mode: ModeKey = Field("simulated", description="Who plays it, as for a node.")
    backend: BackendKey = Field(
        "simulated",
        description="Whose SIP and RTP a simulated client speaks: ours, or those of PJSIP in a "
        "process of its own (needs mcsip[pjsua2]).",
    )
    transport: Transport | None = Field(None, description="What it sends by.")
    tls: TlsFile | None = Field(None, description="Its certificates; made for the run if absent.")
    oauth: OAuthFile | None = Field(
        None, description="Its registration at identity management servers."
    )


class DnsFile(FileModel):
    """Whom to ask where a node is whose address is a SIP URI with a domain (RFC 3263)."""

    servers: list[str] = Field(
        default_factory=no_items,
        description="Name servers, each host:port; those of the machine if there is none.",
    )
    timeout: float = Field(
        3.0, gt=0, le=60, description="How long to wait for an answer, in seconds."
    )


class TopologyFile(FileModel):
    """A topology: MC systems, their agreements and clients."""

    name: str | None = Field(None, description="For people.")
    description: str | None = Field(None, description="For people.")
    include: str | list[str] | None = Field(
        None, description="Topology files that this one builds on, relative to it."
    )
    service: ServiceKey = Field("mcptt", description="The MC service of the run.")
    transport: Transport = Field(
        "tcp", description="What nodes send by, where they do not say otherwise."
    )
    dns: DnsFile | None = Field(
        None, description="Look up nodes whose address is a SIP URI; the other routes are static."
    )
    systems: dict[str, SystemFile] = Field(description="The MC systems by name.")
    agreements: list[AgreementFile] = Field(
        default_factory=no_items, description="At most one for each pair of systems."
    )
    clients: dict[str, ClientFile] = Field(
        default_factory=no_entries, description="Clients by name."
    )
