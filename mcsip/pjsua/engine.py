"""The engine: one endpoint of PJSIP, its transports and accounts, and the requests of a client.

All of it runs in one thread, which also hands PJSIP its time (``handle_events``): calling the
library from two threads aborts the process. What is told of here is never destroyed while the
process lives, because destroying an account or call of a running library aborts it too.
"""

import socket
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pjsua2 as pj

from mcsip.pjsua.octets import NotPossibleError, octets_of, set_body
from mcsip.pjsua.wire import Line, pack

MAX_ACCOUNTS = 8
"""One process has so many; one more aborts it. Measured with PJSIP 2.15.1."""
REGISTRATION_S = 3600
"""How long a registration is asked for, as our own clients do."""
PREFERRED = "PCMU/8000"
_HIGHEST = 255
"""The codec that is offered first, and its priority: that of our own clients."""
CODECS = frozenset({PREFERRED, "PCMA/8000"})
"""What is offered: more would make INVITEs longer than they need be."""
LOG_LEVEL = 4
"""Messages whole, and what becomes of them; it goes to the standard output of C."""
EVENTS_MS = 10
"""How long the library may wait for a packet before commands are looked for [ours]."""
_TRIES = 100
_KINDS = {
    "UDP": pj.PJSIP_TRANSPORT_UDP,
    "TCP": pj.PJSIP_TRANSPORT_TCP,
    "TLS": pj.PJSIP_TRANSPORT_TLS,
}

Emit = Callable[[Line], None]


@contextmanager
def guarded(emit: Emit) -> Iterator[None]:
    """Tell of a fault in a callback, which the library would swallow."""
    try:
        yield
    except Exception as fault:  # noqa: BLE001  # the border to C++: nothing may pass it
        traceback.print_exc()
        emit({"event": "fault", "text": f"{type(fault).__name__}: {fault}"})


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificates, as names of PEM files.

    Attributes:
        certificate, key: of the client.
        ca: who is trusted.
        verify: whether the server is checked.
    """

    certificate: str
    key: str
    ca: str
    verify: bool


@dataclass(frozen=True, slots=True)
class Sending:
    """A request that is to be sent.

    Attributes:
        method: its method.
        uri: its Request-URI, and what stands in To.
        fields: header fields beside those that PJSIP writes.
        content_type: of the body.
        body: the octets.
    """

    method: str
    uri: str
    fields: Sequence[tuple[str, str]]
    content_type: str
    body: bytes


class Account(pj.Account):
    """One identity at one SIP core.

    Args:
        engine: where it belongs.
    """

    def __init__(self, engine: "Engine") -> None:
        super().__init__()
        self.engine = engine
        self.registering: int | None = None

    def onSendRequest(self, prm: pj.OnSendRequestParam) -> None:  # noqa: N802
        """Tell what came of a request."""
        with guarded(self.engine.emit):
            number = self.engine.sent.pop(int(prm.userData), None)
            if number is not None:
                self.engine.emit({"event": "done", "number": number, **answer_in(prm.e)})

    def onRegState(self, prm: pj.OnRegStateParam) -> None:  # noqa: N802
        """Tell what came of a registration that was asked for; renewals are PJSIP's own matter."""
        with guarded(self.engine.emit):
            number, self.registering = self.registering, None
            if number is not None:
                answer = answer_of(prm.code, prm.reason, prm.rdata.wholeMsg)
                self.engine.emit({"event": "done", "number": number, **answer})

    def onInstantMessage(self, prm: pj.OnInstantMessageParam) -> None:  # noqa: N802
        """Tell of a MESSAGE; PJSIP has answered it."""
        with guarded(self.engine.emit):
            octets = octets_of(prm.rdata.wholeMsg)
            self.engine.emit({"event": "message", "octets": pack(octets)})

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802
        """Tell of a call that comes in."""
        with guarded(self.engine.emit):
            self.engine.on_invite(self, prm.callId, octets_of(prm.rdata.wholeMsg))


