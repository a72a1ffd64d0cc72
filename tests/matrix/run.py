"""Running one case, and what must hold once things are quiet."""

import asyncio
import functools
import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mcsip.errors import McsipError
from mcsip.mc.messages import REQUEST
from mcsip.mc.roles import Role
from mcsip.migration.records import PartnerRecord, PartnerStatus, PrimaryRecord
from mcsip.net.virtual import run_virtual
from mcsip.nodes.client import Client, MigrationOutcome
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.simulation import Simulation
from mcsip.topology import Topology
from mcsip.trace import Trace

from .points import Case, Point, Trouble, cases_at
from .procedures import ALICE, HOME, PROCEDURES, Procedure, topology_of
from .trouble import MortalStore, TroubledNetwork, Watch

SEED = 1
QUIET_WITHIN_S = 3 * 3600.0
LOOK_S = 5.0
PARTNERS = ("partner", "other")
RESTING = {PartnerStatus.ABSENT, PartnerStatus.RETAINED}


@dataclass(frozen=True)
class Report:
    """What came of a case.

    Attributes:
        faults: what did not hold; empty when all did.
        struck: whether the trouble happened at all.
        points: the points of the run.
    """

    faults: tuple[str, ...]
    struck: bool
    points: tuple[Point, ...]


@functools.cache
def _topology(setting: str) -> Topology:
    return topology_of(setting)


def points_of(setting: str, procedure: str) -> tuple[Point, ...]:
    """Return the points of a procedure: every message on every hop, and every commit."""
    report = run(setting, procedure, None)
    assert not report.faults, report.faults
    return report.points


@functools.cache
def cases_of(setting: str, procedure: str) -> tuple[Case, ...]:
    """Return all cases of a procedure."""
    nodes = _topology(setting).nodes
    cases: list[Case] = []
    for point in points_of(setting, procedure):
        cases += cases_at(setting, procedure, point, mortal=point.node in nodes)
    return tuple(cases)


def run_case(case: Case) -> Report:
    """Run a case in virtual time."""
    return run(case.setting, case.procedure, case)


def run(setting: str, procedure: str, case: Case | None, trace: Trace | None = None) -> Report:
    """Run a procedure, with the trouble of a case or without, in virtual time."""
    errors = _Errors()
    log = logging.getLogger("mcsip")
    log.addHandler(errors)
    try:
        with tempfile.TemporaryDirectory(prefix="mcsip-matrix-") as folder:
            world = _World(_topology(setting), PROCEDURES[procedure], case, Path(folder), trace)
            report = run_virtual(world.run())
    finally:
        log.removeHandler(errors)
    return Report((*report.faults, *errors.texts), report.struck, report.points)


class _Errors(logging.Handler):
    """Keeps errors of the log: faults of ours, whatever goes wrong in the network."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record's text."""
        self.texts.append(f"log: {self.format(record)}")


