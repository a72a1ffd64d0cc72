"""From a scenario file to a ``Scenario``: read, check, find the topology; all faults at once."""

from dataclasses import dataclass, field
from pathlib import Path

from mcsip.document import Key, Node, hint_for
from mcsip.errors import Diagnostic, FileError
from mcsip.filemodel import FileModel, read_model
from mcsip.scenario.model import RunOptions, ScenarioFile, run_options
from mcsip.scenario.names import Names
from mcsip.scenario.steps import STEPS, StepKind
from mcsip.scenario.steps.base import EXPECT
from mcsip.scenario.steps.registry import AnyStep
from mcsip.topology import Topology
from mcsip.topology.gateways import Gateways, with_gateways
from mcsip.topology.load import load_topology, read_with_includes
from mcsip.topology.under_test import with_under_test


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario, ready to run.

    Attributes:
        name: what it shows, for people.
        file: the file's name as the user gave it.
        topology: its topology.
        steps: its steps in order.
        clauses, tags, description: as in the file.
        options: how it runs, as the file says.
        no_meaning: why it has no meaning with what the user chose, or "": the MC service, or who is
            under test.
    """

    name: str
    file: str
    topology: Topology
    steps: tuple[AnyStep, ...]
    clauses: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    description: str = ""
    options: RunOptions = field(default_factory=RunOptions)
    no_meaning: str = ""

    @property
    def stem(self) -> str:
        """The name of its folder in a run directory."""
        return Path(self.file).name.removesuffix(".yaml").removesuffix(".scenario")


def load_scenario(
    path: Path,
    *,
    name: str | None = None,
    over: RunOptions | None = None,
    under: RunOptions | None = None,
) -> Scenario:
    """Read a scenario file and its topology.

    Args:
        path: the file.
        name: how errors call it; the path as given when None.
        over: options that win over the file's (command line, environment).
        under: options that the file's win over (configuration files).

    Raises:
        FileError: with every fault of the scenario and of its topology.
    """
    root = read_with_includes(path, name)
    faults: list[Diagnostic] = []
    file = read_model(root, ScenarioFile, faults)
    options = (over or RunOptions()).over(
        (run_options(file.options) if file is not None else RunOptions()).over(
            under or RunOptions()
        )
    )
    if options.faults is not None and options.network == "loopback":
        position = root.at_key(("options", "faults"))
        message = "faults need the network 'memory', and this run has 'loopback'"
        faults.append(position.fault(message))
    topology = _topology(root, options, faults)
    why_not = ""
    if topology is not None:
        topology, why_not = with_under_test(topology, options.under_test or ())
    chosen = over is not None and over.service is not None
    names = Names(root, topology, faults, network=options.network, service_chosen=chosen)
    steps = _steps(root, names, faults)
    if file is None or topology is None or faults:
        raise FileError(in_order(faults, root.position.source.name))
    if options.gateways is not None:
        foreign = set(topology.foreign)
        topology, stand_ins = with_gateways(topology, Gateways(options.gateways))
        for gone in sorted(foreign - set(topology.parties)):
            why_not = why_not or f"{gone} is left out by 'gateways: {options.gateways}'"
        for step in steps:
            step.stand_ins = stand_ins
    elsewhere = [*topology.foreign, *topology.borrowed]
    if elsewhere and options.network == "memory":
        names_ = ", ".join(elsewhere)
        why_not = why_not or f"it runs in memory, where {names_} cannot be reached"
    return Scenario(
        name=file.name,
        file=root.position.source.name,
        topology=topology,
        steps=tuple(steps),
        clauses=tuple(file.clauses),
        tags=tuple(file.tags),
        description=file.description or "",
        options=options,
        no_meaning=why_not or names.no_meaning,
    )


def in_order(faults: list[Diagnostic], first: str) -> list[Diagnostic]:
    """Return faults without repetition in the order of their files, the file ``first`` first."""
    once = list(dict.fromkeys(faults))
    return sorted(
        once, key=lambda fault: (fault.file != first, fault.file, fault.line, fault.column)
    )


def _topology(root: Node, options: RunOptions, faults: list[Diagnostic]) -> Topology | None:
    """Return the topology that a scenario names, or None with the faults that keep it away."""
    node = root.get("topology")
    if node is None or not isinstance(node.scalar, str):
        return None
    source = node.position.source
    file = source.folder / node.scalar
    if not file.is_file():
        known = sorted(each.name for each in file.parent.glob("*.yaml"))[:100]
        hint = hint_for(file.name, known, "YAML files there")
        faults.append(node.position.fault(f"there is no file {node.scalar!r}", hint))
        return None
    shown = str(Path(source.name).parent / node.scalar)
    try:
        return load_topology(file, name=shown, service=options.service, transport=options.transport)
    except FileError as error:
        faults += error.diagnostics
        return None


def _steps(root: Node, names: Names, faults: list[Diagnostic]) -> list[AnyStep]:
    """Return the steps of a scenario, checked."""
    items = root.get("steps")
    steps: list[AnyStep] = []
    for index, item in enumerate(items.sequence or () if items is not None else ()):
        if item.mapping is None:
            continue
        step = _step(root, index, item, faults)
        if step is not None:
            step.check(names)
            steps.append(step)
    return steps


def _step(root: Node, index: int, item: Node, faults: list[Diagnostic]) -> AnyStep | None:
    """Return one step, or None with its faults."""
    verbs = [key for key in item.mapping or () if key != EXPECT]
    if not verbs:
        faults.append(item.position.fault("the step has no verb", f"steps: {', '.join(STEPS)}"))
        return None
    for verb in verbs:
        if verb not in STEPS:
            hint = hint_for(verb, [*STEPS, EXPECT], "steps")
            faults.append(item.keys[verb].fault(f"unknown step {str(verb)!r}", hint))
    known = [verb for verb in verbs if verb in STEPS]
    if len(known) > 1:
        message = f"a second verb, {str(known[1])!r}, in one step"
        faults.append(item.keys[known[1]].fault(message, "begin a new step with '- '"))
        return None
    if not known or len(verbs) > 1:
        return None
    return _read_step(root, index, item, STEPS[str(known[0])], faults)


def _read_step(
    root: Node, index: int, item: Node, kind: StepKind, faults: list[Diagnostic]
) -> AnyStep | None:
    """Return the step of a kind that is known."""
    path: tuple[Key, ...] = ("steps", index)
    arguments = read_arguments(root, (*path, kind.verb), kind, faults)
    expectation: FileModel | None = None
    if EXPECT in (item.mapping or {}):
        if kind.expectation is None:
            message = f"the step {kind.verb!r} has nothing to expect"
            faults.append(item.keys[EXPECT].fault(message))
            return None
        expectation = read_model(root, kind.expectation, faults, (*path, EXPECT))
        if expectation is None:
            return None
    if arguments is None:
        return None
    return kind.build(arguments, expectation, root, index)


def read_arguments(
    root: Node, path: tuple[Key, ...], kind: StepKind, faults: list[Diagnostic]
) -> FileModel | None:
    """Return the arguments of a step, also where one of them is written without its key."""
    part: Node | None = root
    for key in path:
        part = part.get(key) if part is not None else None
    wraps = kind.wraps
    direct = part is not None and (
        part.sequence is not None or (part.mapping is not None and wraps not in part.mapping)
    )
    if wraps is None or part is None or not direct or _is_written_out(part, kind):
        return read_model(root, kind.arguments, faults, path)
    return read_model(root, kind.arguments, faults, path, wrapped=wraps)


def _is_written_out(part: Node, kind: StepKind) -> bool:
    """Tell whether a mapping holds arguments by their keys, though not the wrapped one."""
    keys = {field.alias or name for name, field in kind.arguments.model_fields.items()}
    return part.mapping is not None and bool(part.mapping) and set(map(str, part.mapping)) <= keys
