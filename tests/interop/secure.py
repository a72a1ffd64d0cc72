"""Systems that speak mutual TLS with each other: topologies, certificates, messages for them."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mcsip.mc.info import Info, build_info
from mcsip.mc.services import MCPTT
from mcsip.net.sockets import SocketNetwork
from mcsip.nodes.assembly import Assembly
from mcsip.nodes.client import Client
from mcsip.nodes.service import Service
from mcsip.topology.load import load_topology
from tests.interop.tools import LIMIT_S, run_to_end
from tests.nodes.world import ALICE, written
from tests.system.serving import Served, with_addresses

SYSTEMS = ("primary", "partner", "third")
SEED = "7"
PARTNER_ID = "sip:visitor-x@partner.example"


@dataclass(frozen=True, slots=True)
class Secure:
    """Three systems, their addresses and their certificates.

    Attributes:
        folder: where everything is.
        file: the topology, with certificates.
        systems: the systems, as they stand in it.
    """

    folder: Path
    file: Path
    systems: Mapping[str, Any]

    @property
    def authority(self) -> Path:
        return self.folder / "certificates" / "ca.pem"

    def certificate(self, name: str) -> tuple[Path, Path]:
        """Return the files of certificate and key that were made under a name."""
        made = self.folder / "certificates"
        return made / f"{name}.pem", made / f"{name}.key"

    def port(self, node: str) -> int:
        system, _, short = node.partition(".")
        return int(self.systems[system]["nodes"][short]["address"].rpartition(":")[2])

    def served(self, *names: str, file: Path | None = None) -> Served:
        options = ["--topology", str(file or self.file), "--seed", SEED]
        return Served(names, options, self.folder / f"{names[0]}.log")

    def apart(self, name: str, addresses: Mapping[str, str], **more: object) -> Path:
        """Write a view of the topology in which some nodes are elsewhere."""
        changed: dict[str, Any] = {"include": self.file.name, "systems": {}, **more}
        for node, address in addresses.items():
            system, _, short = node.partition(".")
            nodes = changed["systems"].setdefault(system, {"nodes": {}})["nodes"]
            nodes[short] = {"address": address}
        path = self.folder / f"{name}.topology.yaml"
        path.write_text(yaml.safe_dump(changed))
        return path

    async def certs(self, *options: str, folder: str = "certificates") -> None:
        """Let ``mcsip certs`` make certificates."""
        command = [sys.executable, "-m", "mcsip", "certs", str(self.folder / folder), *options]
        await run_to_end(command)


async def make_systems(folder: Path, *, inside: str = "tls", certificates: bool = True) -> Secure:
    """Write the topology, and have its certificates made.

    Args:
        folder: where to.
        inside: what the nodes of a system speak with each other.
        certificates: gateways speak TLS with each other, with certificates; else TCP.
    """
    nodes = {"core": "sip-core", "server": "mc-server", "gateway": "mc-gateway"}
    systems: dict[str, Any] = {
        name: {
            "domain": f"{name}.example",
            "nodes": {node: {"role": role} for node, role in nodes.items()},
            "visitors": [{"from": "primary"}] if name != "primary" else [],
        }
        for name in SYSTEMS
    }
    for system in systems.values():
        system["nodes"]["gateway"]["transport"] = "tls" if certificates else "tcp"
    systems["primary"]["users"] = {
        "alice": {"mc_id": ALICE, "profiles": {2: {"migrate_to": ["partner"]}}}
    }
    with_addresses(systems)
    pairs = [("primary", "partner"), ("primary", "third"), ("partner", "third")]
    topology = {
        "transport": inside,
        "systems": systems,
        "agreements": [{"between": list(pair)} for pair in pairs],
        "clients": {"alice-ue": {"user": "primary.alice"}},
    }
    plain = folder / "plain.topology.yaml"
    plain.write_text(yaml.safe_dump(topology))
    if not certificates:
        return Secure(folder, plain, systems)
    made = str(folder / "certificates")
    command = [sys.executable, "-m", "mcsip", "certs", made, "--topology", str(plain)]
    said = await run_to_end(command)
    with_tls = folder / "systems.topology.yaml"
    with_tls.write_text(_entries(said))
    return Secure(folder, with_tls, systems)


def _entries(said: str) -> str:
    """Return what is meant for the topology of what ``mcsip certs`` has said."""
    return "".join(f"{line}\n" for line in said.splitlines() if " certificates in " not in line)


async def logged(served: Served, text: str) -> list[dict[str, str]]:
    """Wait until a text stands in the log of a process; return the lines that hold it."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            if found := [line for line in served.log_lines() if text in line["message"]]:
                return found
            await asyncio.sleep(0.02)


@asynccontextmanager
async def alice(file: Path) -> AsyncIterator[Client]:
    """Run Alice's client of a topology, in this process."""
    topology = load_topology(file)
    env = Service(topology, (), network=SocketNetwork(), secret=SEED).env
    assembly = Assembly(env, SEED, None)
    assert assembly.take_certificates([topology.clients["alice-ue"]]) == []
    client = assembly.client("alice-ue")
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


def message(kind: str, to: str, sender: str, *, branch: str, success: bool | None = None) -> bytes:
    """Return a message between systems about Alice's migration, as a foreign product writes it."""
    info = Info(
        MCPTT, kind, primary_id=ALICE, partner_id=PARTNER_ID, profile_index=None, success=success
    )
    return written(
        uri=to,
        via=f"SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK{branch}",
        call_id=f"call-{branch}",
        content_type=MCPTT.content_type,
        body=build_info(info),
        fields=(f"P-Asserted-Identity: <{sender}>",),
    )
