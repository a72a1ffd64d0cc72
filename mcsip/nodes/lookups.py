"""Neighbours that a topology names by a SIP URI: where they are says DNS (RFC 3263).

The routes of a topology are static; these are the exception. Each has a ``Lookup`` that keeps its
answer fresh, and what comes of it is told to those who need it: the certificate at an address must
name the domain of the neighbour's system (RFC 5922 7.3), not the name that DNS gave; and the trace
says who is at an address.
"""

import asyncio
import logging
import random
from collections.abc import Sequence
from functools import partial

from mcsip.errors import UsageError
from mcsip.net.lookup import DnsResolver, Lookup
from mcsip.nodes.environment import Environment
from mcsip.sip.transport_rules import Target

log = logging.getLogger(__name__)


class Lookups:
    """The lookups of a process.

    Args:
        env: what all nodes have in common.
        seed: what the choices among servers of the same priority are drawn from.
    """

    def __init__(self, env: Environment, seed: str) -> None:
        self._env = env
        self._random = random.Random(f"{seed} dns")  # noqa: S311  # it shares load, no secrets
        self._resolver: DnsResolver | None = None
        self._started: list[Lookup] = []

    def add(self, name: str) -> None:
        """Look for a node that the topology names by a URI.

        Raises:
            UsageError: the topology does not say whom to ask.
        """
        env = self._env
        spec, config = env.topology.nodes[name], env.topology.dns
        if spec.lookup is None:
            return
        if config is None:
            raise UsageError(f"{spec.lookup} is looked up in DNS, and the topology has no 'dns'")
        if self._resolver is None:
            self._resolver = DnsResolver(config)
        spoken = [spec.transport, *(each for each in env.transports() if each != spec.transport)]
        env.directory.lookups[name] = Lookup(
            self._resolver,
            spec.lookup,
            [each for each in spoken if each in env.transports()],
            partial(self._random.randint, 0),
            env.clock.now,
            partial(self._on_found, name),
        )

    async def start(self) -> None:
        """Begin to ask; returns when there is an answer, or none, about each neighbour."""
        self._started = list(self._env.directory.lookups.values())
        await asyncio.gather(*(each.start() for each in self._started))

    async def stop(self) -> None:
        """Ask no more."""
        for each in self._started:
            await each.stop()

    def _on_found(self, name: str, targets: Sequence[Target]) -> None:
        """Tell where a neighbour is now."""
        env = self._env
        shown = [f"{each.transport.lower()}:{each.host}:{each.port}" for each in targets]
        log.info("DNS: %s is at %s", name, ", ".join(shown) or "no address")
        env.directory.expect(name, targets)
        if env.trace is not None:
            for each in targets:
                env.trace.announce(name, each.host, each.port)
