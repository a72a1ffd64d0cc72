"""Many users made from few: copies of a topology's clients and of their users, in memory.

A copy has the profiles, the server and the rights of the user that it is made from: who may visit
whom, who is provisioned where, who may activate which alias. Copies are numbered from 1, and the
names of number 17 are the same however many there are, so that ``mcsip serve`` and ``mcsip load``
agree on them without a file: client ``alice-ue`` becomes ``alice-ue-17``, and its user
``sip:alice@primary.example`` becomes ``sip:alice-17@primary.example`` [ours].
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mcsip.mc.identity import canonical_id, domain_of
from mcsip.migration.policy import HomeUser, ProvisionedUser, VisitorRule
from mcsip.topology.model import Backend, ClientSpec, System, Topology
from mcsip.trace import Mode


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of all clients of a topology.

    Attributes:
        number: its number, from 1.
        names: name of the copy, by name of the client that it is made from.
        ids: MC service ID in the primary, by that of the user that it is made from.
        passwords: for identity management, by MC service ID of the copy, where they are given.
    """

    number: int
    names: Mapping[str, str]
    ids: Mapping[str, str]
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def words(self) -> dict[str, str]:
        """What takes the place of what in a scenario: names and IDs."""
        return {**self.names, **self.ids}


def numbered_copies(topology: Topology, count: int) -> list[Copy]:
    """Return copies number 1 to ``count``, with generated identities."""
    return [_numbered(topology, number) for number in range(1, count + 1)]


def _numbered(topology: Topology, number: int) -> Copy:
    clients = topology.clients.values()
    return Copy(
        number,
        {client.name: f"{client.name}-{number}" for client in clients},
        {client.mc_id: numbered_id(client.mc_id, number) for client in clients},
    )


def numbered_id(mc_id: str, number: int) -> str:
    """Return the MC service ID of a copy."""
    head, _, domain = mc_id.rpartition("@")
    return f"{head}-{number}@{domain}"


def with_copies(topology: Topology, copies: Sequence[Copy]) -> Topology:
    """Return a topology that has the copies beside what they are made from."""
    systems = {name: _system(system, copies) for name, system in topology.systems.items()}
    clients = dict(topology.clients)
    for copy in copies:
        for client in topology.clients.values():
            made = _client(client, copy)
            clients[made.name] = made
    return replace(topology, systems=systems, clients=clients)


def _client(client: ClientSpec, copy: Copy) -> ClientSpec:
    """Return the copy of a client: ours, at a free port, and registered by an ID of its own."""
    return replace(
        client,
        name=copy.names[client.name],
        mc_id=copy.ids[client.mc_id],
        port=0,
        oauth_id=None,
        oauth_secret=None,
        mode=Mode.SIMULATED,
        backend=Backend.SIMULATED,
    )


def _system(system: System, copies: Sequence[Copy]) -> System:
    users = dict(system.users)
    passwords = dict(system.passwords)
    provisioned = list(system.provisioned)
    for copy in copies:
        for original, made in copy.ids.items():
            user = system.users.get(original)
            if user is not None and made not in users:
                users[made] = HomeUser(made, user.profiles, user.server)
            if made in copy.passwords and domain_of(made) == system.domain:
                passwords[made] = copy.passwords[made]
        provisioned += (
            _provisioned(user, copy) for user in system.provisioned if user.mc_id in copy.ids
        )
    return replace(
        system,
        users=users,
        passwords=passwords,
        provisioned=tuple(provisioned),
        visitors=tuple(_rule(rule, copies) for rule in system.visitors),
        functional_aliases={
            alias: _widened(allowed, copies) for alias, allowed in system.functional_aliases.items()
        },
    )


def _provisioned(user: ProvisionedUser, copy: Copy) -> ProvisionedUser:
    return ProvisionedUser(
        copy.ids[user.mc_id], numbered_id(user.partner_id, copy.number), user.profiles
    )


def _rule(rule: VisitorRule, copies: Iterable[Copy]) -> VisitorRule:
    return replace(rule, users=_widened(rule.users, copies))


def _widened(users: frozenset[str] | None, copies: Iterable[Copy]) -> frozenset[str] | None:
    """Return a list of users with the copies of those who stand in it; None stays everybody."""
    if users is None:
        return None
    known = {canonical_id(user) for user in users}
    made = {
        canonical_id(copy.ids[original])
        for copy in copies
        for original in copy.ids
        if canonical_id(original) in known
    }
    return users | made
