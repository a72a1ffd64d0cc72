"""Runs a scenario, and judges each refusal in it, whatever the scenario itself expects.

A refusal leaves every record as it was, and it reaches the client with a result and a reason that
names clause or policy. A migration that ended because nobody could be asked is no refusal.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, Protocol

import pytest

from mcsip.migration.decision import REASONS, Decision
from mcsip.migration.records import PrimaryRecord
from mcsip.nodes import client_alias, trigger
from mcsip.nodes.client import Client
from mcsip.nodes.client_call import CallClient
from mcsip.nodes.client_data import DataClient
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.simulation import Simulation
from mcsip.scenario import run
from mcsip.scenario.load import Scenario
from mcsip.scenario.result import StepResult, Verdict
from mcsip.scenario.steps.registry import AnyStep
from mcsip.trace import Direction

DECLINED = 600
"""From this status on it was the callee who said no: no policy of a system (RFC 3261 21.6)."""

Records = dict[str, tuple[object, ...]]


class Outcome(Protocol):
    """What every outcome of a client has."""

    @property
    def result(self) -> str: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def text(self) -> str: ...


@dataclass(slots=True)
class Watcher:
    """Looks at records and outcomes while a scenario runs.

    Attributes:
        simulation: the running nodes.
        refusals: how many there were.
        faults: what was wrong with them.
    """

    simulation: Simulation | None = None
    refusals: int = 0
    faults: list[str] = field(default_factory=list)
    _told: list[tuple[str, Outcome]] = field(default_factory=list)
    _before: Records = field(default_factory=dict)
    _owed: set[tuple[str, str]] = field(default_factory=set)
    _since: int = 0

    def tell(self, client: str, outcome: Outcome) -> None:
        """Hear how something ended for a client."""
        self._told.append((client, outcome))

    def on_step(self, _scenario: Scenario, _step: AnyStep) -> None:
        """Remember what the records are."""
        self._told.clear()
        self._before, self._owed = self._records(), self._debts()
        self._since = self._last()

    def on_step_done(self, _scenario: Scenario, result: StepResult) -> None:
        """Judge the refusals of a step."""
        refused = [(who, told) for who, told in self._told if told.result == "refused"]
        if not refused:
            return
        self.refusals += len(refused)
        if len(refused) == len(self._told):
            if self._records() != self._before:
                self._fault(result, f"changed {self._before} to {self._records()}")
            if added := self._debts() - self._owed:
                self._fault(result, f"owes {added}")
        for client, outcome in refused:
            self._judge(result, client, outcome)

    def on_notice(self, text: str) -> None:
        """Nothing that the user is told has to do with refusals."""

    def _judge(self, step: StepResult, client: str, outcome: Outcome) -> None:
        status = getattr(outcome, "status", None)
        if isinstance(status, int) and status >= DECLINED:
            return
        reason = REASONS.get(outcome.reason or "")
        if reason is None:
            self._fault(step, f"the reason {outcome.reason!r} is not in the table: {outcome}")
        elif not reason.clause or not outcome.text:
            self._fault(step, f"the reason names no clause or has no text: {outcome}")
        elif not self._heard(client, reason.clause):
            self._fault(step, f"what {client} received does not name {reason.clause!r}")

    def _heard(self, client: str, clause: str) -> bool:
        """Tell whether a client that asked over SIP received a message that names a clause."""
        assert self.simulation is not None
        trace = self.simulation.env.trace
        assert trace is not None
        entries = [e for e in trace.entries if e.node == client and e.number > self._since]
        received = [e.data for e in entries if e.direction is Direction.RECEIVED]
        asked = any(e.direction is Direction.SENT for e in entries)
        return not asked or any(clause.encode() in data for data in received)

    def _fault(self, step: StepResult, what: str) -> None:
        self.faults.append(f"{step.place}: {step.title}: {what}")

    def _last(self) -> int:
        trace = self.simulation.env.trace if self.simulation is not None else None
        return 0 if trace is None else len(trace.entries) + len(trace.notes)

    def _records(self) -> Records:
        """Return the records of all servers that run, without what tells of deliveries."""
        assert self.simulation is not None
        return {
            name: (
                *filter(None, map(_without_deliveries, node.store.primaries())),
                *node.store.partners(),
                *map(node.store.activation, node.system.functional_aliases),
            )
            for name, node in self._servers()
        }

    def _debts(self) -> set[tuple[str, str]]:
        """Return what all servers that run owe, by server and ID of the debt."""
        return {(name, debt.id) for name, node in self._servers() for debt in node.store.debts()}

    def _servers(self) -> list[tuple[str, McServer]]:
        assert self.simulation is not None
        nodes = self.simulation.nodes.items()
        return [(n, node) for n, node in nodes if isinstance(node, McServer) and node.running]


def _without_deliveries(record: PrimaryRecord) -> PrimaryRecord | None:
    """Return a record without what changes when an earlier message is delivered at last."""
    current = record.current
    if current is not None:
        current = replace(current, taken=False, notified=False, confirm_until=None)
    plain = replace(record, current=current, ended=())
    return None if plain == PrimaryRecord(record.user) else plain


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch) -> Watcher:
    """Return what watches the scenario that the test runs."""
    seen = Watcher()

    class Watched(Simulation):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            seen.simulation = self

    def recorded(
        method: Callable[..., Awaitable[Any]], name_of: Callable[[Any], str]
    ) -> Callable[..., Awaitable[Any]]:
        @wraps(method)
        async def record(of: Any, *args: Any, **options: Any) -> Any:
            outcome = await method(of, *args, **options)
            if isinstance(outcome, Decision):
                seen.refusals += 1
                if outcome.reason is None or not outcome.reason.clause:
                    seen.faults.append(f"{outcome} names no clause")
            elif hasattr(outcome, "result"):
                seen.tell(name_of(of), outcome)
            return outcome

        return record

    monkeypatch.setattr(run, "Simulation", Watched)
    for method in ("authenticate", "migrate", "return_home"):
        patched = recorded(getattr(Client, method), lambda client: client.name)
        monkeypatch.setattr(Client, method, patched)
    for owner, method in ((CallClient, "call"), (DataClient, "send")):
        patched = recorded(getattr(owner, method), lambda part: part._client.name)
        monkeypatch.setattr(owner, method, patched)
    patched = recorded(client_alias.publish_alias, lambda client: client.name)
    monkeypatch.setattr("mcsip.scenario.steps.activate_alias.publish_alias", patched)
    patched = recorded(trigger.trigger_migration, lambda server: server.name)
    monkeypatch.setattr("mcsip.scenario.steps.trigger.trigger_migration", patched)
    return seen


def check(scenario: Scenario, watcher: Watcher) -> None:
    """Run a scenario; fail when it does not pass, or when a refusal is not as it must be."""
    done = run.run_scenario(scenario, seed=1, observer=watcher)
    said = "\n".join(finding.render() for finding in done.result.findings)
    assert done.result.verdict is Verdict.PASS, said or done.result.reason
    assert not watcher.faults, "\n".join(watcher.faults)
