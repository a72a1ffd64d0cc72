"""What watches the refusals of all scenarios is not blind."""

from types import SimpleNamespace

import pytest

from mcsip.resources import scenarios_dir
from mcsip.scenario.load import Scenario, load_scenario
from mcsip.scenario.model import RunOptions
from tests.system import watching
from tests.system.watching import Watcher, check, watcher

__all__ = ["watcher"]


def refused() -> Scenario:
    path = scenarios_dir() / "authorization" / "refused-profile-not-permitted.yaml"
    return load_scenario(path, over=RunOptions(network="memory"))


def test_a_refusal_is_seen(watcher: Watcher) -> None:
    check(refused(), watcher)
    assert watcher.refusals == 1


@pytest.mark.parametrize(
    ("clause", "said"), [("TS 99.999 1.2.3", "does not name"), ("", "names no clause")]
)
def test_a_clause_that_the_client_does_not_hear(
    clause: str, said: str, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"profile-not-permitted": SimpleNamespace(clause=clause)}
    monkeypatch.setattr(watching, "REASONS", row)
    with pytest.raises(AssertionError, match=said):
        check(refused(), watcher)


def test_a_reason_that_is_not_in_the_table(
    watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "REASONS", {})
    with pytest.raises(AssertionError, match="is not in the table"):
        check(refused(), watcher)


@pytest.mark.parametrize(("method", "said"), [("_records", "changed"), ("_debts", "owes")])
def test_a_record_that_a_refusal_changes(
    method: str, said: str, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def growing(_: Watcher) -> set[int]:
        seen.append(len(seen))
        return set(seen)

    monkeypatch.setattr(Watcher, method, growing)
    with pytest.raises(AssertionError, match=said):
        check(refused(), watcher)
