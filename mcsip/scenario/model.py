"""The shape of a scenario file, and a scenario as it runs. Steps have files of their own."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import Field

from mcsip.filemodel import FileModel, no_items
from mcsip.topology.file import ServiceKey, Transport
from mcsip.topology.under_test import UnderTest

NetworkKey = Literal["loopback", "memory"]
GatewaysKey = Literal["both", "primary", "partner", "none"]
Probability = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0, le=86400)]


class FaultsFile(FileModel):
    """What the in-memory network does to datagrams."""

    loss: Probability = Field(0.0, description="Probability that a datagram is lost.")
    duplicate: Probability = Field(0.0, description="Probability that it arrives twice.")
    reorder: Probability = Field(0.0, description="Probability that later ones overtake it.")
    delay: Annotated[float, Field(ge=0, le=3600)] = Field(
        0.001, description="How long it takes, in seconds."
    )


class TimeoutsFile(FileModel):
    """Timers, in seconds."""

    t1: Seconds | None = Field(
        None,
        description="Estimate of the round-trip time (RFC 3261 17.1.1.1); 0.5 if absent. All other "
        "waits for an answer are multiples of it, where they are not given.",
    )
    t2: Seconds | None = Field(
        None, description="Longest interval between retransmissions; 8 times t1 if absent."
    )
    t4: Seconds | None = Field(
        None, description="How long a message stays in the network; 10 times t1 if absent."
    )
    act: Seconds | None = Field(
        None, description="How long the run waits for a client that is not ours; 60 if absent."
    )
    settle: Seconds | None = Field(None, description="How long expectations wait before they fail.")
    scenario: Seconds | None = Field(None, description="How long the whole scenario may take.")


class OptionsFile(FileModel):
    """How a scenario runs; the command line and MCSIP_* variables win over it."""

    seed: int | None = Field(None, ge=0, description="Seed of everything random.")
    transport: Transport | None = Field(None, description="Instead of the topology's.")
    service: ServiceKey | None = Field(None, description="Instead of the topology's.")
    network: NetworkKey | None = Field(
        None, description="loopback: real sockets; memory: in one process, in virtual time."
    )
    faults: FaultsFile | None = Field(None, description="Needs the network 'memory'.")
    timeouts: TimeoutsFile | None = Field(None, description="Timers other than the usual ones.")
    pending_timeout_s: Seconds | None = Field(
        None,
        description="How long a partner server waits for the primary, in seconds; 80 times t1 if "
        "absent.",
    )
    client_timeout_s: Seconds | None = Field(
        None,
        description="How long a client waits for the response to its request, in seconds; longer "
        "than that if absent.",
    )
    retention_s: Seconds | None = Field(
        None, description="How long a partner keeps the mapping of a user who left, in seconds."
    )
    confirmation_s: Seconds | None = Field(
        None,
        description="How long the primary waits for the notification of a new partner before it "
        "de-authorizes the former one all the same, in seconds.",
    )
    gateways: GatewaysKey | None = Field(
        None, description="Which systems keep their MC gateway servers; both: all that have one."
    )
    durable: bool | None = Field(
        None, description="Keep records in files, which a node that starts again reads."
    )


class ScenarioFile(FileModel):
    """A scenario: a topology, and steps."""

    name: str = Field(min_length=1, description="What the scenario shows, for people.")
    description: str | None = Field(None, description="For people.")
    clauses: list[str] = Field(
        default_factory=no_items, description="The clauses that it is about."
    )
    tags: list[str] = Field(default_factory=no_items, description="To select it by.")
    topology: str = Field(description="The topology file, relative to this file.")
    include: str | list[str] | None = Field(
        None, description="Scenario files that this one builds on, relative to it."
    )
    options: OptionsFile | None = Field(None, description="How it runs.")
    steps: list[dict[str, Any]] = Field(min_length=1, description="What happens, in order.")


@dataclass(frozen=True, slots=True)
class FaultOptions:
    """What the in-memory network does to datagrams: probabilities, and a delay in seconds."""

    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay_s: float = 0.001


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a scenario runs; None where the layer that made it says nothing.

    Attributes:
        seed: seed of everything random.
        transport: "udp", "tcp" or "tls" instead of the topology's.
        service: key of the MC service instead of the topology's.
        network: "loopback" or "memory".
        faults: what the in-memory network does to datagrams.
        t1_s, t2_s, t4_s: the timers of RFC 3261.
        settle_s: how long expectations wait before they fail.
        timeout_s: how long the whole scenario may take, in seconds of its clock.
        act_s: how long the run waits for a client that is not ours.
        pending_timeout_s: how long a partner server waits for the primary.
        client_timeout_s: how long a client waits for the response to its request.
        retention_s: how long a partner keeps the mapping of a user who left.
        confirmation_s: how long the primary waits for the notification of a new partner.
        gateways: which systems keep their gateways: a value of ``topology.gateways.Gateways``.
        durable: whether records are kept in files.
        under_test: the nodes and clients that the user says are somebody else's.
    """

    seed: int | None = None
    transport: str | None = None
    service: str | None = None
    network: str | None = None
    faults: FaultOptions | None = None
    t1_s: float | None = None
    t2_s: float | None = None
    t4_s: float | None = None
    settle_s: float | None = None
    timeout_s: float | None = None
    act_s: float | None = None
    pending_timeout_s: float | None = None
    client_timeout_s: float | None = None
    retention_s: float | None = None
    confirmation_s: float | None = None
    gateways: str | None = None
    durable: bool | None = None
    under_test: tuple[UnderTest, ...] | None = None

    def over(self, lower: "RunOptions") -> "RunOptions":
        """Return these options laid over lower ones: what is None here comes from there."""
        said = {
            name: value for name in self.__slots__ if (value := getattr(self, name)) is not None
        }
        return replace(lower, **said)


def run_options(file: OptionsFile | None) -> RunOptions:
    """Return the options of a scenario file."""
    if file is None:
        return RunOptions()
    faults, timeouts = file.faults, file.timeouts
    options = RunOptions(
        seed=file.seed,
        transport=file.transport,
        service=file.service,
        network=file.network or ("memory" if faults is not None else None),
        faults=None
        if faults is None
        else FaultOptions(faults.loss, faults.duplicate, faults.reorder, faults.delay),
        pending_timeout_s=file.pending_timeout_s,
        client_timeout_s=file.client_timeout_s,
        retention_s=file.retention_s,
        confirmation_s=file.confirmation_s,
        gateways=file.gateways,
        durable=file.durable,
    )
    if timeouts is None:
        return options
    return replace(
        options,
        t1_s=timeouts.t1,
        t2_s=timeouts.t2,
        t4_s=timeouts.t4,
        settle_s=timeouts.settle,
        timeout_s=timeouts.scenario,
        act_s=timeouts.act,
    )
