"""Neighbours that are found by DNS: asked for in the background, never while a message waits.

What is asked in which order says ``mcsip.sip.locate`` (RFC 3263); dnspython asks, without blocking
the event loop. A ``Lookup`` keeps the answer about one neighbour fresh: it asks again before the
answer expires, so that whoever sends finds targets at hand, or hears at once that there are none.
An answer that has expired is not used: while no server answers, there is no target.

dnspython is loaded when the first lookup begins.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcsip.errors import NetworkError
from mcsip.net.limits import (
    DNS_MAX_TTL_S,
    DNS_MIN_TTL_S,
    DNS_REFRESH_SHARE,
    DNS_RETRY_S,
)
from mcsip.sip.locate import (
    Draw,
    Kind,
    Naptr,
    Question,
    Records,
    Server,
    Srv,
    Wanted,
    in_order,
    locate,
)
from mcsip.sip.transport_rules import Target

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DnsConfig:
    """Whom to ask.

    Attributes:
        servers: address and port of each name server; empty: those of the system.
        timeout_s: how long to wait for the answer to one question, in seconds.
    """

    servers: tuple[tuple[str, int], ...] = ()
    timeout_s: float = 3.0


@dataclass(frozen=True, slots=True)
class Found:
    """What DNS says of a neighbour.

    Attributes:
        servers: its servers, in no order.
        ttl_s: for how long that may be believed, in seconds.
    """

    servers: tuple[Server, ...]
    ttl_s: float


class DnsError(NetworkError):
    """DNS gave no answer, or one that helps nobody."""


class DnsResolver:
    """Asks name servers.

    Args:
        config: whom to ask.
    """

    def __init__(self, config: DnsConfig) -> None:
        self._config = config
        self._resolver: Resolver | None = None

    async def find(self, wanted: Wanted, spoken: Sequence[str]) -> Found:
        """Find the servers of a URI.

        Args:
            wanted: what the URI says.
            spoken: the transports that we speak, the one that we like best first.

        Raises:
            DnsError: nobody answered, or there are no servers.
        """
        search, ttl_s = locate(wanted, spoken), float(DNS_MAX_TTL_S)
        try:
            question = next(search)
            while True:
                records, valid_s = await self._ask(question)
                ttl_s = min(ttl_s, valid_s)
                question = search.send(records)
        except StopIteration as end:
            servers: list[Server] = end.value
        if not servers:
            raise DnsError(f"DNS knows no server of {wanted} that speaks {_list(spoken)}")
        return Found(tuple(servers), max(ttl_s, DNS_MIN_TTL_S))

    async def _ask(self, question: Question) -> tuple[Records, float]:
        """Return the records that answer a question, and how long they are valid, in seconds.

        Raises:
            DnsError: nobody answered.
        """
        match question.kind:
            case Kind.NAPTR:
                return await self._naptr(question.name)
            case Kind.SRV:
                return await self._srv(question.name)
            case Kind.ADDRESS:
                four, four_s = await self._addresses(question.name, "A")
                six, six_s = await self._addresses(question.name, "AAAA")
                return [*four, *six], min(four_s, six_s)

    async def _naptr(self, name: str) -> tuple[list[Naptr], float]:
        from dns.rdtypes.IN.NAPTR import NAPTR

        found, ttl_s = await self._query(name, "NAPTR")
        records = [
            Naptr(
                each.order,
                each.preference,
                each.flags.decode("ascii", "replace"),
                each.service.decode("ascii", "replace"),
                each.replacement.to_text(omit_final_dot=True),
            )
            for each in found
            if isinstance(each, NAPTR)
        ]
        return records, ttl_s

    async def _srv(self, name: str) -> tuple[list[Srv], float]:
        from dns.rdtypes.IN.SRV import SRV

        found, ttl_s = await self._query(name, "SRV")
        records = [
            Srv(each.priority, each.weight, each.port, each.target.to_text(omit_final_dot=True))
            for each in found
            if isinstance(each, SRV)
        ]
        return records, ttl_s

    async def _addresses(self, name: str, kind: str) -> tuple[list[str], float]:
        from dns.rdtypes.IN.A import A
        from dns.rdtypes.IN.AAAA import AAAA

        found, ttl_s = await self._query(name, kind)
        return [str(each.address) for each in found if isinstance(each, A | AAAA)], ttl_s

    async def _query(self, name: str, kind: str) -> tuple[list[object], float]:
        """Return the records of a name, and their time to live; none where there are none.

        Raises:
            DnsError: nobody answered.
        """
        import dns.exception
        import dns.resolver

        try:
            answer = await self._dns().resolve(
                f"{name}.", kind, raise_on_no_answer=False, lifetime=self._config.timeout_s
            )
        except dns.resolver.NXDOMAIN:
            return [], DNS_MAX_TTL_S
        except (dns.exception.DNSException, OSError) as error:
            raise DnsError(f"DNS: {kind} of {name}: {_short(error)}") from error
        if answer.rrset is None:
            return [], DNS_MAX_TTL_S
        return list(answer.rrset), float(answer.rrset.ttl)

    def _dns(self) -> "Resolver":
        """Return dnspython's resolver, made when it is first used."""
        if self._resolver is None:
            import dns.asyncresolver
            import dns.nameserver

            servers = self._config.servers
            resolver = dns.asyncresolver.Resolver(configure=not servers)
            if servers:
                resolver.nameservers = [
                    dns.nameserver.Do53Nameserver(address, port) for address, port in servers
                ]
            self._resolver = resolver
        return self._resolver


