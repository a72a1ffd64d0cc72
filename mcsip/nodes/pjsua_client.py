"""An MC service client that speaks with the SIP and RTP of PJSIP (``backend: pjsua2``).

What a client decides is the same for both (``client``): what it asks for, the bodies, what an
answer means. What goes over the wire is PJSIP's: its transactions, Call-IDs, tags, branches,
registrations, dialogs and streams. So of this client only its neighbours' copies are in the trace.

PJSIP answers a MESSAGE 200 before anybody looks into it; a body that cannot be read is logged.
"""

import asyncio
import logging
from dataclasses import replace
from typing import Any

from mcsip.errors import BeyondError, PeerError
from mcsip.net.network import RequestTimeoutError, TransportError
from mcsip.nodes.client import Client
from mcsip.nodes.client_outcome import MigrationOutcome
from mcsip.nodes.environment import Environment
from mcsip.nodes.identities import Identities
from mcsip.nodes.pjsua_calls import PjsuaCalls
from mcsip.nodes.pjsua_process import START_S, CrashedError, Line, PjsuaProcess, RefusedError
from mcsip.nodes.proxying import route_uri
from mcsip.pjsua.wire import number_of, octets_of, pack, text_of
from mcsip.redact import redact_text
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import parse_datagram
from mcsip.sip.stack import Target
from mcsip.topology import ClientSpec, System
from mcsip.trace import NodeInfo, Peer

log = logging.getLogger(__name__)

MAX_OCTETS = 4000
"""Longest message that PJSIP as it is built sends; a longer one that it gets is cut."""
OVERHEAD_OCTETS = 450
"""What PJSIP writes beside the fields of our own requests: Via, Accept, longer names [ours]."""
OUTCOME_S = 45.0
"""How long a transaction of PJSIP may last: longer than its Timers B and F of 32 s, which cannot be
set [ours]."""
TOO_LONG = "PJSIP_EMSGTOOLONG"
"""What stands in the reason that PJSIP makes up for a message that is too long after all."""
TIMED_OUT = 408
"""The status that PJSIP makes up where nobody has answered."""
_WRITTEN = frozenset(
    {
        "via",
        "from",
        "to",
        "call-id",
        "cseq",
        "max-forwards",
        "route",
        "contact",
        "content-type",
        "content-length",
    }
)
"""The fields that PJSIP writes itself."""


