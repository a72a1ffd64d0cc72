"""The procedures of the matrix, and the systems they run in."""

from dataclasses import dataclass
from typing import Any

from mcsip.topology import Topology
from tests.nodes.world import make_topology

ALICE = "sip:alice@primary.example"
HOME = "home"


@dataclass(frozen=True)
class Procedure:
    """What the user does.

    Attributes:
        name: its name.
        legs: where the user goes, one system after the other; ``HOME`` is the return.
        given: where the user went before, without trouble.
    """

    name: str
    legs: tuple[str, ...]
    given: tuple[str, ...] = ()


PROCEDURES = {
    procedure.name: procedure
    for procedure in (
        Procedure("authorization", ("partner",)),
        Procedure("return home", (HOME,), ("partner",)),
        Procedure("on to a third system", ("other",), ("partner",)),
        Procedure("B, C, B, home", ("partner", "other", "partner", HOME)),
    )
}

_OTHER: dict[str, Any] = {
    "systems": {
        "primary": {"users": {"alice": {"profiles": {2: {"migrate_to": ["partner", "other"]}}}}},
        "other": {
            "domain": "other.example",
            "nodes": {
                "core": {"role": "sip-core"},
                "server": {"role": "mc-server"},
                "gateway": {"role": "mc-gateway"},
            },
            "visitors": [{"from": "primary", "users": "any"}],
        },
    },
    "agreements": [
        {"between": ["primary", "partner"]},
        {"between": ["primary", "other"]},
    ],
}

SETTINGS = ("udp", "tcp", "udp without gateways")


def topology_of(setting: str) -> Topology:
    """Return the three systems of a setting."""
    changes = dict(_OTHER)
    if setting.endswith("without gateways"):
        systems = {name: dict(each) for name, each in _OTHER["systems"].items()}
        for name in ("primary", "partner", "other"):
            nodes = dict(systems.setdefault(name, {}).get("nodes", {}))
            systems[name]["nodes"] = {**nodes, "gateway": None}
        systems["other"]["nodes"].pop("gateway")
        changes["systems"] = systems
    return make_topology(changes, transport=setting.partition(" ")[0])