class _World:
    """The three systems in which a case runs."""

    def __init__(
        self,
        topology: Topology,
        procedure: Procedure,
        case: Case | None,
        folder: Path,
        trace: Trace | None,
    ) -> None:
        self.topology = topology
        self.procedure = procedure
        self.case = case
        self.folder = folder
        self.trace = trace
        self.faults: list[str] = []
        self.restarts: set[asyncio.Task[None]] = set()
        self.sim: Simulation
        self.network: TroubledNetwork

    async def run(self) -> Report:
        loop = asyncio.get_running_loop()
        self.watch = watch = Watch(self.case, loop.time)
        self.network = TroubledNetwork(SEED, watch)
        self.sim = Simulation(
            self.topology,
            network=self.network,
            seed=SEED,
            trace=self.trace,
            data_dir=self.folder,
            open_store=self._open,
        )
        watch.kill = self._kill
        await self.sim.start()
        try:
            for leg in self.procedure.given:
                await self._go(leg)
                await self._settle()
            watch.begin()
            told = [await self._go(leg) for leg in self.procedure.legs]
            await self._settle()
            points = tuple(watch.points)
            self._check("when it is quiet")
            self._check_told(told[-1])
            watch.end()
            await self._check_unhurt()
        finally:
            await self.sim.stop()
        return Report(tuple(self.faults), watch.struck, points)

    def _open(self, path: Path | None) -> MortalStore:
        assert path is not None
        return MortalStore(path, self.watch)

    # The user

    async def _go(self, leg: str) -> MigrationOutcome:
        """Let the user go somewhere; whatever goes wrong is an outcome."""
        client: Client = self.sim.clients["alice-ue"]
        try:
            if leg == HOME:
                return await client.return_home()
            await client.authenticate(leg)
            status = await client.register(leg)
            if status != 200:
                return MigrationOutcome("failed", "not-registered", status=status)
            return await client.migrate(leg, 2)
        except McsipError as error:
            return MigrationOutcome("failed", "not-registered", str(error))

    # Death and return

    def _kill(self, node: str) -> None:
        """Kill a node now: nothing that it has not stored or sent is left of it."""
        if self.case is None or node in self.watch.dead:
            return
        self.watch.dead.add(node)
        task = asyncio.get_running_loop().create_task(self._restart(node, self.case.down_s))
        self.restarts.add(task)

    async def _restart(self, node: str, down_s: float) -> None:
        await self.sim.stop_node(node)
        self.watch.dead.discard(node)
        await asyncio.sleep(down_s)
        await self.sim.start_node(node)

    # Rest

    async def _settle(self) -> None:
        """Wait until nothing is under way, owed or waited for."""
        loop = asyncio.get_running_loop()
        end = loop.time() + QUIET_WITHIN_S
        quiet = 0
        while quiet < 2:
            if loop.time() > end:
                self.faults.append("it is never quiet")
                return
            await asyncio.sleep(LOOK_S)
            quiet = quiet + 1 if self._is_quiet() else 0

    def _is_quiet(self) -> bool:
        nodes = self.sim.nodes.values()
        return (
            self.network.is_empty
            and all(task.done() for task in self.restarts)
            and all(node.running and node.is_idle for node in nodes)
            and all(_store(node).is_settled for node in nodes if isinstance(node, McServer))
        )

    # What must hold

    def _records(self) -> tuple[PrimaryRecord, dict[str, PartnerRecord]]:
        primary = self.sim.record("primary.server", ALICE)
        assert isinstance(primary, PrimaryRecord)
        visitors = {}
        for name in PARTNERS:
            record = self.sim.record(f"{name}.server", ALICE)
            assert isinstance(record, PartnerRecord)
            visitors[self.topology.systems[name].domain] = record
        return primary, visitors

    def _check(self, when: str) -> None:
        """No half-migrated user: "migrated to X" exactly when X says "active"."""
        primary, visitors = self._records()
        at = primary.current
        for domain, visitor in visitors.items():
            said = f"{when}: primary {primary.status} {primary.partner}, {domain} {visitor.status}"
            if at is None or at.partner != domain:
                if visitor.status not in RESTING:
                    self.faults.append(said)
            elif visitor.status is not PartnerStatus.ACTIVE:
                self.faults.append(said)
            elif (visitor.partner_id, visitor.profile) != (at.partner_id, at.profile):
                self.faults.append(f"{said}: not the same stay: {at} {visitor}")

    def _check_told(self, told: MigrationOutcome) -> None:
        """What the user was told last is so."""
        primary, _ = self._records()
        leg = self.procedure.legs[-1]
        where = None if leg == HOME else self.topology.systems[leg].domain
        if self.case is not None and _comes_anew(self.case):
            return
        if told.result == "success" and primary.partner != where:
            self.faults.append(f"the user was told success, and is at {primary.partner}")
        if _is_final(told) and leg != HOME and primary.partner == where:
            self.faults.append(f"the user was told {told.reason}, and is at {primary.partner}")

    async def _check_unhurt(self) -> None:
        """What happened has left nothing behind: the user can go and return, then nothing is stored."""
        for leg in ("partner", HOME):
            outcome = await self._go(leg)
            if outcome.result != "success":
                self.faults.append(f"afterwards to {leg}: {outcome}")
            await self._settle()
            self._check(f"afterwards at {leg}")
        await asyncio.sleep(self.sim.env.retention_s + LOOK_S)
        for node in self.sim.nodes.values():
            if isinstance(node, McServer) and not _store(node).is_empty:
                self.faults.append(f"afterwards there are records left at {node.name}")


def _store(server: McServer) -> MortalStore:
    assert isinstance(server.store, MortalStore)
    return server.store


def _comes_anew(case: Case) -> bool:
    """Tell whether a case lets a client's request of step 1 arrive once more, or late.

    Nothing tells such a request from a new one: when the user has gone on meanwhile, it brings the
    user back, and both systems say so. Only what the user was told is no longer so.
    """
    before_server = case.point.node.endswith((".core", "-ue"))
    late = {Trouble.DOUBLED, Trouble.DOUBLED_LATE, Trouble.LATE}
    return case.trouble in late and case.point.label == REQUEST and before_server


def _is_final(told: MigrationOutcome) -> bool:
    """Tell whether a response message of the partner said no (step 12)."""
    return told.result != "success" and told.by_role in {Role.MC_SERVER, Role.MC_GATEWAY}