class PjsuaClient(Client):
    """One MC service client with PJSIP in a process of its own.

    Args:
        spec: its entry in the topology.
        env: what all nodes have in common.
        identities: the identity management of all systems.
    """

    def __init__(self, spec: ClientSpec, env: Environment, identities: Identities) -> None:
        super().__init__(spec, env, identities)
        self._process = PjsuaProcess(self.name, self._on_event, self._on_crash)
        self._under_way: dict[int, asyncio.Future[Line]] = {}
        self._started = False
        self._known_as: tuple[str, ...] = (self.mc_id,)
        self.pjsua_calls = PjsuaCalls(self)

    @property
    def calls(self) -> PjsuaCalls:
        """What it does with private calls, by PJSIP."""
        return self.pjsua_calls

    def forget(self) -> None:
        """Forget what others have sent to it: a scenario begins anew."""
        super().forget()
        self.calls.callers.clear()

    @property
    def process(self) -> PjsuaProcess:
        """PJSIP's process."""
        return self._process

    @property
    def running(self) -> bool:
        """Whether the client runs; also after a crash, until it is stopped."""
        return self._started

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not (self._work or self._under_way)

    def stays_idle(self, for_s: float) -> bool:  # noqa: ARG002  # the base class's signature
        """Nobody can tell: PJSIP sends what it likes."""
        return False

    def unanswered(self) -> int:
        """Return how many requests wait for their final response."""
        return len(self._under_way)

    def refuse_new(self) -> None:
        """PJSIP goes on taking requests: nobody can tell it not to."""

    async def start(self) -> None:
        """Start PJSIP, let it listen, and tell the directory where.

        Raises:
            MissingToolError: it is not installed.
            NetworkError: an address cannot be bound.
            CrashedError: it has ended at once.
        """
        transports = self.env.transports()
        known = self.env.directory.addresses(self.name)
        port = known[self.spec.transport].port if known else self.spec.port
        if self.spec.transport == "TLS" and "TCP" in transports and port:
            port -= 1  # TLS listens at the port after that of TCP
        self._started = True
        await self._process.start()
        tls = self.env.tls.get(self.name)
        certificates: dict[str, object] = {}
        if tls is not None:
            certificates |= {"certificate": str(tls.certificate), "key": str(tls.key)}
            certificates |= {"ca": str(tls.authorities), "verify": tls.verify}
        answer = await self._process.ask(
            "start",
            {
                "host": self.spec.host,
                "port": port,
                "transports": " ".join(transports),
                **certificates,
            },
            within_s=START_S,
        )
        addresses = _addresses(answer)
        self.env.directory.announce(self.name, addresses, self.spec.transport)
        if self.env.trace is not None:
            self.env.trace.add_node(self.info())
            for address in addresses.values():
                self.env.trace.announce(self.name, address.host, address.port)
        self.calls.start()

    async def stop(self) -> None:
        """End PJSIP, without a word to its peers, and keep its log."""
        self._started = False
        self.calls.stop()
        await super().stop()
        await self._process.stop()
        self._fail(CrashedError(f"{self.name} was stopped"))
        lines = "".join(f"{line}\n" for line in self._process.log)
        self.env.logs[self.name] = redact_text(self.env.logs.get(self.name, "") + lines)
        self._process.log.clear()

    # Requests

    async def _register(self, _at: System, mc_id: str, target: Target) -> int:
        """Register an MC service ID; PJSIP keeps the registration alive by itself."""
        answer = await self._outcome("register", self.account(mc_id, target))
        return answer.status

    async def send(self, request: Request, target: Target) -> Response | MigrationOutcome:
        """Send what a request asks for; return its answer, or why there is none.

        Raises:
            BeyondError: PJSIP has no such ability.
            CrashedError: it has crashed.
        """
        size = len(request.octets()) + OVERHEAD_OCTETS
        if size > MAX_OCTETS:
            raise BeyondError(
                f"PJSIP sends at most {MAX_OCTETS} octets, and this {request.method} has about"
                f" {size}"
            )
        arguments = self.account(str(request.from_.uri), target) | {
            "method": request.method,
            "uri": request.uri,
            "fields": fields_for_pjsip(request),
            "content_type": request.first("content-type") or "",
            "body": pack(request.body),
        }
        try:
            return await self._outcome("send", arguments)
        except RequestTimeoutError as error:
            return MigrationOutcome("failed", "no-answer", str(error))
        except (TransportError, RefusedError) as error:
            return MigrationOutcome("failed", "unreachable", str(error))

    def account(self, mc_id: str, target: Target) -> dict[str, object]:
        """Return what tells PJSIP as whom it speaks, and where that goes first.

        Args:
            mc_id: the MC service ID, which stands in From.
            target: the SIP core, or the server where there is none.
        """
        self._be_known_as(mc_id)
        proxy = route_uri(Peer(target.host, target.port), target.transport)
        domain = self._domain_at(target)
        return {"identity": mc_id, "proxy": f"<{proxy}>", "registrar": f"sip:{domain}"}

    def _be_known_as(self, mc_id: str) -> None:
        """Let the trace know an identity: by it a connection of PJSIP's is known as the client's.

        A request too long for UDP goes by TCP, from a port and with a Via that nobody announced.
        """
        if mc_id not in self._known_as:
            self._known_as += (mc_id,)
            if self.env.trace is not None:
                self.env.trace.add_node(self.info())

    def info(self) -> NodeInfo:
        """Return what reports need to know of it, with all its identities so far."""
        return replace(super().info(), identities=self._known_as)

    def _domain_at(self, target: Target) -> str:
        """Return the domain of the system whose SIP core is at a target, or the client's own."""
        for system in self.env.topology.systems.values():
            if system.core is not None and self._core_target(system)[:3] == target[:3]:
                return system.domain
        return self.domain

    async def _outcome(self, do: str, arguments: dict[str, object]) -> Response:
        """Ask for a transaction; return its final response.

        Raises:
            BeyondError, CrashedError, RefusedError: as ``PjsuaProcess.ask``.
            RequestTimeoutError: nobody answered.
            TransportError: it could not be sent.
        """
        answer = await self._process.ask(do, arguments)
        number = number_of(answer, "answer")
        done = self._done(number)
        try:
            async with asyncio.timeout(OUTCOME_S):
                line = await done
        except TimeoutError:
            raise RequestTimeoutError(f"PJSIP told no outcome within {OUTCOME_S:g} s") from None
        finally:
            self._under_way.pop(number, None)
        response = response_in(line)
        if response is not None:
            return response
        status, reason = number_of(line, "status"), text_of(line, "reason")
        if TOO_LONG in reason:
            raise BeyondError(f"PJSIP sends at most {MAX_OCTETS} octets: {reason}")
        if status == TIMED_OUT:
            raise RequestTimeoutError("no final response came to PJSIP")
        raise TransportError(f"PJSIP could not send it: {reason} ({status})")

    def _done(self, number: int) -> asyncio.Future[Line]:
        """Return what will be told under a number; it may have been told already."""
        done = self._under_way.get(number)
        if done is None:
            done = self._under_way[number] = asyncio.get_running_loop().create_future()
        return done

    # What comes in

    def _on_event(self, line: Line) -> None:
        """Take what PJSIP tells."""
        match line.get("event"):
            case "done":
                done = self._done(number_of(line, "number"))
                if not done.done():
                    done.set_result(line)
            case "message":
                self._on_message(octets_of(line, "octets"))
            case "fault":
                self.env.faults.append(f"PJSIP's program of {self.name}: {line.get('text')}")
            case _:
                self.pjsua_calls.on_event(line)

    def _on_message(self, octets: bytes) -> None:
        """Take a MESSAGE that PJSIP has answered."""
        request = parse_datagram(octets)
        if not isinstance(request, Request):
            log.warning("%s: PJSIP has taken what is no request", self.name)
            return
        try:
            status, reason = self.take(request)
        except PeerError as fault:
            status, reason = fault.status, fault.message
        if status >= 300:
            log.warning(
                "%s: PJSIP has answered 200 to a %s that is wrong: %s (%d)",
                *(self.name, request.method, reason, status),
            )

    def _on_crash(self, error: CrashedError) -> None:
        """Tell everybody who waits for PJSIP that it has crashed."""
        self.env.faults.append(str(error))
        self._fail(error)
        self.pjsua_calls.on_crash(error)

    def _fail(self, error: CrashedError) -> None:
        waiting: list[asyncio.Future[Any]] = [*self._under_way.values(), *self._responses.values()]
        for future in waiting:
            if not future.done():
                future.set_exception(error)
                future.exception()  # it may be that nobody waits for it yet
        self._under_way.clear()


def fields_for_pjsip(request: Request) -> list[list[str]]:
    """Return name and value of the fields of a request that PJSIP does not write itself."""
    return [
        [field.raw.partition(":")[0], field.value]
        for field in request.fields
        if field.key not in _WRITTEN
    ]


def response_in(line: Line) -> Response | None:
    """Return the response that stands in what PJSIP tells, or None where nobody answered."""
    message = parse_datagram(octets_of(line, "octets"))
    return message if isinstance(message, Response) else None


def _addresses(answer: Line) -> dict[str, Peer]:
    """Return where PJSIP listens, by transport."""
    found = answer.get("addresses")
    addresses: dict[str, Peer] = {}
    if isinstance(found, dict):
        for transport, address in found.items():
            match address:
                case [str(host), int(port)]:
                    addresses[str(transport)] = Peer(host, port)
    return addresses
