"""Checks of the names in a scenario against its topology, with hints."""

from collections.abc import Collection

from mcsip.document import Key, Node, Position, hint_for
from mcsip.errors import Diagnostic
from mcsip.mc.communication import COMMUNICATIONS
from mcsip.mc.identity import check_mc_id, domain_of
from mcsip.mc.messages import MESSAGES
from mcsip.mc.roles import Role
from mcsip.migration.decision import REASONS
from mcsip.migration.states import PartnerStatus, PrimaryStatus
from mcsip.topology import Topology

KeyPath = tuple[Key, ...]

#: What a client says itself when nobody answered it [ours].
CLIENT_REASONS = ("unreachable", "no-answer", "no-response")

#: Requests of calls that have no name of an MC message: an INVITE is one in a dialog [ours].
SIP_METHODS = frozenset({"ACK", "BYE", "CANCEL", "INVITE"})


class Names:
    """What is known by name, and the faults of names that are not.

    Args:
        root: the scenario's document, for positions.
        topology: the scenario's topology; None when it could not be read, and then nothing that
            depends on it is checked.
        faults: every fault is added here.
        network: key of the network that the scenario runs in; None: loopback.
        service_chosen: whether the MC service of the run is the user's choice, not the file's.
    """

    def __init__(
        self,
        root: Node,
        topology: Topology | None,
        faults: list[Diagnostic],
        *,
        network: str | None = None,
        service_chosen: bool = False,
    ) -> None:
        self.root = root
        self.in_memory = network == "memory"
        self.service_chosen = service_chosen
        #: Why the scenario has no meaning with the service that the user chose, or with who is not
        #: ours, or "".
        self.no_meaning = ""
        self.topology = topology
        self.faults = faults

    def fault(self, path: KeyPath, message: str, hint: str | None = None) -> None:
        """Add a fault of the value at a path."""
        self.faults.append(self.root.at(path).fault(message, hint))

    def fault_at(self, position: Position, message: str, hint: str | None = None) -> None:
        """Add a fault at a position."""
        self.faults.append(position.fault(message, hint))

    def needs_service(self, services: Collection[str], position: Position, what: str) -> None:
        """Check that the MC service of the run has something.

        Where the file says which service it is, another one is a fault of the file. Where the user
        chose it, the scenario has no meaning there, and is passed over.

        Args:
            services: keys of the services that have it.
            position: where it is asked for.
            what: what it is, in the plural.
        """
        if self.topology is None or self.topology.service.key in services:
            return
        message = f"{self.topology.service} has no {what}"
        if self.service_chosen:
            self.no_meaning = self.no_meaning or message
        else:
            hint = f"write options: {{service: {min(services)}}}"
            self.fault_at(position, message, hint)

    def needs_ours(self, name: str, what: str) -> None:
        """Say that the scenario has no meaning where a node or client is not ours.

        Args:
            name: ``system.node``, or a client's name; it may be unknown.
            what: what the scenario does with it, after "cannot be".
        """
        topology = self.topology
        if topology is None or name not in topology.parties or not topology.mode(name).is_foreign:
            return
        self.no_meaning = self.no_meaning or f"{name} is not ours: it cannot be {what} from here"

    def client(self, path: KeyPath, name: str) -> None:
        """Check that a client is known."""
        if self.topology is not None and name not in self.topology.clients:
            hint = hint_for(name, self.topology.clients, "clients of the topology")
            self.fault(path, f"there is no client {name!r}", hint)

    def system(self, path: KeyPath, name: str, *, with_core: bool = False) -> None:
        """Check that a system is known, and has a SIP core where one is needed."""
        if self.topology is None:
            return
        system = self.topology.systems.get(name)
        if system is None:
            hint = hint_for(name, self.topology.systems, "systems of the topology")
            self.fault(path, f"there is no system {name!r}", hint)
        elif with_core and system.core is None:
            self.fault(path, f"the system {name!r} has no SIP core to register with")

    def node(
        self, path: KeyPath, name: str, *, key: bool = False, role: Role | None = None
    ) -> bool:
        """Check that a node ``system.node`` is known and has a role; tell whether it does."""
        if self.topology is None:
            return True
        position = self.root.at_key(path) if key else self.root.at(path)
        nodes = self.topology.nodes
        known = [each.name for each in nodes.values() if role is None or each.role is role]
        if name in known:
            return True
        hint = hint_for(name, known, "nodes of the topology")
        if name in nodes:
            self.fault_at(position, f"{name!r} is a {nodes[name].role}, expected a {role}", hint)
        else:
            self.fault_at(position, f"there is no node {name!r}", hint)
        return False

    def party(self, path: KeyPath, name: str) -> None:
        """Check that a client or a node is known."""
        if self.topology is not None and name not in self.topology.parties:
            hint = hint_for(name, self.topology.parties, "nodes and clients of the topology")
            self.fault(path, f"there is no node or client {name!r}", hint)

    def message(self, path: KeyPath, name: str) -> None:
        """Check that an MC message is known."""
        known = [*MESSAGES, *COMMUNICATIONS, *sorted(SIP_METHODS)]
        if name not in known:
            hint = hint_for(name, known, "messages")
            self.fault(path, f"there is no message {name!r}", hint)

    def reason(self, path: KeyPath, key: str) -> None:
        """Check that a reason of a refusal is known."""
        known = [*REASONS, *CLIENT_REASONS]
        if key not in known:
            self.fault(path, f"there is no reason {key!r}", hint_for(key, known, "reasons"))

    def mc_id(self, path: KeyPath, text: str) -> bool:
        """Check that an MC service ID is sound; tell whether it is."""
        wrong = check_mc_id(text)
        if wrong is not None:
            hint = "write sip:user@domain"
            self.fault(path, f"{text!r} is not an MC service ID: {wrong}", hint)
        return wrong is None

    def user(self, path: KeyPath, text: str) -> None:
        """Check that a user, named by the primary MC service ID, may exist in the topology."""
        if not self.mc_id(path, text) or self.topology is None:
            return
        users = [
            *(user for system in self.topology.systems.values() for user in system.users),
            *(client.mc_id for client in self.topology.clients.values()),
        ]
        if text not in users:
            self.fault(path, f"there is no user {text!r}", hint_for(text, users, "users"))

    def status(self, path: KeyPath, node: str, user: str, status: str) -> None:
        """Check that a record of a user at a node can have a status."""
        everything = [*map(str, PrimaryStatus), *map(str, PartnerStatus)]
        if status not in everything:
            hint = hint_for(status, everything, "statuses")
            self.fault(path, f"there is no status {status!r}", hint)
            return
        if self.topology is None or check_mc_id(user) or node not in self.topology.nodes:
            return
        at_home = self.topology.system_of(node).domain == domain_of(user)
        known = [*map(str, PrimaryStatus if at_home else PartnerStatus)]
        if status not in known:
            side = "primary" if at_home else "partner"
            message = f"the record of a {side} is never {status!r}"
            self.fault(path, message, f"one of {', '.join(known)}")

    def domain(self, path: KeyPath, text: str) -> None:
        """Check that a domain, or a system's name, is known."""
        if self.topology is None or text in self.topology.systems:
            return
        domains = [system.domain for system in self.topology.systems.values()]
        if text not in domains:
            hint = hint_for(text, domains, "domains of the topology")
            self.fault(path, f"no system has the domain {text!r}", hint)
