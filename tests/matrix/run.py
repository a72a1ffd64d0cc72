"""Running one case, and what must hold once things are quiet."""

import asyncio
import functools
import logging
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from mcsip.errors import McsipError
from mcsip.mc.messages import REQUEST, TRIGGER
from mcsip.mc.roles import Role
from mcsip.migration.records import Basis, PartnerRecord, PartnerStatus, PrimaryRecord
from mcsip.net.virtual import run_virtual
from mcsip.nodes.client import Client
from mcsip.nodes.client_alias import publish_alias
from mcsip.nodes.client_outcome import MigrationOutcome
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.simulation import Simulation
from mcsip.nodes.trigger import trigger_migration
from mcsip.topology import Topology
from mcsip.trace import Trace
from tests.nodes.world import ALICE

from .points import Case, Point, Trouble, cases_at
from .procedures import (
    ALIAS,
    HOME,
    OTHER,
    PARTNER,
    PARTNERS,
    PLACES,
    PROCEDURES,
    SETTINGS,
    Leg,
    Procedure,
    Setting,
    Way,
    topology_of,
)
from .trouble import MortalStore, TroubledNetwork, Watch

SEED = 1
CLIENT = "alice-ue"
QUIET_WITHIN_S = 3 * 3600.0
LOOK_S = 5.0
TOLD_WITHIN_S = 300.0
"""More than a late trigger takes to arrive, with all that the client waits for afterwards."""
RESTING = {PartnerStatus.ABSENT, PartnerStatus.RETAINED}


@dataclass(frozen=True)
class Report:
    """What came of a case.

    Attributes:
        faults: what did not hold; empty when all did.
        struck: whether the trouble happened at all.
        points: the points of the run.
        alone: whether a partner then serves the user without the primary's word.
    """

    faults: tuple[str, ...]
    struck: bool
    points: tuple[Point, ...]
    alone: bool = False


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
            world = _World(setting, PROCEDURES[procedure], case, Path(folder), trace)
            report = run_virtual(world.run())
    finally:
        log.removeHandler(errors)
    return replace(report, faults=(*report.faults, *errors.texts))


class _Errors(logging.Handler):
    """Keeps errors of the log: faults of ours, whatever goes wrong in the network."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record's text, but for what a client says that nobody answered: no fault of ours."""
        if record.exc_info is None and isinstance(record.args, tuple) and CLIENT in record.args[:1]:
            return
        self.texts.append(f"log: {self.format(record)}")


