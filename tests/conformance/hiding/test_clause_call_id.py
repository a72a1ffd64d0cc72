"""Topology hiding: Call-IDs of inner nodes."""

import pytest

from mcsip.conformance.result import Finding
from mcsip.mc.messages import REQUEST
from mcsip.trace import Trace
from tests.conformance.scene import Proof, Proofs, Scene, check, findings, makes

RULE = "hiding/call-id/own"


def passed(inner: str, outer: str, *, way: tuple[str, str, str] | None = None) -> Trace:
    first, second, third = way or ("away.server", "away.gateway", "home.gateway")
    scene = Scene(("away", "home")).say(first, second, REQUEST, tag="t", call_id=inner)
    return scene.say(second, third, REQUEST, tag="t", call_id=outer).done()


CASES: Proofs = {
    RULE: Proof(
        lambda: passed("inner", "outer"),
        lambda: passed("inner", "inner"),
        "not known within the system",
        "away.server gave it",
        "away.gateway",
    ),
}
PROOFS = makes(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check(rule, CASES[rule])


def test_a_call_id_from_outside_may_be_kept_inside() -> None:
    inward = ("away.gateway", "home.gateway", "home.server")
    found: tuple[str, tuple[Finding, ...]] = findings(RULE, passed("outer", "outer", way=inward))
    assert found == ("none", ())
