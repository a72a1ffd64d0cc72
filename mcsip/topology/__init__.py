"""Topologies: MC systems, their nodes, users, agreements and clients, from a file to frozen values."""

from mcsip.topology.model import (
    ClientSpec,
    NodeSpec,
    System,
    TlsSpec,
    Topology,
)

__all__ = ["ClientSpec", "NodeSpec", "System", "TlsSpec", "Topology"]
