"""The same once more, later, by other clients: under other names, from other addresses."""

import re
from dataclasses import dataclass, replace

from mcsip.conformance.check import Checker, check_trace
from mcsip.conformance.result import CheckResult
from mcsip.conformance.views import Setting
from mcsip.mc.roles import Role
from mcsip.trace import Direction, NodeInfo, Peer, Trace
from tests.conformance.bases import copy_of

LATER_S = 400.0
"""How much later each of them begins."""


@dataclass(frozen=True)
class Twin:
    """What other clients do.

    Attributes:
        trace: what is seen of it, to be added to the first trace.
        nodes: these clients.
        addresses: where they are.
    """

    trace: Trace
    nodes: tuple[NodeInfo, ...]
    addresses: dict[Peer, str]


def twin_of(trace: Trace, number: int, *, mixed: bool = False) -> Twin:
    """Return a twin of a trace.

    Args:
        trace: the trace.
        number: which one, from 1; all its names have other lengths.
        mixed: whether some of its clients may share an address.
    """
    clients = [node for node in trace.nodes.values() if node.role is Role.CLIENT]
    names = {node.name: f"{node.name}-{number}" for node in clients}
    hosts: dict[str, str] = {}
    for host, _ in trace.addresses:
        if trace.names_at(host) <= names.keys() and (mixed or host not in hosts):
            hosts[host] = f"198.51.100.{10 * number + len(hosts)}"
    users = {each.partition("@")[0] for node in clients for each in node.identities}
    made = Twin(
        copy_of(trace),
        tuple(
            replace(
                node,
                name=names[node.name],
                identities=tuple(_renamed(each, number) for each in node.identities),
            )
            for node in clients
        ),
        {
            Peer(hosts[host], port): names[name]
            for (host, port), name in trace.addresses.items()
            if host in hosts
        },
    )
    for entry in made.trace.entries:
        entry.data = _changed(entry.data, users, hosts, number)
        entry.node = names.get(entry.node, entry.node)
        entry.local = entry.local._replace(host=hosts.get(entry.local.host, entry.local.host))
        entry.remote = entry.remote._replace(host=hosts.get(entry.remote.host, entry.remote.host))
        entry.at += LATER_S * number
        entry.number += number * len(trace.entries)
    return made


def _renamed(identity: str, number: int) -> str:
    user, at, rest = identity.partition("@")
    return f"{user}{'x' * number}{at}{rest}"


def _changed(data: bytes, users: set[str], hosts: dict[str, str], number: int) -> bytes:
    """Return the octets of a message in the words of the other clients."""
    before = data.partition(b"\r\n\r\n")[2]
    for user in users:
        data = data.replace(f"{user}@".encode(), _renamed(f"{user}@", number).encode())
    for host, other in hosts.items():
        data = re.sub(
            rb"(?<![\w.])" + re.escape(host.encode()) + rb"(?![\w.])", other.encode(), data
        )
    mark = b"t%d" % number
    for start in (b"branch=z9hG4bK", b"Call-ID: ", b"In-Reply-To: ", b"tag=", b">eyJ"):
        data = data.replace(start, start + mark)
    data = re.sub(rb"(?<=CSeq: )([1-9]\d?)(?= )", rb"\g<1>000", data)
    head, end, body = data.partition(b"\r\n\r\n")

    def longer(found: re.Match[bytes]) -> bytes:
        return found[1] + b"%d" % (int(found[2]) + len(body) - len(before))

    return re.sub(rb"(?m)^(Content-Length: )(\d+)", longer, head) + end + body


def check_all(trace: Trace, twins: list[Twin]) -> CheckResult:
    """Judge a trace and its twins as one, whose nodes are all known from the beginning."""
    whole = copy_of(trace)
    for twin in twins:
        for node in twin.nodes:
            whole.add_node(node)
        for peer, name in twin.addresses.items():
            whole.announce(name, *peer)
        whole.entries += twin.trace.entries
    return check_trace(whole)


def check_captured(trace: Trace, twins: list[Twin]) -> CheckResult:
    """Judge what was sent, as a capture shows it: clients become known when they first speak."""
    setting = Trace(trace.started_at)
    for node in trace.nodes.values():
        setting.add_node(node)
    for (host, port), name in trace.addresses.items():
        setting.announce(name, host, port)
    unknown = {node.name: node for twin in twins for node in twin.nodes}
    checker = Checker(Setting(setting))
    for entry in [*trace.entries, *(entry for twin in twins for entry in twin.trace.entries)]:
        if entry.direction is Direction.SENT:
            if entry.node in unknown:
                setting.add_node(unknown.pop(entry.node))
                setting.announce(entry.node, *entry.local)
            setting.learn(entry)
            checker.feed(entry)
    return checker.finish(until=1e6)
