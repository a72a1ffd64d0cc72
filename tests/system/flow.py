"""One authorization over a network that loses, doubles and reorders; also run in other processes."""

import functools
import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":  # as a script, in a process of its own
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from mcsip.errors import NetworkError
from mcsip.migration.records import PartnerRecord, PartnerStatus, PrimaryRecord, PrimaryStatus
from mcsip.net.faults import Faults
from mcsip.net.virtual import run_virtual
from mcsip.nodes.client_outcome import MigrationOutcome
from mcsip.topology import Topology
from mcsip.tracefile import trace_lines
from tests.nodes.world import make_topology, running

BAD = Faults(loss=0.10, duplicate=0.05, reorder=0.10, delay_s=0.005, jitter_s=0.010)
WORST = Faults(loss=0.60, duplicate=0.05, reorder=0.10, delay_s=0.005, jitter_s=0.010)


@dataclass(frozen=True)
class Result:
    """How a run ended: for the client, and in the records once nobody owed anything."""

    outcome: MigrationOutcome
    primary: PrimaryRecord
    partner: PartnerRecord
    faults: int
    trace: str

    @property
    def agrees(self) -> bool:
        """No half-migrated user: both say the same of who is where."""
        primary, partner = self.primary, self.partner
        if primary.status is PrimaryStatus.HOME:
            return partner.status in {PartnerStatus.ABSENT, PartnerStatus.RETAINED}
        return (
            partner.status is PartnerStatus.ACTIVE
            and primary.partner == "partner.example"
            and (primary.partner_id, primary.profile) == (partner.partner_id, partner.profile)
        )


@functools.cache
def udp_topology() -> Topology:
    return make_topology(transport="udp")


async def _flow(seed: int, faults: Faults, *, with_trace: bool) -> Result:
    async with running(udp_topology(), seed=seed, faults=faults) as world:
        try:
            outcome = await world.migrate()
        except NetworkError as error:  # the REGISTER was not answered: a clear outcome as well
            outcome = MigrationOutcome("failed", "not-registered", str(error))
        await world.settle()
        faults_seen = sum(entry.fault is not None for entry in world.trace.entries)
        digest = ""
        if with_trace:
            lines = "\n".join(trace_lines(world.trace, redacted=False))
            digest = hashlib.sha256(lines.encode()).hexdigest()
        return Result(outcome, world.primary(), world.partner(), faults_seen, digest)


def run_flow(seed: int, faults: Faults, *, with_trace: bool = False) -> Result:
    """Run one authorization in virtual time."""
    return run_virtual(_flow(seed, faults, with_trace=with_trace))


if __name__ == "__main__":
    for text in sys.argv[1:]:
        sys.stdout.write(run_flow(int(text), WORST, with_trace=True).trace + "\n")
