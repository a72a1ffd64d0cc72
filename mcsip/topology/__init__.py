"""Topologies: MC systems, their nodes, users, agreements and clients, from file to values."""

from mcsip.topology.model import (
    Backend,
    ClientSpec,
    NodeSpec,
    System,
    TlsSpec,
    Topology,
)

__all__ = ["Backend", "ClientSpec", "NodeSpec", "System", "TlsSpec", "Topology"]
