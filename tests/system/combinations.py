"""Every scenario with every service, with and without gateways, over every transport.

The combinations are those of the options; ``EXCLUSIONS`` says which of them have no meaning, each
with its reason. What is excluded is not collected as a test.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path

from mcsip.document import Node
from mcsip.mc.communication import COMMUNICATIONS, PRIVATE_CALL, SHORT_DATA
from mcsip.resources import scenarios_dir
from mcsip.topology.gateways import Gateways, with_gateways
from mcsip.topology.load import load_topology
from mcsip.yamlfile import read_document
from tests.conftest import SHARED

SERVICES = ("mcptt", "mcvideo", "mcdata")
TRANSPORTS = ("udp", "tcp", "tls")
SHIPPED = sorted(
    path for path in scenarios_dir().glob("*/*.yaml") if path.parent.name != "topologies"
)
CONTRACT = sorted((SHARED / "contract").glob("*.scenario.yaml"))

SERVICES_OF_STEP = {
    "send_data": COMMUNICATIONS[SHORT_DATA].services,
    "call": COMMUNICATIONS[PRIVATE_CALL].services,
}
"""The MC services that have what a step does; steps that are not here belong to all of them."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What of a scenario file decides which combinations have a meaning.

    Attributes:
        path: the file.
        verbs: the verbs of its steps.
        duplicates: whether a message is made to arrive twice.
        gateways: for each choice of gateways, which of its topology's gateways are kept.
    """

    path: Path
    verbs: frozenset[str]
    duplicates: bool
    gateways: dict[Gateways, frozenset[str]] = field(hash=False)

    @property
    def name(self) -> str:
        """Folder and name."""
        stem = self.path.name.removesuffix(".yaml").removesuffix(".scenario")
        return f"{self.path.parent.name}/{stem}"


@dataclass(frozen=True, slots=True)
class Combination:
    """A scenario and the options that it runs with."""

    subject: Subject
    service: str
    gateways: Gateways
    transport: str

    @property
    def name(self) -> str:
        """Name of the test."""
        return f"{self.subject.name}-{self.service}-{self.gateways}-{self.transport}"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Combinations that have no meaning, and why."""

    reason: str
    applies: Callable[[Combination], bool]
    by_service: bool = False
    """Whether it is the MC service that lacks something: such a scenario is passed over."""


def _lacks_service(it: Combination) -> bool:
    return any(
        it.service not in services
        for verb, services in SERVICES_OF_STEP.items()
        if verb in it.subject.verbs
    )


def _keeps_the_same(it: Combination) -> bool:
    """Tell whether an earlier choice of gateways keeps the same ones."""
    earlier = list(Gateways)[: list(Gateways).index(it.gateways)]
    kept = it.subject.gateways
    return any(kept[each] == kept[it.gateways] for each in earlier)


EXCLUSIONS = (
    Exclusion(
        "private calls are a matter of MCPTT and MCVideo (TS 24.379 11.1, TS 24.281), short data "
        "is one of MCData (TS 24.282 9.2.2)",
        _lacks_service,
        by_service=True,
    ),
    Exclusion(
        "the topology has no gateway there, so that another choice is the same run "
        "(TS 23.280 10.6.3.3 NOTE 3)",
        _keeps_the_same,
    ),
    Exclusion(
        "a stream delivers everything once, so that no message of it arrives twice (RFC 3261 18)",
        lambda it: it.subject.duplicates and it.transport != "udp",
    ),
)


def why_excluded(it: Combination) -> Exclusion | None:
    """Return why a combination has no meaning, or None when it has one."""
    return next((each for each in EXCLUSIONS if each.applies(it)), None)


@cache
def read_subject(path: Path) -> Subject:
    """Return what there is to know of a scenario file."""
    root = read_document(path)
    steps = root.get("steps")
    assert steps is not None
    items = steps.sequence or []
    topology = root.get("topology")
    assert topology is not None
    assert isinstance(topology.scalar, str)
    return Subject(
        path,
        frozenset(str(key) for item in items for key in item.mapping or {}),
        any(_is_duplicate(item.get("fault")) for item in items),
        _kept(path.parent / topology.scalar),
    )


def _is_duplicate(fault: Node | None) -> bool:
    action = fault.get("action") if fault is not None else None
    return action is not None and action.scalar == "duplicate"


@cache
def _kept(file: Path) -> dict[Gateways, frozenset[str]]:
    topology = load_topology(file)
    return {
        choice: frozenset(
            system.gateway.name
            for system in with_gateways(topology, choice)[0].systems.values()
            if system.gateway is not None
        )
        for choice in Gateways
    }


def everything(paths: list[Path]) -> Iterator[Combination]:
    """Yield every combination of the options, with meaning or without."""
    for path, service, gateways, transport in product(paths, SERVICES, Gateways, TRANSPORTS):
        yield Combination(read_subject(path), service, gateways, transport)
