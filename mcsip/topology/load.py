"""From a topology file to a ``Topology``: read, include, check, build."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mcsip.document import Node
from mcsip.errors import Diagnostic, FileError
from mcsip.filemodel import read_model
from mcsip.mc.certificates import SigningCertificate
from mcsip.mc.profile import PartnerAccess
from mcsip.mc.roles import Role
from mcsip.mc.services import SERVICES
from mcsip.migration.policy import (
    Agreement,
    Agreements,
    Direction,
    ForMigrated,
    HomeUser,
    MediaRouting,
    OnFailure,
    ProvisionedUser,
    UserProfile,
    VisitorRule,
)
from mcsip.net.lookup import DnsConfig
from mcsip.sip.locate import Wanted
from mcsip.topology.address import Address, check_domain, parse_address, parse_place
from mcsip.topology.areas import area_of
from mcsip.topology.check import check_topology
from mcsip.topology.file import (
    AgreementFile,
    ClientFile,
    DnsFile,
    NodeFile,
    OneWayFile,
    ProfileFile,
    SigningFile,
    SystemFile,
    TlsFile,
    TopologyFile,
    UserFile,
)
from mcsip.topology.model import LOOPBACK, Backend, ClientSpec, NodeSpec, System, TlsSpec, Topology
from mcsip.topology.profiles import ProfileReader
from mcsip.topology.signing import SigningSpec, read_signing, read_trusted
from mcsip.trace import Mode
from mcsip.yamlfile import read_document

#: Deepest chain of files that include each other [ours].
MAX_INCLUDES = 16


def load_topology(
    path: Path, *, name: str | None = None, service: str | None = None, transport: str | None = None
) -> Topology:
    """Read a topology file.

    Args:
        path: the file.
        name: how errors call it; the path as given when None.
        service: key of the MC service to run instead of the file's.
        transport: "udp", "tcp" or "tls" instead of the file's; nodes that name their own keep it.

    Raises:
        FileError: with every fault of the file and of those it includes.
    """
    root = read_with_includes(path, name)
    faults: list[Diagnostic] = []
    shape = read_model(root, TopologyFile, faults)
    faults += check_topology(root)
    if shape is None or faults:
        raise FileError(sorted(faults, key=lambda fault: (fault.file, fault.line, fault.column)))
    if service is not None:
        shape = shape.model_copy(update={"service": service})
    if transport is not None:
        shape = shape.model_copy(update={"transport": transport})
    topology, faults = _Builder(root, shape, path).build()
    if faults:
        raise FileError(faults)
    return topology


def read_with_includes(path: Path, name: str | None = None, above: tuple[Path, ...] = ()) -> Node:
    """Read a file, laid over those that its ``include`` names.

    Mappings are joined key by key, lists one after the other, and the including file wins.

    Raises:
        FileError: a file cannot be read, or includes itself.
    """
    root = read_document(path, name)
    include = root.get("include")
    if include is None:
        return root
    wanted = [include] if include.sequence is None else include.sequence
    base: Node | None = None
    for each in wanted:
        if not isinstance(each.scalar, str):
            continue
        file = path.parent / each.scalar
        if file.resolve() in {path.resolve(), *above} or len(above) >= MAX_INCLUDES:
            raise FileError([each.position.fault(f"{each.scalar!r} includes itself")])
        if not file.is_file():
            raise FileError([each.position.fault(f"there is no file {each.scalar!r}")])
        shown = str(Path(root.position.source.name).parent / each.scalar)
        part = read_with_includes(file, shown, (*above, path.resolve()))
        base = part if base is None else overlay(base, part)
    return root if base is None else overlay(base, root)


def overlay(base: Node, over: Node) -> Node:
    """Return two documents as one: ``over`` wins, mappings are joined, lists put together."""
    if base.mapping is not None and over.mapping is not None:
        joined = dict(base.mapping)
        for key, value in over.mapping.items():
            joined[key] = overlay(joined[key], value) if key in joined else value
        keys = base.keys | over.keys
        size = 1 + sum(node.size for node in joined.values())
        return Node(over.position, mapping=joined, keys=keys, size=size)
    if base.sequence is not None and over.sequence is not None:
        items = [*base.sequence, *over.sequence]
        return Node(over.position, sequence=items, size=base.size + over.size)
    return over


class _Builder:
    """Turns a checked file into frozen values."""

    def __init__(self, root: Node, file: TopologyFile, path: Path) -> None:
        self.root = root
        self.file = file
        self.path = path
        self.faults: list[Diagnostic] = []
        self.domains = {name: check_domain(each.domain) for name, each in file.systems.items()}

    def build(self) -> tuple[Topology, list[Diagnostic]]:
        file = self.file
        systems = {name: self.system(name, each) for name, each in file.systems.items()}
        clients = {name: self.client(name, each) for name, each in file.clients.items()}
        source = self.root.position.source.name
        topology = Topology(
            file=source,
            service=SERVICES[file.service],
            transport=file.transport.upper(),
            systems=systems,
            agreements=Agreements(self.agreement(each) for each in file.agreements),
            clients=clients,
            dns=self.dns(file.dns),
            title=file.name or Path(source).name.removesuffix(".yaml").removesuffix(".topology"),
        )
        return topology, self.faults

    def dns(self, file: DnsFile | None) -> DnsConfig | None:
        if file is None:
            return None
        servers = map(parse_address, file.servers)
        return DnsConfig(tuple((each.host, each.port) for each in servers), file.timeout)

    def system(self, name: str, file: SystemFile) -> System:
        transport = file.transport or self.file.transport
        domain = self.domains[name]
        nodes = (self.node(name, short, each, transport) for short, each in file.nodes.items())
        users = (
            HomeUser(
                user.mc_id,
                {**self.profiles(user.profiles), **self.documents(name, short, user)},
                None if user.server is None else f"{name}.{user.server}",
            )
            for short, user in file.users.items()
        )
        by_name = [self.domains[each] for each in file.trusted_certificates if each in self.domains]
        by_file = self.trusted(file.trusted_certificates, name)
        return System(
            name=name,
            domain=domain,
            nodes={node.name: node for node in nodes},
            users={user.mc_id: user for user in users},
            visitors=tuple(
                VisitorRule(
                    self.domains.get(rule.from_) or check_domain(rule.from_),
                    None if rule.users == "any" else frozenset(rule.users),
                )
                for rule in file.visitors
            ),
            trusted=frozenset((*by_name, *by_file)),
            certificates=by_file,
            signing=self.signing(file.signing, name),
            passwords={u.mc_id: u.password for u in file.users.values() if u.password},
            provisioned=tuple(
                ProvisionedUser(user.user, user.mc_id, self.profiles(user.profiles))
                for user in file.provisioned
            ),
            migrated_users=ForMigrated(file.migrated_users),
            media=MediaRouting(file.media),
            functional_aliases={
                alias: None if each.users == "any" else frozenset(each.users)
                for alias, each in file.functional_aliases.items()
            },
            temporary_identities=file.temporary_identities is not False,
            identity_pool=tuple(file.temporary_identities)
            if isinstance(file.temporary_identities, list)
            else (),
            service_area=area_of(file.service_area),
            store=file.store,
        )

    def node(self, system: str, short: str, file: NodeFile, transport: str) -> NodeSpec:
        path = ("systems", system, "nodes", short)
        lookup = self.lookup(file.address)
        host, port, chosen = self.place(None if lookup else file.address, file.transport, transport)
        if lookup is not None:
            said = lookup.transport or (file.transport.upper() if file.transport else None)
            lookup = replace(lookup, transport=said)
            chosen = said or chosen
        if file.role == "idms":
            chosen = "TLS"  # HTTPS, whatever the others speak
        return NodeSpec(
            name=f"{system}.{short}",
            system=system,
            role=Role(file.role),
            transport=chosen,
            host=host,
            port=port,
            psi=file.psi or f"sip:{short}@{self.domains[system]}",
            tls=self.tls(file.tls, path),
            mode=Mode(file.mode),
            lookup=lookup,
        )

    def lookup(self, address: str | None) -> Wanted | None:
        """Return what DNS is to be asked for, or None where an address says where a node is."""
        found = None if address is None else parse_place(address)
        return found if isinstance(found, Wanted) else None

    def client(self, name: str, file: ClientFile) -> ClientSpec:
        system, _, user = file.user.partition(".")
        transport = self.file.systems[system].transport or self.file.transport
        host, port, chosen = self.place(file.address, file.transport, transport)
        return ClientSpec(
            name=name,
            system=system,
            mc_id=file.presents or self.file.systems[system].users[user].mc_id,
            transport=chosen,
            host=host,
            port=port,
            tls=self.tls(file.tls, ("clients", name)),
            oauth_id=file.oauth.client_id if file.oauth else None,
            oauth_secret=file.oauth.client_secret if file.oauth else None,
            mode=Mode(file.mode),
            backend=Backend(file.backend),
        )

    def place(self, address: str | None, own: str | None, general: str) -> tuple[str, int, str]:
        """Return host, port and transport of a party."""
        if address is None:
            return LOOPBACK, 0, (own or general).upper()
        parsed = parse_place(address)
        assert isinstance(parsed, Address), "what is looked up has no place"
        return parsed.host, parsed.port, parsed.transport or (own or general).upper()

    def tls(self, file: TlsFile | None, path: tuple[str, ...]) -> TlsSpec | None:
        if file is None:
            return None
        folder = self.path.parent
        found: dict[str, Path | None] = {}
        for key, value in (("certificate", file.certificate), ("key", file.key), ("ca", file.ca)):
            found[key] = None if value is None else folder / value
            if value is not None and not (folder / value).is_file():
                position = self.root.at((*path, "tls", key))
                self.faults.append(position.fault(f"there is no file {value!r}"))
        return TlsSpec(**found, verify=file.verify, mutual=file.mutual)

    def signing(self, file: SigningFile | None, system: str) -> SigningSpec | None:
        if file is None:
            return None
        folder = self.path.parent
        previous = tuple(folder / each for each in file.previous)
        try:
            return read_signing(
                folder / file.key, folder / file.certificate, previous, self.domains[system]
            )
        except ValueError as error:
            position = self.root.at_key(("systems", system, "signing"))
            self.faults.append(position.fault(f"the signing key cannot be used: {error}"))
            return None

    def trusted(
        self, named: Sequence[str], system: str
    ) -> dict[str, tuple[SigningCertificate, ...]]:
        """Return the certificates of the entries that are files, by domain."""
        found: dict[str, tuple[SigningCertificate, ...]] = {}
        for index, each in enumerate(named):
            if each in self.domains:
                continue
            try:
                held = read_trusted(self.path.parent / each, self.domains, self.domains[system])
            except ValueError as error:
                position = self.root.at(("systems", system, "trusted_certificates", index))
                self.faults.append(position.fault(f"{each!r} cannot be trusted: {error}"))
                continue
            for domain, certificates in held.items():
                found[domain] = (*found.get(domain, ()), *certificates)
        return found

    def profiles(self, files: Mapping[int, ProfileFile]) -> dict[int, UserProfile]:
        return {
            index: UserProfile(
                index,
                each.name,
                self.domains_of(each.migrate_to),
                {
                    domain: PartnerAccess(domain, access.core, access.psi)
                    for system, access in each.access.items()
                    for domain in (self.domains[system],)
                },
            )
            for index, each in files.items()
        }

    def documents(self, system: str, short: str, file: UserFile) -> dict[int, UserProfile]:
        """Return the profiles of a user's documents, by index."""
        path = ("systems", system, "users", short, "profiles_file")
        named = file.profiles_file
        names = [named] if isinstance(named, str) else named or []
        service = SERVICES[self.file.service]
        reader = ProfileReader(service, self.domains.values(), self.faults)
        found: dict[int, UserProfile] = {}
        for number, name in enumerate(names):
            position = self.root.at(path if isinstance(named, str) else (*path, number))
            profile = reader.read(name, file.mc_id, position)
            if profile is None:
                continue
            if profile.index in found or profile.index in file.profiles:
                message = f"a second profile with the index {profile.index}"
                self.faults.append(position.fault(message))
            found[profile.index] = profile
        return found

    def domains_of(self, systems: Iterable[str]) -> frozenset[str]:
        return frozenset(self.domains[name] for name in systems)

    def agreement(self, file: AgreementFile) -> Agreement:
        a, b = file.between
        match file.migration:
            case OneWayFile() as way:
                direction = Direction.A_TO_B if way.from_ == a else Direction.B_TO_A
            case "both_ways":
                direction = Direction.BOTH_WAYS
            case _:
                direction = Direction.NONE
        return Agreement(
            self.domains[a],
            self.domains[b],
            direction,
            file.interconnection,
            OnFailure(file.on_failure),
        )