class Lookup:
    """The answer about one neighbour, kept fresh in the background.

    Args:
        resolver: asks.
        wanted: what is looked for.
        spoken: the transports that we speak, the one that we like best first.
        draw: the source of randomness for RFC 2782.
        now: the clock, monotonic seconds.
        on_found: is told of the targets whenever an answer has come, or expired (then: none);
            returns those that may be used.
    """

    def __init__(
        self,
        resolver: DnsResolver,
        wanted: Wanted,
        spoken: Sequence[str],
        draw: Draw,
        now: Callable[[], float],
        on_found: Callable[[Sequence[Target]], None],
    ) -> None:
        self.wanted = wanted
        self._resolver = resolver
        self._spoken = tuple(spoken)
        self._draw = draw
        self._now = now
        self._on_found = on_found
        self._found: Found | None = None
        self._expires_at = 0.0
        self._fault = f"{wanted} has not been looked up yet"
        self._asked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Ask for the first time, and go on asking; returns with the first answer or fault."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep_fresh())
        await self._asked.wait()

    async def stop(self) -> None:
        """Ask no more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def targets(self) -> list[Target]:
        """Return where the neighbour is, in the order to try; drawn anew each time (RFC 2782).

        Raises:
            DnsError: nothing is known that is still valid.
        """
        if self._found is None or self._now() >= self._expires_at:
            raise DnsError(self._fault)
        return in_order(self._found.servers, self._draw)

    async def _keep_fresh(self) -> None:
        while True:
            pause_s = await self._refresh()
            self._asked.set()
            await asyncio.sleep(pause_s)

    async def _refresh(self) -> float:
        """Ask once; return in how many seconds to ask again."""
        try:
            found = await self._resolver.find(self.wanted, self._spoken)
        except DnsError as fault:
            _log.warning("%s", fault)
            self._fault = str(fault)
            if self._now() >= self._expires_at:
                self._found = None
                self._on_found(())
            return DNS_RETRY_S
        self._found = found
        self._expires_at = self._now() + found.ttl_s
        self._fault = f"what DNS said of {self.wanted} has expired"
        self._on_found([target for server in found.servers for target in server.targets])
        return max(found.ttl_s * DNS_REFRESH_SHARE, DNS_RETRY_S)


def _short(error: Exception) -> str:
    """Return what went wrong in one line."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def _list(words: Sequence[str]) -> str:
    return ", ".join(words)
