"""What of a scenario a load drives: the steps of its clients, once for each call.

A step acts as a client, or it expects something, or it acts on nodes. Steps of clients are driven.
Expectations are judged for users who are looked at closely (``sample``); for all others what counts
is how each step ends, as its ``expect`` says. A step that acts on nodes cannot be driven: a node
cannot be stopped for one user.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from mcsip.errors import Diagnostic, FileError, UsageError
from mcsip.scenario.load import Scenario
from mcsip.scenario.steps.registry import AnyStep
from mcsip.topology.model import Backend

ON_NODES = frozenset({"stop", "start", "fault", "roll_key"})
"""Steps that act on nodes, which all users share."""
EXPECTATIONS = "expect_"
"""What the verbs of expectations begin with."""
_UNSEEN = ("media_through",)
"""What is expected of the trace as a whole, in which the media of all users stands together."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step as a load drives it.

    Attributes:
        name: what it is called in statistics: its verb, numbered where the verb comes again.
        step: the step, for the scenario's own clients.
        judged: whether it is an expectation, judged only for users who are looked at closely.
    """

    name: str
    step: AnyStep
    judged: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What a load does, user by user.

    Attributes:
        scenario: the scenario.
        steps: its steps in order.
        remarks: what of it is not judged, and why, for people.
    """

    scenario: Scenario
    steps: tuple[PlannedStep, ...]
    remarks: tuple[str, ...] = ()

    @property
    def driven(self) -> tuple[str, ...]:
        """The names of the steps that each call drives."""
        return tuple(planned.name for planned in self.steps if not planned.judged)

    @property
    def idle_s(self) -> float:
        """How long its steps let time pass in each call, because they say so, in seconds."""
        return sum(planned.step.idle_s for planned in self.steps if not planned.judged)


def make_plan(scenario: Scenario) -> Plan:
    """Return what a load does with a scenario.

    Raises:
        FileError: a step acts on nodes, or no step acts as a client.
        UsageError: a client is somebody else's, or of another make.
    """
    faults = [_refused(step) for step in scenario.steps if step.verb in ON_NODES]
    driven = [step for step in scenario.steps if not step.verb.startswith(EXPECTATIONS)]
    if not driven and not faults:
        position = scenario.steps[0].position
        faults.append(position.fault("no step acts as a client: there is nothing to drive"))
    if faults:
        raise FileError(faults)
    foreign = [name for name in scenario.topology.foreign if name in scenario.topology.clients]
    if foreign:
        raise UsageError(
            f"{', '.join(foreign)}: a load drives clients of ours, and this is somebody else's"
        )
    clients = scenario.topology.clients.values()
    processes = [each.name for each in clients if each.backend is not Backend.SIMULATED]
    if processes:
        raise UsageError(
            f"{', '.join(processes)}: a client of another make is a process of its own, and a load"
            " has too many users for that; leave 'backend' out of the topology"
        )
    planned = _planned(scenario.steps)
    shared = _sharing_servers(scenario)
    left_out = [p for p in planned if p.judged and not shared.isdisjoint(_texts(p.step.arguments))]
    remarks = (
        f"{p.step.position}: not judged: which of several servers serves a user depends on its ID"
        for p in left_out
    )
    return Plan(scenario, tuple(p for p in planned if p not in left_out), tuple(remarks))


def _sharing_servers(scenario: Scenario) -> frozenset[str]:
    """Return the servers that share their users with others of their system, by name."""
    systems = scenario.topology.systems.values()
    shares = (system.servers for system in systems if len(system.servers) > 1)
    return frozenset(server.name for servers in shares for server in servers)


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a value, keys too."""
    match value:
        case str():
            yield value
        case BaseModel():
            for name in type(value).model_fields:
                yield from _texts(getattr(value, name))
        case dict():
            for key, each in value.items():
                yield from _texts(key)
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
        case _:
            return


def _refused(step: AnyStep) -> Diagnostic:
    message = f"{step.verb!r} acts on a node, which all users share: a load cannot drive it"
    return step.position.fault(message, "choose a scenario in which only clients act")


def _planned(steps: Sequence[AnyStep]) -> list[PlannedStep]:
    """Return the steps by their names: ``migrate``, and for the second of them ``migrate-2``."""
    seen: dict[str, int] = {}
    planned: list[PlannedStep] = []
    for step in steps:
        count = seen[step.verb] = seen.get(step.verb, 0) + 1
        name = step.verb if count == 1 else f"{step.verb}-{count}"
        planned.append(PlannedStep(name, step, step.verb.startswith(EXPECTATIONS)))
    return planned


def check_users(plan: Plan, count: int) -> None:
    """Check that there are identities for so many users.

    Raises:
        UsageError: a system issues fewer MC service IDs to visitors than there are users.
    """
    for system in plan.scenario.topology.systems.values():
        if 0 < len(system.identity_pool) < count:
            pool = len(system.identity_pool)
            there_are = "1 MC service ID" if pool == 1 else f"{pool} MC service IDs"
            raise UsageError(
                f"{count} users, and {system.domain} has only {there_are} for visitors: list more"
                " under temporary_identities, or ask for fewer users"
            )


def step_for(step: AnyStep, words: Mapping[str, str]) -> AnyStep:
    """Return a step for other clients and users.

    Args:
        step: the step.
        words: what takes the place of what: names of clients, and MC service IDs.
    """
    expectation = _renamed(step.expectation, words)
    if isinstance(expectation, BaseModel):
        unseen = {key: None for key in _UNSEEN if getattr(expectation, key, None) is not None}
        expectation = expectation.model_copy(update=unseen) if unseen else expectation
    made = type(step)(_renamed(step.arguments, words), expectation, step.root, step.index)
    made.stand_ins = step.stand_ins
    return made


def _renamed(value: object, words: Mapping[str, str]) -> object:
    """Return a value with every text in it that is one of the words replaced; keys stay."""
    match value:
        case str():
            return words.get(value, value)
        case BaseModel():
            fields = type(value).model_fields
            old = {name: getattr(value, name) for name in fields}
            new = {name: _renamed(each, words) for name, each in old.items()}
            changed = {name: each for name, each in new.items() if each is not old[name]}
            return value.model_copy(update=changed) if changed else value
        case dict():
            return {key: _renamed(each, words) for key, each in value.items()}
        case list():
            return [_renamed(each, words) for each in value]
        case _:
            return value
