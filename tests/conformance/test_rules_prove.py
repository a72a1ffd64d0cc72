"""Each rule passes one trace and fails another: what cannot fail judges nothing.

The traces are those of the corpus and their good bases, or ``PROOFS`` of the test of a clause file:
by the id of a rule, what makes a good trace and what makes a bad one.
"""

from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib import import_module
from pathlib import Path

import pytest

from mcsip.conformance.catalogue import RULES
from mcsip.conformance.check import check_trace
from mcsip.conformance.rule import AnyRule
from mcsip.conformance.views import Release
from mcsip.trace import Trace
from tests.conformance.bases import load_base
from tests.conformance.corpus import FILES, load, make

Make = Callable[[], Trace]
HERE = Path(__file__).parent


@cache
def written_down() -> dict[str, tuple[Make, Make]]:
    """Return the proofs of the tests of clause files."""
    found: dict[str, tuple[Make, Make]] = {}
    for path in sorted(HERE.glob("*/test_clause_*.py")):
        module = import_module(f"tests.conformance.{path.parent.name}.{path.stem}")
        found |= getattr(module, "PROOFS", {})
    return found


def of_corpus(rule: str) -> Iterator[tuple[Make, Make, Release]]:
    """Return the proofs of the corpus."""
    for path in FILES:
        bad = load(path)
        if rule in bad.broken:
            yield partial(load_base, bad.base), partial(make, bad), bad.release


def verdict(rule: AnyRule, trace: Trace, release: Release = Release.R18) -> str:
    [result] = check_trace(trace, rules=[rule], release=release).rules
    return "fail" if result.broken else result.verdict(strict=True)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_can_pass_and_can_fail(rule: AnyRule) -> None:
    proofs: list[tuple[Make, Make, Release]] = [*of_corpus(rule.id)]
    if rule.id in written_down():
        good, bad = written_down()[rule.id]
        proofs.append((good, bad, Release.R18))
    assert proofs, (
        f"neither a file of the corpus nor PROOFS of a test shows that {rule.id} can fail"
    )
    assert any(verdict(rule, make_bad(), release) == "fail" for _, make_bad, release in proofs)
    goods = [make_good for make_good, _, _ in proofs]
    goods += [partial(load_base, load(path).base) for path in FILES]
    assert any(verdict(rule, make_good()) == "pass" for make_good in goods)
