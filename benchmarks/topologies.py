"""Topologies of the benchmarks: two systems with gateways, and as many users as asked for."""

import tempfile
from pathlib import Path

from mcsip.topology import Topology
from mcsip.topology.load import load_topology

_HEAD = """\
service: mcptt
transport: {transport}
systems:
  primary:
    domain: primary.example
    nodes: {{core: {{role: sip-core}}, server: {{role: mc-server}}, gateway: {{role: mc-gateway}}}}
    users:
"""
_USER = """\
      user{n}:
        mc_id: sip:user{n}@primary.example
        profiles: {{2: {{name: abroad, migrate_to: [partner]}}}}
"""
_TAIL = """\
  partner:
    domain: partner.example
    nodes: {core: {role: sip-core}, server: {role: mc-server}, gateway: {role: mc-gateway}}
    visitors: [{from: primary, users: any}]
agreements:
  - {between: [primary, partner], migration: both_ways, interconnection: true}
clients:
  host: {user: primary.user0}
"""


def two_systems(users: int, transport: str) -> Topology:
    """Return a topology with ``users`` users of the primary system; the client is user 0's."""
    text = _HEAD.format(transport=transport)
    text += "".join(_USER.format(n=n) for n in range(users)) + _TAIL
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.topology.yaml"
        path.write_text(text, encoding="utf-8")
        return load_topology(path)