class _World:
    """The three systems in which a case runs."""

    def __init__(
        self,
        setting: str,
        procedure: Procedure,
        case: Case | None,
        folder: Path,
        trace: Trace | None,
    ) -> None:
        self.topology = _topology(setting)
        self.setting: Setting = SETTINGS[setting]
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
                await self._go_well(leg, "before")
                await self._settle()
            watch.begin()
            for leg in self.procedure.legs:
                was = self._records()[0].partner
                told = await self._go(leg)
            await self._settle()
            points = tuple(watch.points)
            self._check("when it is quiet")
            self._check_told(told, was)
            alone = any(map(self._is_alone, self._records()[1].values()))
            watch.end()
            await self._check_unhurt()
        finally:
            await self.sim.stop()
        return Report(tuple(self.faults), watch.struck, points, alone)

    def _open(self, path: Path | str | None) -> MortalStore:
        assert isinstance(path, Path)
        return MortalStore(path, self.watch)

    # The user

    async def _go(self, leg: Leg) -> MigrationOutcome:
        """Let the user do something; whatever goes wrong is an outcome."""
        client: Client = self.sim.clients[CLIENT]
        try:
            match leg.way:
                case Way.TOLD:
                    return await self._be_told(client, leg)
                case Way.MOVES:
                    journey = await client.roaming.move(PLACES[leg.to])
                    return journey.outcome or MigrationOutcome("failed", "stayed")
                case Way.ALIAS:
                    done = await publish_alias(client, ALIAS)
                    return MigrationOutcome(done.result, done.reason, done.text, status=done.status)
                case _ if leg.to == HOME.to:
                    return await client.return_home()
                case _:
                    return await client.roaming.migrate(leg.to, leg.profile)
        except McsipError as error:
            return MigrationOutcome("failed", "not-registered", str(error))

    async def _be_told(self, client: Client, leg: Leg) -> MigrationOutcome:
        """Be at home, be told to go, and go: the trigger may be long on its way, or get lost."""
        await client.authenticate(client.system.name)
        await client.register(client.system.name)
        server = self.sim.nodes["primary.server"]
        assert isinstance(server, McServer)
        awaited = client.roaming.await_outcome()
        domain = self.topology.systems[leg.to].domain
        telling = asyncio.create_task(trigger_migration(server, ALICE, domain, leg.profile))
        try:
            async with asyncio.timeout(TOLD_WITHIN_S):
                return await awaited
        except TimeoutError:
            return MigrationOutcome("failed", "not-told")
        finally:
            telling.cancel()

    async def _go_well(self, leg: Leg, when: str) -> None:
        """Let the user do something that nothing hinders."""
        outcome = await self._go(leg)
        if outcome.result != "success":
            self.faults.append(f"{when} to {leg.to}: {outcome}")

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
            and self.sim.clients[CLIENT].is_idle
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
        """No half-migrated user: "migrated to X" exactly when X says "active".

        A partner that serves the user without the primary's word, where it may, says so.
        """
        primary, visitors = self._records()
        at = primary.current
        if not self.setting.interconnected and primary != PrimaryRecord(ALICE):
            self.faults.append(f"{when}: the primary was not asked, and says {primary}")
        for domain, visitor in visitors.items():
            said = (
                f"{when}: primary {primary.status} {primary.partner}, "
                f"{domain} {visitor.status} ({visitor.basis})"
            )
            if at is None or at.partner != domain:
                if visitor.status not in RESTING and not self._is_alone(visitor):
                    self.faults.append(said)
            elif visitor.status is not PartnerStatus.ACTIVE or visitor.basis is not Basis.PRIMARY:
                self.faults.append(said)
            elif (visitor.partner_id, visitor.profile) != (at.partner_id, at.profile):
                self.faults.append(f"{said}: not the same stay: {at} {visitor}")
        self._check_alias(when, primary, visitors[self.topology.systems[PARTNER.to].domain])

    def _is_alone(self, visitor: PartnerRecord) -> bool:
        """Tell whether a partner serves a visitor without the primary's word, as it may."""
        return visitor.status is PartnerStatus.ACTIVE and visitor.basis is self.setting.alone

    def _check_alias(self, when: str, primary: PrimaryRecord, visitor: PartnerRecord) -> None:
        """Nobody is behind an alias but in the stay in which it was activated."""
        if (holder := self._holder()) is None:
            return
        server = self.sim.nodes["partner.server"]
        assert isinstance(server, McServer)
        activation = server.store.activation(ALIAS)
        assert activation is not None
        at = primary.current
        began = at.since if at is not None and at.partner == server.domain else None
        if self._is_alone(visitor):
            began = visitor.since
        if began is None or activation.since < began:
            self.faults.append(f"{when}: {holder} is behind {ALIAS} by {activation}, {began}")

    def _holder(self) -> str | None:
        server = self.sim.nodes["partner.server"]
        assert isinstance(server, McServer)
        return server.aliases.holder(ALIAS)

    def _check_told(self, told: MigrationOutcome, was: str | None) -> None:
        """What the user was told last is so.

        Args:
            told: what the user was told.
            was: the domain of the partner where the user was before, by the primary's word; whoever
                asks for something there stays, also when it is in vain.
        """
        primary, visitors = self._records()
        leg = self.procedure.legs[-1]
        domain = self.topology.systems[leg.to].domain
        where = None if leg.to == HOME.to else domain
        there = primary.partner == where
        if where is not None and self._is_alone(visitors[domain]):
            there = True
        if self.case is None and told.result != "success":
            self.faults.append(f"nothing went wrong, and the user was told {told}")
        if self.case is not None and _comes_anew(self.case):
            return
        if told.result == "success" and not there:
            self.faults.append(f"the user was told success, and is at {primary.partner}")
        if told.result == "success" and leg.way is Way.ALIAS and self._holder() is None:
            self.faults.append("the user was told success, and nobody is behind the alias")
        if where is not None and where == was:
            if not there:
                self.faults.append(
                    f"the user was at {was}, asked there, and is at {primary.partner}"
                )
        elif _is_final(told) and where is not None and there:
            self.faults.append(f"the user was told {told.reason}, and is at {where}")

    async def _check_unhurt(self) -> None:
        """What happened has left nothing behind: the user can go and return, then nothing is stored.

        But a stay of which the primary does not know lasts: without interconnection for ever, after
        a failure until the primary is asked there again, as the user does here.
        """
        for leg in (PARTNER, OTHER, HOME) if self.setting.grants else (PARTNER, HOME):
            await self._go_well(leg, "afterwards")
            await self._settle()
            self._check(f"afterwards at {leg.to}")
        await asyncio.sleep(self.sim.env.retention_s + LOOK_S)
        for node in self.sim.nodes.values():
            lasting = not self.setting.interconnected and node.name != "primary.server"
            if isinstance(node, McServer) and not lasting and not _store(node).is_empty:
                self.faults.append(f"afterwards there are records left at {node.name}")
        if self.setting.interconnected and self._holder() is not None:
            self.faults.append(f"afterwards {self._holder()} is behind {ALIAS}")


def _store(server: McServer) -> MortalStore:
    assert isinstance(server.store, MortalStore)
    return server.store


def _comes_anew(case: Case) -> bool:
    """Tell whether a case lets what a client asks, or is told, arrive once more, or late.

    Nothing tells such a request from a new one: when the user has gone on meanwhile, it brings the
    user back, and both systems say so. Only what the user was told is no longer so. The same is true
    of what a partner asks, where it has granted the stay meanwhile, since it takes the late answer.
    """
    label, trouble = case.point.label, case.trouble
    if SETTINGS[case.setting].grants and label == REQUEST and trouble is Trouble.LATE:
        return True
    before_server = case.point.node.endswith((".core", "-ue"))
    asks = label in {REQUEST, "PUBLISH"} and before_server
    late = {Trouble.DOUBLED, Trouble.DOUBLED_LATE, Trouble.LATE}
    return trouble in late and (asks or label == TRIGGER)


def _is_final(told: MigrationOutcome) -> bool:
    """Tell whether a response message of the partner said no (step 12)."""
    return told.result != "success" and told.by_role in {Role.MC_SERVER, Role.MC_GATEWAY}
