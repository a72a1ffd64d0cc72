"""Every bad trace is flagged with the rules that its mistake breaks, and with no other."""

from pathlib import Path

import pytest

from mcsip.conformance.check import check_trace
from mcsip.conformance.result import CheckResult
from tests.conformance.corpus import FILES, load, make, name_of

MIN_FILES = 60


def broken(result: CheckResult) -> dict[str, list[str]]:
    """Return the findings by rule, as people see them."""
    found: dict[str, list[str]] = {}
    for it in result.findings:
        text = f"{it.number} {it.node}: expected {it.expected}; actual {it.actual}"
        found.setdefault(it.rule.id, []).append(text)
    return found


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_exactly_the_mistake_is_found(path: Path) -> None:
    bad = load(path)
    found = broken(check_trace(make(bad), release=bad.release))
    assert sorted(found) == sorted(bad.broken), found


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_file_says_what_the_mistake_is(path: Path) -> None:
    assert load(path).mistake.endswith(".")
    assert load(path).broken


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= MIN_FILES
