"""Every shipped scenario and every scenario of the contract, with every option that has a meaning.

Clauses: NOTE 3 of TS 23.280 10.6.3.3, NOTE 1 of 10.6.3.3.2.1, NOTE of TR 23.781 6.x.1: a system may
have no MC gateway server. TS 23.280 10.6.3.3 steps 2 and 6: what is refused is recorded nowhere.
"""

from pathlib import Path

import pytest

from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.topology.gateways import Gateways
from tests.system.combinations import (
    CONTRACT,
    EXCLUSIONS,
    SERVICES,
    SHIPPED,
    Combination,
    everything,
    read_subject,
    why_excluded,
)
from tests.system.watching import Watcher, check, watcher

__all__ = ["watcher"]

PATHS = [*SHIPPED, *CONTRACT]
MEANT = [it for it in everything(PATHS) if why_excluded(it) is None]


def options_of(it: Combination) -> RunOptions:
    return RunOptions(
        service=it.service, gateways=str(it.gateways), transport=it.transport, network="memory"
    )


@pytest.mark.slow
@pytest.mark.parametrize("it", MEANT, ids=lambda it: it.name)
def test_in_memory(it: Combination, watcher: Watcher) -> None:
    check(load_scenario(it.subject.path, over=options_of(it)), watcher)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: read_subject(path).name)
def test_as_its_file_says(path: Path, watcher: Watcher) -> None:
    """Over real sockets, unless the file itself asks for virtual time."""
    scenario = load_scenario(path)
    check(scenario, watcher)
    refused = "refused" in scenario.tags and scenario.topology.clients
    assert not refused or watcher.refusals, "a scenario of a refusal, and nothing was refused"


def test_the_contract_is_here(shared: Path) -> None:
    assert {path.parent for path in CONTRACT} == {shared / "contract"}


def test_every_scenario_runs_with_some_service_over_every_transport() -> None:
    missing = {read_subject(path).name for path in PATHS} - {it.subject.name for it in MEANT}
    assert not missing


@pytest.mark.parametrize("row", EXCLUSIONS, ids=lambda row: row.reason.partition(" (")[0])
def test_every_exclusion_excludes_something(row: object) -> None:
    assert any(why_excluded(it) is row for it in everything(PATHS))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: read_subject(path).name)
@pytest.mark.parametrize("service", SERVICES)
def test_the_table_and_the_product_agree_on_services(path: Path, service: str) -> None:
    """``mcsip run`` passes over what the table excludes, and nothing else."""
    it = Combination(read_subject(path), service, Gateways.BOTH, "udp")
    excluded = why_excluded(it)
    scenario = load_scenario(path, over=options_of(it))
    assert bool(scenario.no_meaning) == (excluded is not None and excluded.by_service)
