"""How fast a capture is judged: a trace of many flows, each message in it once, with every rule.

All of one client, again and again; or each of another one, with a user, an address and numbers of
its own, so that a message repeats nothing that was there before.
"""

import gc
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from mcsip.conformance.catalogue import RULES
from mcsip.conformance.check import Checker
from mcsip.conformance.rule import AnyRule
from mcsip.conformance.views import Setting
from mcsip.mc.roles import Role
from mcsip.net.process import GC_THRESHOLDS
from mcsip.resources import scenarios_dir
from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.run import run_scenario
from mcsip.trace import Direction, Peer, Trace, TraceEntry

SCENARIO = "authorization/success.yaml"
APART_S = 0.002
"""How long after one flow the next begins: 500 flows a second."""
AT_A_TIME = 256
"""How many messages are made before they are judged."""


@dataclass(frozen=True, slots=True)
class CheckFigures:
    """What a check cost.

    Attributes:
        messages: how many were judged.
        rules: by how many rules.
        per_second: messages a second of CPU.
        findings: how many there were; none is right.
    """

    messages: int
    rules: int
    per_second: float
    findings: int


def record(transport: str | None = None) -> Trace:
    """Return the trace of one run in memory."""
    options = RunOptions(network="memory", transport=transport)
    return run_scenario(load_scenario(scenarios_dir() / SCENARIO, over=options), seed=1).trace


def flows(trace: Trace, count: int) -> Iterator[TraceEntry]:
    """Return what a capture of many such runs holds: users, Call-IDs, tags and branches differ."""
    sent = [entry for entry in trace.entries if entry.direction is Direction.SENT]
    number = 0
    for flow in range(count):
        mark = b"%05d" % flow
        for entry in sent:
            number += 1
            data = (
                entry.data.replace(b"alice@", mark + b"@")
                .replace(b"branch=z9hG4bK", b"branch=z9hG4bK" + mark)
                .replace(b"Call-ID: ", b"Call-ID: " + mark)
                .replace(b"In-Reply-To: ", b"In-Reply-To: " + mark)
                .replace(b"tag=", b"tag=" + mark)
            )
            yield replace(entry, number=number, at=entry.at + flow * APART_S, data=data)


def by_clients(trace: Trace, entries: Iterable[TraceEntry], judge: Trace) -> Iterator[TraceEntry]:
    """Return flows, each of a client of its own.

    Args:
        trace: the trace of one run.
        entries: the flows, in order.
        judge: the trace that knows the nodes; clients are added when they come, 65,536 at most.
    """
    client = next(node for node in trace.nodes.values() if node.role is Role.CLIENT)
    host = next(peer[0] for peer, name in trace.addresses.items() if name == client.name)
    length = sum(entry.direction is Direction.SENT for entry in trace.entries)
    for count, entry in enumerate(entries):
        flow = count // length
        name, other = f"ue-{flow}", f"10.1.{flow >> 8}.{flow & 255}"
        if count % length == 0:
            user = f"sip:{flow:05}@{client.domain}"
            judge.add_node(replace(client, name=name, identities=(user,)))
            judge.announce(name, other, 5060)
        data = entry.data.replace(host.encode(), other.encode())
        moved = replace(
            entry,
            node=name if entry.node == client.name else entry.node,
            local=_moved(entry.local, host, other),
            remote=_moved(entry.remote, host, other),
            data=data.replace(b"CSeq: 1 ", b"CSeq: %d " % (flow + 1)),
        )
        judge.learn(moved)
        yield moved


def _moved(peer: Peer, host: str, other: str) -> Peer:
    return peer._replace(host=other) if peer.host == host else peer


def setting_of(trace: Trace) -> Trace:
    """Return a trace that knows the nodes of another one and their addresses, and holds nothing."""
    setting = Trace(trace.started_at)
    setting.nodes = dict(trace.nodes)
    for (host, port), node in trace.addresses.items():
        setting.announce(node, host, port)
    return setting


def checker(trace: Trace, rules: Sequence[AnyRule] = RULES) -> Checker:
    """Return what judges a capture whose nodes are those of a trace."""
    return Checker(Setting(setting_of(trace)), rules)


def measure(count: int = 1000, *, one_client: bool = True) -> CheckFigures:
    """Judge so many flows, some at a time as they would be read, and say how fast that was.

    Args:
        count: how many flows.
        one_client: whether all are of one client; else each is of another one.
    """
    trace = record()
    setting = setting_of(trace)
    judge = Checker(Setting(setting), RULES)
    gc.collect()
    gc.set_threshold(*GC_THRESHOLDS)  # as ``mcsip check`` does
    elapsed = 0.0
    entries = flows(trace, count)
    if not one_client:
        entries = by_clients(trace, entries, setting)
    while chunk := list(islice(entries, AT_A_TIME)):
        began = time.process_time()
        for entry in chunk:
            judge.feed(entry)
        elapsed += time.process_time() - began
    began = time.process_time()
    result = judge.finish()
    elapsed += time.process_time() - began
    return CheckFigures(
        result.messages, len(result.rules), result.messages / elapsed, len(result.findings)
    )
