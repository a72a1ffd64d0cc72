"""What every node of a run has in common: handed in once, changed by nobody."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mcsip.mc.roles import Role
from mcsip.mc.services import Service
from mcsip.migration.records import DEFAULT_LIMITS
from mcsip.net.clock import Clock
from mcsip.net.endpoint import DEFAULT_LIMITS as ENDPOINT_LIMITS
from mcsip.net.media_ports import MediaPorts, SocketPorts
from mcsip.net.network import Network
from mcsip.net.tls import TlsConfig
from mcsip.nodes.directory import Directory
from mcsip.sip.ids import IdSource
from mcsip.sip.limits import Limits
from mcsip.sip.timers import Timers
from mcsip.store.open import open_records
from mcsip.store.port import Store
from mcsip.topology import Topology
from mcsip.trace import Trace

#: How long a partner server waits for the response of step 10 before it gives up, in seconds:
#: longer than Timer F of the request (32 s), so that the SIP layer speaks first [ours].
PENDING_TIMEOUT_S = 40.0
#: How much longer a client waits for the response of step 12, after its request was accepted, than
#: the partner server waits: so that the server's word arrives first [ours].
CLIENT_PATIENCE = 1.5
CLIENT_TIMEOUT_S = PENDING_TIMEOUT_S * CLIENT_PATIENCE
#: How many faults of nodes are kept, the newest ones [ours].
MAX_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Environment:
    """What every node of a run has in common.

    Attributes:
        topology: the systems, users and agreements.
        directory: where nodes are reached.
        network: sockets, or the network in memory.
        clock: monotonic and wall time.
        ids: source of tags, branches and Call-IDs.
        service: the MC service of the run.
        transport: the transport that nodes prefer, in upper case.
        trace: where messages and inner steps are recorded, or None.
        timers: T1, T2 and T4.
        tls: certificates by node name; empty where nothing speaks TLS.
        pending_timeout_s: how long a partner server waits for the primary.
        client_timeout_s: how long a client waits for the partner.
        retention_s: how long a partner keeps the mapping of a user who left.
        confirmation_s: how long a primary waits for the notification of a new partner.
        open_store: opens the records of a server.
        faults: what was wrong inside nodes themselves, one line each: bugs, not what peers did.
        media_ports: where media is sent and received.
        logs: what programs of another make have logged, by node, once they have ended.
        limits: what the stack of a node takes on before it refuses.
    """

    topology: Topology
    directory: Directory
    network: Network
    clock: Clock
    ids: IdSource
    service: Service
    transport: str
    trace: Trace | None
    timers: Timers
    tls: dict[str, TlsConfig]
    pending_timeout_s: float = PENDING_TIMEOUT_S
    client_timeout_s: float = CLIENT_TIMEOUT_S
    retention_s: float = DEFAULT_LIMITS.retention_s
    confirmation_s: float = DEFAULT_LIMITS.confirmation_s

    open_store: Callable[[Path | str | None], Store] = open_records
    faults: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_FAULTS))
    media_ports: MediaPorts = field(default_factory=SocketPorts)
    logs: dict[str, str] = field(default_factory=dict)
    limits: Limits = ENDPOINT_LIMITS
    _transports: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_transports", self._used_transports())

    def transports(self) -> tuple[str, ...]:
        """Return the transports that every node of the topology has.

        Where some nodes speak TLS and some do not, all have both: gateways may speak TLS to each
        other, and TCP inside.
        """
        return self._transports

    def _used_transports(self) -> tuple[str, ...]:
        nodes = self.topology.nodes.values()
        used = {spec.transport for spec in nodes if spec.role is not Role.IDMS}
        used |= {spec.transport for spec in self.topology.clients.values()}
        if used == {"TLS"}:
            return ("TLS",)
        return ("TCP", "TLS", "UDP") if "TLS" in used else ("TCP", "UDP")

    def note(self, node: str, step: str, clause: str, text: str) -> None:
        """Record an inner step of a node in the trace."""
        if self.trace is not None:
            self.trace.append_note(self.clock.now(), node, step, clause, text)
