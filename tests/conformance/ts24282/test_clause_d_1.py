"""TS 24.282 D.1: the info body."""

import pytest

from mcsip.conformance.info_form import EXTENSION_KNOWN
from mcsip.mc.services import MCDATA
from tests.conformance.cases_content import CASES as CONTENT
from tests.conformance.cases_form import CASES as FORM
from tests.conformance.cases_hops import CASES as HOPS
from tests.conformance.mc_traces import Cases, check_case, proofs, rules_of

PREFIX = "ts24282/D.1"
OF_OTHER_RELEASES = {"release"}
"""Proven by the corpus, where a trace may be of another release."""
UNKNOWN = {EXTENSION_KNOWN}
"""What MCData has in anyExt is not known."""
CASES: Cases = {k: v for k, v in (FORM | CONTENT | HOPS).items() if k not in UNKNOWN}
PROOFS = proofs(PREFIX, MCDATA, CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_case(f"{PREFIX}/{rule}", CASES[rule](MCDATA))


def test_every_rule_has_a_case() -> None:
    assert set(CASES) | OF_OTHER_RELEASES == set(rules_of(PREFIX))
