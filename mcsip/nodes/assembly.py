"""Making the nodes of a topology so that they fit together, in one process or in several.

All keys come from one secret text, each by its purpose: whoever makes a node of the same topology
with the same text makes it with the same keys. That is what lets each node be a process of its own
(``service``), and a run in one process repeat (``simulation``).
"""

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from mcsip.errors import UsageError
from mcsip.mc.roles import Role
from mcsip.net.tls import TlsConfig
from mcsip.nodes.base import Node
from mcsip.nodes.client import Client
from mcsip.nodes.client_host import ClientHost
from mcsip.nodes.environment import Environment
from mcsip.nodes.identities import Identities, derive
from mcsip.nodes.identity_pool import IdentityPools
from mcsip.nodes.lookups import Lookups
from mcsip.nodes.mc_gateway import McGateway
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.sip_core import SipCore
from mcsip.topology import Backend, ClientSpec, NodeSpec
from mcsip.topology.infos import certificate_names

DATABASE_SUFFIX = ".sqlite"
"""What follows a node's name in the name of its database."""


class Assembly:
    """Makes the nodes and clients of a topology.

    Args:
        env: what all nodes have in common.
        seed: what all keys are made from.
        data_dir: folder of the records; None keeps them in memory.
    """

    def __init__(self, env: Environment, seed: str, data_dir: Path | None) -> None:
        self.env = env
        self._seed = seed
        self._data_dir = data_dir
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.lookups = Lookups(env, seed)
        self.identities = Identities(env.topology, seed, env.ids)
        self.identities.pools = IdentityPools(env.topology, env.ids, env.clock.wall)

    def node(self, name: str) -> Node:
        """Return a new node of a system."""
        spec = self.env.topology.nodes[name]
        match spec.role:
            case Role.SIP_CORE:
                return SipCore(spec, self.env)
            case Role.MC_GATEWAY:
                return McGateway(spec, self.env, derive(self._seed, f"gateway {spec.name}"))
            case Role.MC_SERVER:
                system = self.env.topology.systems[spec.system]
                verifiers = self.identities.verifiers(system)
                pool = self.identities.pools.of(system.domain)
                return McServer(spec, self.env, verifiers, self._database(spec), pool)
            case Role.IDMS:
                from mcsip.nodes.idms import IdmsNode

                return IdmsNode(spec, self.env, self.identities)
            case Role.CLIENT:
                raise UsageError(f"{spec.name}: a client is no node of a system")

    def _database(self, spec: NodeSpec) -> Path | str | None:
        if (url := self.env.topology.systems[spec.system].store) is not None:
            return url
        return self._data_dir / f"{spec.name}{DATABASE_SUFFIX}" if self._data_dir else None

    def client(self, name: str, host: ClientHost | None = None) -> Client:
        """Return a new client: at an endpoint of its own, or at that of a host."""
        spec = self.env.topology.clients[name]
        if host is None and spec.backend is Backend.PJSUA2:
            from mcsip.nodes.pjsua_client import PjsuaClient

            return PjsuaClient(spec, self.env, self.identities)
        return Client(spec, self.env, self.identities, host)

    def know_elsewhere(self, names: Iterable[str]) -> list[str]:
        """Tell the directory and the trace of nodes and clients that run elsewhere.

        Args:
            names: who they are.

        Returns:
            Those that have no address in the topology.

        Raises:
            UsageError: one is to be looked up, and the topology does not say whom to ask.
        """
        elsewhere = list(names)
        directory, trace = self.env.directory, self.env.trace
        missing = directory.announce_configured(elsewhere)
        for name in elsewhere:
            if name in self.env.topology.nodes:
                self.lookups.add(name)
        if trace is not None:
            for name in elsewhere:
                trace.add_node(directory.info(name))
                for address in directory.addresses(name).values():
                    trace.announce(name, address.host, address.port)
        return missing

    # Certificates

    def take_certificates(
        self, specs: Iterable[NodeSpec | ClientSpec]
    ) -> list[NodeSpec | ClientSpec]:
        """Take the certificates that the topology names; return who speaks TLS and has none."""
        wanting: list[NodeSpec | ClientSpec] = []
        everybody = "TLS" in self.env.transports()
        for spec in specs:
            if not everybody and not _is_idms(spec):
                continue
            tls = spec.tls
            if tls is None or tls.certificate is None or tls.key is None or tls.ca is None:
                wanting.append(spec)
                continue
            self.env.tls[spec.name] = TlsConfig(
                tls.certificate,
                tls.key,
                tls.ca,
                tls.mutual,
                tls.verify,
                self.env.directory.domains,
                self._admitted(spec),
            )
        return wanting

    def issue_certificates(self, specs: Iterable[NodeSpec | ClientSpec]) -> None:
        """Make certificates that are trusted in this process, and until ``close``."""
        from mcsip.net.certificates import ThrowawayAuthority

        self._folder = tempfile.TemporaryDirectory(prefix="mcsip-certificates-")
        authority = ThrowawayAuthority(Path(self._folder.name), self.env.clock.wall())
        for spec in specs:
            domains, hosts = certificate_names(self.env.topology, spec)
            config = authority.issue(spec.name, domains=domains, hosts=hosts, addresses=[spec.host])
            if spec.tls is not None:
                config = replace(
                    config,
                    mutual=spec.tls.mutual,
                    verify=spec.tls.verify,
                    admitted=self._admitted(spec),
                )
            self.env.tls[spec.name] = config

    def _admitted(self, spec: NodeSpec | ClientSpec) -> frozenset[str]:
        """Return the names of those who may connect where certificates are asked for.

        The own system, and those with which it is interconnected; where there is no SIP core,
        clients too, which then come to the servers.
        """
        topology = self.env.topology
        own = topology.systems[spec.system]
        others = (each.domain for each in topology.systems.values() if each is not own)
        pairs = ((each, topology.agreements.between(own.domain, each)) for each in others)
        domains = {each for each, agreed in pairs if agreed is not None and agreed.interconnection}
        clients = topology.clients.values() if own.core is None else ()
        hosts = (certificate_names(topology, client)[1] for client in clients)
        return frozenset({own.domain, *domains}.union(*hosts))

    def close(self) -> None:
        """Remove what was made for the run."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _is_idms(spec: NodeSpec | ClientSpec) -> bool:
    return isinstance(spec, NodeSpec) and spec.role is Role.IDMS