class Engine:
    """One endpoint of PJSIP.

    Args:
        emit: takes what happens.

    Attributes:
        on_invite: takes account, PJSIP's number and octets of a call that comes in.
        sent: numbers of the requests under way, by address of their token.
    """

    def __init__(self, emit: Emit) -> None:
        self.emit = emit
        self.sent: dict[int, int] = {}
        self.on_invite: Callable[[Account, int, bytes], None] = lambda *_: None
        self._accounts: dict[tuple[str, str], Account] = {}
        self._tokens: list[pj.SipHeader] = []
        self._host = ""
        self._endpoint = pj.Endpoint()

    def start(
        self, host: str, port: int, transports: Sequence[str], tls: Tls | None
    ) -> dict[str, list[object]]:
        """Listen; return host and port by transport.

        Args:
            host: IP address where it listens, for SIP and media.
            port: of UDP and TCP, and the next one of TLS where these are there too; 0: a free one.
            transports: "UDP", "TCP", "TLS".
            tls: certificates, where TLS is among them.
        """
        self._host = host
        endpoint = self._endpoint
        endpoint.libCreate()
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.userAgent = "PJSIP"
        config.logConfig.level = config.logConfig.consoleLevel = LOG_LEVEL
        config.logConfig.msgLogging = 1
        config.medConfig.noVad = True  # silence is sent too: what was sent can be counted
        endpoint.libInit(config)
        port = port or free_port(host)
        listening = {
            name: self._listen(
                name, port + (name == "TLS" and len(transports) > 1 and port > 0), tls
            )
            for name in sorted(transports)
        }
        endpoint.libStart()
        endpoint.audDevManager().setNullDev()
        for codec in endpoint.codecEnum2():
            if not any(codec.codecId.startswith(known) for known in CODECS):
                endpoint.codecSetPriority(codec.codecId, 0)
            elif codec.codecId.startswith(PREFERRED):
                endpoint.codecSetPriority(codec.codecId, _HIGHEST)
        return listening

    def _listen(self, name: str, port: int, tls: Tls | None) -> list[object]:
        config = pj.TransportConfig()
        config.boundAddress = self._host
        config.port = port
        if name == "TLS" and tls is not None:
            config.tlsConfig.CaListFile = tls.ca
            config.tlsConfig.certFile = tls.certificate
            config.tlsConfig.privKeyFile = tls.key
            config.tlsConfig.verifyServer = tls.verify
            config.tlsConfig.proto = pj.PJ_SSL_SOCK_PROTO_TLS1_2
        transport = self._endpoint.transportCreate(_KINDS[name], config)
        where, _, bound = self._endpoint.transportGetInfo(transport).localName.rpartition(":")
        return [where, int(bound)]

    def handle_events(self) -> None:
        """Let the library work on what has come in."""
        self._endpoint.libHandleEvents(EVENTS_MS)

    def account(self, identity: str, proxy: str, registrar: str) -> Account:
        """Return the account of an identity at a SIP core, made when it is asked for first.

        Args:
            identity: MC service ID.
            proxy: SIP URI of where all its requests go first.
            registrar: URI of the domain that it registers in.

        Raises:
            NotPossibleError: there are as many as PJSIP can have.
        """
        known = self._accounts.get((identity, proxy))
        if known is not None:
            return known
        if len(self._accounts) >= MAX_ACCOUNTS:
            raise NotPossibleError(f"PJSIP has at most {MAX_ACCOUNTS} accounts in a process")
        config = pj.AccountConfig()
        config.idUri = f"<{identity}>"
        config.sipConfig.proxies.append(proxy)
        config.regConfig.registrarUri = registrar
        config.regConfig.registerOnAdd = False
        config.regConfig.timeoutSec = REGISTRATION_S
        config.regConfig.retryIntervalSec = 0
        config.regConfig.firstRetryIntervalSec = 0
        nat = config.natConfig
        nat.contactRewriteUse = nat.viaRewriteUse = nat.sdpNatRewriteUse = 0
        nat.sipOutboundUse = nat.contactUseSrcPort = nat.udpKaIntervalSec = 0
        # With it PJSIP follows each answer of several codecs with a re-INVITE of its own.
        config.mediaConfig.lockCodecEnabled = False
        config.mediaConfig.transportConfig.boundAddress = self._host
        config.mediaConfig.transportConfig.port = 0
        account = Account(self)
        self._accounts[identity, proxy] = account
        account.create(config)
        return account

    def register(self, number: int, account: Account) -> None:
        """Register an account; what came of it is told under a number."""
        account.registering = number
        account.setRegistration(True)

    def send(self, number: int, account: Account, sending: Sending) -> None:
        """Send a request; what came of it is told under a number.

        Raises:
            NotPossibleError: the body cannot be handed to the library.
        """
        request = pj.SendRequestParam()
        request.method = sending.method
        option = request.txOption
        option.targetUri = sending.uri
        add_fields(option, sending.fields)
        if sending.body:
            option.contentType = sending.content_type
            set_body(option, sending.body)
        token = pj.SipHeader()
        self._tokens.append(token)
        request.userData = token
        key = int(token.this)
        self.sent[key] = number
        try:
            account.sendRequest(request)
        except pj.Error:
            if self.sent.pop(key, None) is not None:
                raise  # else it has been told of already, as of any other request


def free_port(host: str) -> int:
    """Return a port that is free for UDP and TCP alike, and the next one for TCP.

    A peer whose request is too long for UDP tries TCP at the same port (RFC 3261 18.1.1).

    Raises:
        NotPossibleError: none was found.
    """
    for _ in range(_TRIES):
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
            socket.socket() as stream,
            socket.socket() as following,
        ):
            datagrams.bind((host, 0))
            port: int = datagrams.getsockname()[1]
            try:
                stream.bind((host, port))
                following.bind((host, port + 1))
            except (OSError, OverflowError):
                continue
            return port
    raise NotPossibleError(f"no port of {host} is free for UDP and TCP")


def add_fields(option: pj.SipTxOption, fields: Sequence[tuple[str, str]]) -> None:
    """Add header fields to a message."""
    for name, value in fields:
        header = pj.SipHeader()
        header.hName, header.hValue = name, value
        option.headers.append(header)


def answer_in(event: pj.SipEvent) -> Mapping[str, object]:
    """Return the final answer that an event of a transaction tells of."""
    state = event.body.tsxState
    received = event.type == pj.PJSIP_EVENT_TSX_STATE and state.type == pj.PJSIP_EVENT_RX_MSG
    whole = state.src.rdata.wholeMsg if received else ""
    return answer_of(state.tsx.statusCode, state.tsx.statusText, whole)


def answer_of(status: int, reason: str, whole: str) -> Mapping[str, object]:
    """Return an answer as it stands in a line.

    Args:
        status: final status; PJSIP makes one up where nobody answered.
        reason: its reason phrase.
        whole: the whole response, or "" where there is none.
    """
    return {"status": status, "reason": reason, "octets": pack(octets_of(whole))}
