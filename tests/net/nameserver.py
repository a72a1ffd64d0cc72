"""A name server in this process, for tests: answers from a zone text, or as it is told to."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone


class NameServer(asyncio.DatagramProtocol):
    """Answers over UDP.

    Attributes:
        asked: how often each (type, name) was asked for.
        silent: it answers nothing.
        refuses: it answers SERVFAIL.
    """

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()
        self.silent = False
        self.refuses = False
        self.zone: dns.zone.Zone | None = None
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def address(self) -> tuple[str, int]:
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")[:2]
        return host, port

    def holds(self, records: str, origin: str = "p.example.") -> None:
        """Take the records of a zone, as a zone file has them."""
        head = "@ 60 IN SOA ns hostmaster 1 2 3 4 5\n@ 60 IN NS ns\nns 60 IN A 127.0.0.1\n"
        self.zone = dns.zone.from_text(head + records, origin=origin, relativize=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        (question,) = query.question
        name, kind = question.name, question.rdtype
        self.asked[dns.rdatatype.to_text(kind), name.to_text(omit_final_dot=True)] += 1
        if self.silent or self._transport is None:
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AA
        if self.refuses:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif self.zone is None or not name.is_subdomain(self.zone.origin or name):
            answer.set_rcode(dns.rcode.REFUSED)
        elif self.zone.get_node(name) is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            alias = self.zone.get_rrset(name, dns.rdatatype.CNAME)
            if alias is not None:
                answer.answer.append(alias)
                name = alias[0].target
            found = self.zone.get_rrset(name, kind)
            if found is not None:
                answer.answer.append(found)
        self._transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def name_server(records: str = "") -> AsyncIterator[NameServer]:
    """Run a name server on a free loopback port."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(NameServer, ("127.0.0.1", 0))
    server.holds(records)
    try:
        yield server
    finally:
        transport.close()
