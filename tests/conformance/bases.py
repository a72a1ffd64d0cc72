"""Good traces: shipped scenarios run in memory, and small ones written down in a corpus file."""

from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from mcsip.mc.roles import Role
from mcsip.resources import scenarios_dir
from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import FaultOptions, RunOptions
from mcsip.scenario.result import Verdict
from mcsip.scenario.run import run_scenario
from mcsip.trace import Direction, NodeInfo, Peer, Trace

WRITTEN = Path(__file__).parent / "written"
"""Folder of good traces that are written down."""
QUIET_S = 400.0
"""How long a good trace goes on after its last message: longer than any transaction lasts."""
KEEPALIVE = b"\r\n\r\n"


class Strict(BaseModel):
    """A part of a corpus file: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Shipped(Strict):
    """A shipped scenario, and what is different from its file.

    Attributes:
        scenario: folder and stem.
        seed: seed of everything random.
        transport, service, gateways: options of the run; None: as the file says.
        loss, duplicate: share of datagrams that the network loses or doubles.
    """

    scenario: str
    seed: int = 1
    transport: str | None = None
    service: str | None = None
    gateways: str | None = None
    loss: float = 0.0
    duplicate: float = 0.0


class Node(Strict):
    """A node of a trace that is written down; its address is 10.9.0.1 and onward, port 5060."""

    name: str
    system: str = ""
    role: Role | None = None
    service: str | None = None
    domain: str = ""
    hosts: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()


class Written(Strict):
    """A message of a trace that is written down, seen at both ends."""

    from_: str = Field(alias="from")
    to: str
    at: float = 0.0
    transport: str = "UDP"
    lost: bool = False
    text: str


class Inline(Strict):
    """A trace that is written down."""

    nodes: tuple[Node, ...]
    messages: tuple[Written, ...]


@lru_cache(maxsize=64)
def run_shipped(base: Shipped) -> Trace:
    """Return the trace of a scenario run in virtual time; it must pass."""
    options = RunOptions(
        network="memory",
        transport=base.transport,
        service=base.service,
        gateways=base.gateways,
        faults=FaultOptions(base.loss, base.duplicate) if base.loss or base.duplicate else None,
    )
    path = scenarios_dir() / f"{base.scenario}.yaml"
    assert path.is_file(), f"there is no scenario {base.scenario!r}"
    run = run_scenario(load_scenario(path, over=options), seed=base.seed)
    assert run.result.verdict is Verdict.PASS, run.result.reason
    return quiet(run.trace)


def octets(text: str) -> bytes:
    """Return a message that was written with plain line ends; ``Content-Length: *`` is filled in."""
    head, _, body = text.partition("\n\n")
    data = body.replace("\n", "\r\n").encode()
    head = head.replace("Content-Length: *", f"Content-Length: {len(data)}").rstrip("\n")
    return head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + data


@lru_cache(maxsize=64)
def write_inline(base: Inline) -> Trace:
    """Return a trace that is written down; ``{a}`` in a text is the host of node a."""
    trace = Trace()
    hosts = {node.name: f"10.9.0.{number}" for number, node in enumerate(base.nodes, 1)}
    for node in base.nodes:
        fields = node.model_dump()
        trace.add_node(NodeInfo(**fields))
        trace.announce(node.name, hosts[node.name], 5060)
    for written in base.messages:
        text = written.text
        for name, host in hosts.items():
            text = text.replace("{" + name + "}", host)
        data = octets(text)
        here, there = Peer(hosts[written.from_], 5060), Peer(hosts[written.to], 5060)
        fault = "lost" if written.lost else None
        sent, received = Direction.SENT, Direction.RECEIVED
        kind = written.transport
        trace.append_entry(written.at, written.from_, sent, kind, here, there, data, fault)
        if not written.lost:
            trace.append_entry(written.at, written.to, received, kind, there, here, data)
    return quiet(trace)


def quiet(trace: Trace) -> Trace:
    """Let a trace go on until everything in it has ended: a keep-alive long after."""
    if not trace.entries:
        return trace
    last = max(trace.entries, key=lambda entry: entry.at)
    at = last.at + QUIET_S + trace.began_at
    node, local, remote = last.node, last.local, last.remote
    trace.append_entry(at, node, Direction.SENT, last.transport, local, remote, KEEPALIVE)
    return trace


def copy_of(trace: Trace) -> Trace:
    """Return a trace that may be changed, without notes and media."""
    copy = Trace(trace.started_at, began_at=trace.began_at)
    for node in trace.nodes.values():
        copy.add_node(node)
    for peer, name in trace._announced.items():
        copy.announce(name, *peer)
    copy.entries = [replace(entry) for entry in trace.entries]
    return copy


def load_base(base: str | Shipped | Inline) -> Trace:
    """Return a good trace; it is shared, so not to be changed.

    Args:
        base: a scenario as folder and stem, or one with options; a trace that is written down in the
            corpus file itself, or as ``written/<stem>`` in a file of its own.
    """
    if isinstance(base, Inline):
        return write_inline(base)
    if isinstance(base, str) and base.startswith(f"{WRITTEN.name}/"):
        return write_inline(read_written(base.removeprefix(f"{WRITTEN.name}/")))
    return run_shipped(Shipped(scenario=base) if isinstance(base, str) else base)


@cache
def read_written(stem: str) -> Inline:
    """Return a good trace that is written down in a file of its own."""
    text = (WRITTEN / f"{stem}.yaml").read_text(encoding="utf-8")
    return Inline.model_validate(yaml.safe_load(text))
