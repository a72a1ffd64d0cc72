"""What a topology file refers to, checked: names, domains, identities, addresses.

The checks walk the document, not the models, so that they also find their faults in a file whose
shape is wrong elsewhere. Each adds its diagnostics to ``faults``; the shape is somebody else's.
"""

import re
from collections.abc import Iterator

from mcsip.document import Key, Node, Position, hint_for
from mcsip.errors import Diagnostic
from mcsip.mc.identity import check_mc_id, domain_of
from mcsip.net.resolve import numeric
from mcsip.sip.locate import Wanted
from mcsip.store.urls import FORM, url_fault
from mcsip.topology.address import (
    EVERYWHERE,
    Address,
    check_domain,
    parse_address,
    parse_place,
)
from mcsip.topology.model import LOOPBACK, Backend
from mcsip.trace import Mode

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*", re.ASCII)
_FILE = re.compile(r"[./\\]")
"""What a file has in its name, and a system has not."""
FOREIGN = {mode.value for mode in Mode if mode.is_foreign}
"""The modes of nodes that are not ours."""
ROLES = {"sip-core", "mc-server", "mc-gateway", "idms"}
_ONCE = {
    "sip-core": "SIP core",
    "mc-gateway": "MC gateway server",
    "idms": "identity management server",
}


def check_topology(root: Node) -> list[Diagnostic]:
    """Return every fault of what a topology refers to, in no particular order."""
    checker = _Checker(root)
    checker.check_systems()
    checker.check_agreements()
    checker.check_visitors_rules()
    checker.check_clients()
    checker.check_addresses()
    checker.check_modes()
    checker.check_dns()
    return checker.faults


def _pairs(node: Node | None) -> Iterator[tuple[str, Node, Position]]:
    """Return name, value and position of the name of each entry of a mapping."""
    if node is not None and node.mapping is not None:
        for key, value in node.mapping.items():
            yield str(key), value, node.keys[key]


def _items(node: Node | None) -> Iterator[Node]:
    """Return the values of a sequence."""
    if node is not None and node.sequence is not None:
        yield from node.sequence


def _text(node: Node | None, key: Key) -> tuple[str, Position] | None:
    """Return the text under a key, with its position, or None when there is no text."""
    value = node.get(key) if node is not None else None
    if value is None or not isinstance(value.scalar, str):
        return None
    return value.scalar, value.position


