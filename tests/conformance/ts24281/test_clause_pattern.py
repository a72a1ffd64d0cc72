"""TS 24.281 pattern: the MESSAGE of MCVIDEO."""

import pytest

from mcsip.mc.services import MCVIDEO
from tests.conformance.cases_pattern import CASES
from tests.conformance.mc_traces import check_case, proofs, rules_of

PREFIX = "ts24281/pattern"
PROOFS = proofs(PREFIX, MCVIDEO, CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_case(f"{PREFIX}/{rule}", CASES[rule](MCVIDEO))


def test_every_rule_has_a_case() -> None:
    assert set(CASES) == set(rules_of(PREFIX))