class _Checker:
    def __init__(self, root: Node) -> None:
        self.root = root
        self.faults: list[Diagnostic] = []
        self.systems = {name: node for name, node, _ in _pairs(root.get("systems"))}
        self.domains = self._domains()

    def fault(self, position: Position, message: str, hint: str | None = None) -> None:
        self.faults.append(position.fault(message, hint))

    def _domains(self) -> dict[str, str]:
        """Return the domain of each system that has a valid one."""
        domains: dict[str, str] = {}
        seen: dict[str, tuple[str, int]] = {}
        for name, node in self.systems.items():
            found = _text(node, "domain")
            if found is None:
                continue
            try:
                domain = check_domain(found[0])
            except ValueError as error:
                self.fault(found[1], str(error))
                continue
            if domain in seen:
                first, line = seen[domain]
                message = f"the domain {domain!r} is already that of {first!r}"
                self.fault(found[1], message, f"the first one is at line {line}")
            seen.setdefault(domain, (name, found[1].line))
            domains[name] = domain
        return domains

    def name(self, position: Position, name: str, what: str) -> None:
        """Check how something may be called."""
        if not _NAME.fullmatch(name):
            hint = "letters, digits, '-' and '_' make a name"
            self.fault(position, f"{name!r} cannot be the name of a {what}", hint)

    def system(self, found: tuple[str, Position] | None) -> str | None:
        """Check that a system is known; return its name."""
        if found is None:
            return None
        name, position = found
        if name in self.systems:
            return name
        hint = hint_for(name, self.systems, "systems of this topology")
        self.fault(position, f"there is no system {name!r}", hint)
        return None

    def mc_id(self, found: tuple[str, Position] | None, system: str | None, whose: str) -> None:
        """Check an MC service ID, and that it is in the domain of a system, where one is given."""
        if found is None:
            return
        text, position = found
        wrong = check_mc_id(text)
        if wrong is not None:
            message = f"{text!r} is not an MC service ID: {wrong}"
            self.fault(position, message, "write sip:user@domain")
            return
        domain = domain_of(text)
        expected = self.domains.get(system) if system is not None else None
        if expected is not None and domain != expected:
            user = text.partition(":")[2].partition("@")[0]
            message = f"{text!r} is not in the domain of {whose} {system!r}"
            self.fault(position, message, f"write sip:{user}@{expected}")

    def check_systems(self) -> None:
        """Check each system and what is inside it."""
        systems = self.root.get("systems")
        if systems is not None and systems.mapping is not None and not systems.mapping:
            self.fault(self.root.at(("systems",)), "there is no system")
        for name, node, position in _pairs(systems):
            self.name(position, name, "system")
            self._nodes(name, node, position)
            self._users(name, node)
            self._visitors(node)
            self._provisioned(name, node)
            self._temporary_identities(name, node)
            self._functional_aliases(name, node)
            self._store(node)

    def _store(self, node: Node) -> None:
        """Check that a shared registry is one that can be shared."""
        found = _text(node, "store")
        wrong = None if found is None else url_fault(found[0])
        if found is not None and wrong is not None:
            hint = f"write {FORM}; @ : / ? # % in a name or a password as %XX"
            self.fault(found[1], f"no URL of a registry: {wrong}", hint)

    def _nodes(self, system: str, node: Node, position: Position) -> None:
        roles: dict[str, str] = {}
        identities: dict[str, str] = {}
        nodes = node.get("nodes")
        for name, each, at in _pairs(nodes):
            self.name(at, name, "node")
            role = _text(each, "role")
            if role is not None:
                if role[0] in roles and role[0] in _ONCE:
                    message = f"a second {_ONCE[role[0]]} in {system!r}"
                    self.fault(role[1], message, f"the first one is {roles[role[0]]!r}")
                roles.setdefault(role[0], name)
            if role is not None and role[0] == "idms":
                self._idms(each)
            psi = _text(each, "psi")
            if psi is not None:
                wrong = check_mc_id(psi[0])
                if wrong is not None:
                    message = f"{psi[0]!r} is not a public service identity: {wrong}"
                    self.fault(psi[1], message, "write sip:name@domain")
                if psi[0] in identities:
                    message = f"{psi[0]!r} is already the identity of {identities[psi[0]]!r}"
                    self.fault(psi[1], message)
                identities.setdefault(psi[0], name)
        has_server = "mc-server" in roles or bool(roles.keys() - ROLES)
        if nodes is not None and nodes.mapping is not None and not has_server:
            message = f"the system {system!r} has no MC service server"
            self.fault(position, message, "add a node with role: mc-server")

    def _idms(self, node: Node) -> None:
        """Check that an identity management server has nothing of SIP."""
        hint = "it speaks HTTPS: write address: host:port"
        for key in ("transport", "psi"):
            found = _text(node, key)
            if found is not None:
                self.fault(found[1], f"an identity management server has no {key!r}", hint)
        address = _text(node, "address")
        if address is not None and address[0].partition(":")[0].lower() in {"udp", "tcp", "tls"}:
            self.fault(address[1], "an identity management server has no transport", hint)

    def _users(self, system: str, node: Node) -> None:
        servers = [
            name
            for name, each, _ in _pairs(node.get("nodes"))
            if (role := _text(each, "role")) is not None and role[0] == "mc-server"
        ]
        seen: dict[str, str] = {}
        for name, user, at in _pairs(node.get("users")):
            self.name(at, name, "user")
            found = _text(user, "mc_id")
            self.mc_id(found, system, "its system")
            if found is not None:
                if found[0] in seen:
                    message = f"{found[0]!r} is already the MC service ID of {seen[found[0]]!r}"
                    self.fault(found[1], message)
                seen.setdefault(found[0], name)
            server = _text(user, "server")
            if server is not None and server[0] not in servers:
                hint = hint_for(server[0], servers, f"MC service servers of {system!r}")
                self.fault(server[1], f"{system!r} has no MC service server {server[0]!r}", hint)
            self._profiles(system, user)

    def _profiles(self, system: str, user: Node) -> None:
        for _, profile, _ in _pairs(user.get("profiles")):
            for target in _items(profile.get("migrate_to")):
                if not isinstance(target.scalar, str):
                    continue
                known = self.system((target.scalar, target.position))
                if known == system:
                    self.fault(target.position, f"users of {system!r} cannot migrate to it")
            self._access(profile)

    def _access(self, profile: Node) -> None:
        """Check access information: of a system that the profile lists, by addresses that are."""
        targets = [each.scalar for each in _items(profile.get("migrate_to"))]
        for name, access, position in _pairs(profile.get("access")):
            if self.system((name, position)) is not None and name not in targets:
                hint = hint_for(name, targets, "systems of migrate_to")
                self.fault(position, f"the profile does not permit migration to {name!r}", hint)
            core, psi = _text(access, "core"), _text(access, "psi")
            if core is not None:
                self._address(core)
            if psi is not None and (wrong := check_mc_id(psi[0])) is not None:
                message = f"{psi[0]!r} is not a public service identity: {wrong}"
                self.fault(psi[1], message, "write sip:name@domain")

    def _visitors(self, node: Node) -> None:
        for rule in _items(node.get("visitors")):
            primary = self._origin(_text(rule, "from"))
            for user in _items(rule.get("users")):
                if isinstance(user.scalar, str):
                    self.mc_id((user.scalar, user.position), primary, "the system")

    def _origin(self, found: tuple[str, Position] | None) -> str | None:
        """Check where visitors come from: a system, or the domain of one that is not here."""
        if found is None or "." not in found[0]:
            return self.system(found)
        try:
            check_domain(found[0])
        except ValueError as error:
            self.fault(found[1], str(error), "write a system's name or a domain")
        return None

    def _provisioned(self, system: str, node: Node) -> None:
        for trusted in _items(node.get("trusted_certificates")):
            if isinstance(trusted.scalar, str) and not _FILE.search(trusted.scalar):
                self.system((trusted.scalar, trusted.position))
        for user in _items(node.get("provisioned")):
            primary = _text(user, "user")
            self.mc_id(primary, None, "")
            if primary is not None and check_mc_id(primary[0]) is None:
                domain = domain_of(primary[0])
                if domain not in self.domains.values():
                    hint = hint_for(domain, self.domains.values(), "domains of this topology")
                    self.fault(primary[1], f"no system has the domain {domain!r}", hint)
            self.mc_id(_text(user, "mc_id"), system, "the system")
            self._profiles(system, user)

    def _functional_aliases(self, system: str, node: Node) -> None:
        """Check functional aliases: in the system's domain, and nobody's MC service ID."""
        users = [user for _, user, _ in _pairs(node.get("users"))]
        taken = {found[0] for user in users if (found := _text(user, "mc_id"))}
        aliases = list(_pairs(node.get("functional_aliases")))
        for alias, _, position in aliases:
            self.mc_id((alias, position), system, "the system")
            if alias in taken:
                self.fault(position, f"{alias!r} is already the MC service ID of a user")
        roles = [_text(each, "role") for _, each, _ in _pairs(node.get("nodes"))]
        servers = [role for role in roles if role and role[0] == "mc-server"]
        if aliases and len(servers) > 1 and node.get("store") is None:
            message = f"{system!r} has functional aliases and {len(servers)} MC service servers"
            hint = "each keeps for itself who is behind an alias: give them one store"
            self.fault(aliases[0][2], message, hint)

    def _temporary_identities(self, system: str, node: Node) -> None:
        """Check the IDs for visitors: in the system's domain, each once, and nobody's own."""
        given = node.get("temporary_identities")
        if given is None:
            return
        if given.scalar is False:
            for user in _items(node.get("provisioned")):
                issued = _text(user, "mc_id")
                if issued is not None:
                    message = f"{system!r} issues no IDs to visitors, and this is one"
                    self.fault(issued[1], message, "leave temporary_identities out")
        users = (user for _, user, _ in _pairs(node.get("users")))
        taken = {found[0]: "a user" for user in users if (found := _text(user, "mc_id"))}
        if given.sequence is not None and not given.sequence:
            message = "an empty list of IDs for visitors"
            self.fault(node.at(("temporary_identities",)), message, "write false to issue none")
        for each in _items(given):
            if not isinstance(each.scalar, str):
                continue
            self.mc_id((each.scalar, each.position), system, "the system")
            if each.scalar in taken:
                message = f"{each.scalar!r} is already the MC service ID of {taken[each.scalar]}"
                self.fault(each.position, message)
            taken.setdefault(each.scalar, "another visitor")

    def check_agreements(self) -> None:
        """Check who agrees with whom."""
        seen: dict[frozenset[str], int] = {}
        for agreement in _items(self.root.get("agreements")):
            between = [
                (name.scalar, name.position)
                for name in _items(agreement.get("between"))
                if isinstance(name.scalar, str)
            ]
            names = [self.system(found) for found in between]
            if len(between) == 2 and None not in names:
                self._pair(between, seen)
            migration = agreement.get("migration")
            for key in ("from", "to"):
                found = _text(migration, key)
                if found is not None and found[0] not in {name for name, _ in between}:
                    hint = hint_for(found[0], [name for name, _ in between], "systems")
                    message = f"{found[0]!r} is not one of the two systems of this agreement"
                    self.fault(found[1], message, hint)

    def check_visitors_rules(self) -> None:
        """Check that a system to which others' users may migrate says whom it lets in.

        "Criteria for the initial authorization check" (TS 23.280 10.6.3.3 NOTE 2); an empty list
        lets nobody in. Without interconnection the provisioned users are its list.
        """
        for primary, node, _ in _pairs(self.root.get("systems")):
            wanted = {
                str(target.scalar)
                for _, user, _ in _pairs(node.get("users"))
                for _, profile, _ in _pairs(user.get("profiles"))
                for target in _items(profile.get("migrate_to"))
            }
            for agreement in _items(self.root.get("agreements")):
                partner = _partner_of(agreement, primary)
                at = self.systems.get(partner or "")
                if partner not in wanted or at is None or at.get("visitors") is not None:
                    continue
                message = f"{partner!r} has no visitors rules, and users of {primary!r} may come"
                hint = f"add to {partner}: visitors: [{{from: {primary}, users: any}}]"
                self.fault(self.root.at_key(("systems", partner or "")), message, hint)

    def _pair(self, between: list[tuple[str, Position]], seen: dict[frozenset[str], int]) -> None:
        (one, _), (other, position) = between
        pair = frozenset((one, other))
        if one == other:
            self.fault(position, f"an agreement of {one!r} with itself")
        elif pair in seen:
            message = f"a second agreement between {one!r} and {other!r}"
            self.fault(position, message, f"the first one is at line {seen[pair]}")
        seen.setdefault(pair, position.line)

    def check_clients(self) -> None:
        """Check that the user of each client is known."""
        for name, client, position in _pairs(self.root.get("clients")):
            self.name(position, name, "client")
            self.mc_id(_text(client, "presents"), None, "")
            found = _text(client, "user")
            if found is None:
                continue
            users = [
                f"{system}.{user}"
                for system, node in self.systems.items()
                for user, _, _ in _pairs(node.get("users"))
            ]
            if found[0] not in users:
                hint = hint_for(found[0], users, "users of this topology")
                self.fault(found[1], f"there is no user {found[0]!r}", hint)

    def check_addresses(self) -> None:
        """Check addresses, and that no two parties listen on the same one."""
        taken: dict[int, list[tuple[str, str]]] = {}
        for name, party in self._parties():
            found = _text(party, "address")
            if found is None:
                continue
            address = self._place(found, party)
            if address is None or address.port == 0:
                continue
            host = LOOPBACK if address.host == "localhost" else address.host
            others = taken.setdefault(address.port, [])
            for other, there in others:
                if host == there or host in EVERYWHERE or there in EVERYWHERE:
                    message = f"{other} already listens on {there}:{address.port}"
                    self.fault(found[1], message, "give each node a port of its own")
                    break
            others.append((name, host))

    def check_modes(self) -> None:
        """Check that what is not ours says where it is, and no more of it than others may know."""
        for name, party in self._parties():
            mode = _text(party, "mode")
            if mode is None or mode[0] not in FOREIGN:
                continue
            role, address = _text(party, "role"), _text(party, "address")
            backend = _text(party, "backend")
            if backend is not None and backend[0] != Backend.SIMULATED:
                message = f"{name!r} is {mode[0]!r}: it is not started here"
                self.fault(backend[1], message, "leave 'backend' out, or 'mode'")
            if role is not None and role[0] == "idms":
                message = f"{name!r} cannot be {mode[0]!r}: tokens of others are not looked into"
                hint = "leave 'mode' out; name the key that signs under the system's 'signing'"
                self.fault(mode[1], message, hint)
            elif address is None:
                message = f"{name!r} is {mode[0]!r} and has no address"
                self.fault(mode[1], message, "add address: udp:host:port, where it listens")
            else:
                self._foreign_address(name, address)

    def _foreign_address(self, name: str, address: tuple[str, Position]) -> None:
        """Check that an address says where somebody else listens."""
        try:
            parsed = parse_place(address[0])
        except ValueError:
            return  # told already
        if isinstance(parsed, Wanted):
            return
        if parsed.port == 0:
            message = f"the port of {name!r} is 0, and it is not started here"
            self.fault(address[1], message, "write the port that it listens at")
        if parsed.host in EVERYWHERE:
            message = f"{parsed.host} is where {name!r} may listen, and nobody can send to it"
            self.fault(address[1], message, "write the address that others reach it at")

    def _place(self, found: tuple[str, Position], party: Node) -> Address | None:
        """Check where a node or client is; None also where DNS is asked for that."""
        role = _text(party, "role")
        if role is None or role[0] == "idms":
            return self._address(found)
        try:
            place = parse_place(found[0])
        except ValueError as error:
            self.fault(found[1], str(error), "write host:port, udp:host:port or sip:domain")
            return None
        if not isinstance(place, Wanted):
            return place
        if self.root.get("dns") is None:
            message = f"{place} is looked up in DNS, and the topology does not say whom to ask"
            hint = "add dns: {} for the name servers of this machine, or dns: {servers: [host:53]}"
            self.fault(found[1], message, hint)
        return None

    def check_dns(self) -> None:
        """Check the addresses of name servers."""
        dns = self.root.get("dns")
        for each in _items(dns.get("servers") if dns is not None else None):
            if not isinstance(each.scalar, str):
                continue
            address = self._address((each.scalar, each.position))
            if address is not None and numeric(address.host) is None:
                message = f"{address.host!r} is no IP address, and it is who looks names up"
                self.fault(each.position, message, "write the address of the name server")

    def _address(self, found: tuple[str, Position]) -> Address | None:
        try:
            return parse_address(found[0])
        except ValueError as error:
            self.fault(found[1], str(error), "write host:port or udp:host:port")
            return None

    def _parties(self) -> Iterator[tuple[str, Node]]:
        for system, node in self.systems.items():
            for name, each, _ in _pairs(node.get("nodes")):
                yield f"{system}.{name}", each
        for name, client, _ in _pairs(self.root.get("clients")):
            yield name, client


def _partner_of(agreement: Node, primary: str) -> str | None:
    """Return the other system of an agreement by which a system's users may ask to migrate."""
    names = [str(each.scalar) for each in _items(agreement.get("between"))]
    if len(names) != 2 or primary not in names or names[0] == names[1]:
        return None
    interconnection, migration = agreement.get("interconnection"), agreement.get("migration")
    if interconnection is not None and interconnection.scalar is False:
        return None
    if migration is not None and migration.scalar == "none":
        return None
    way = _text(migration, "from") if migration is not None else None
    if way is not None and way[0] != primary:
        return None
    return names[1] if names[0] == primary else names[0]
