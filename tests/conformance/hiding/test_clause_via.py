"""Topology hiding: Via. The corpus shows what the rule finds."""

import pytest

from mcsip.mc.messages import REQUEST
from mcsip.trace import Trace
from tests.conformance.bases import load_base
from tests.conformance.scene import Scene, findings

RULE = "hiding/via/gateways-only"


def with_via(sent_by: str) -> Trace:
    trace = Scene(("home", "away")).say("away.gateway", "home.gateway", REQUEST).trace
    for entry in trace.entries[:2]:
        below = f"\r\nVia: SIP/2.0/TCP {sent_by};branch=z9hG4bKbelow\r\nMax-Forwards".encode()
        entry.data = entry.data.replace(b"\r\nMax-Forwards", below, 1)
    return trace


@pytest.mark.parametrize(
    ("sent_by", "verdict"),
    [
        ("gateway.third.example", "fail"),
        ("gateway.home.example:5070", "pass"),
        ("GATEWAY.away.example", "pass"),
        ("server.away.example", "fail"),
        ("192.0.2.1", "fail"),
    ],
)
def test_only_gateways_that_are_known_may_stand_below(sent_by: str, verdict: str) -> None:
    assert findings(RULE, with_via(sent_by))[0] == verdict


def test_a_system_without_a_gateway_hides_nothing() -> None:
    base = load_base("authorization/without-gateways")
    assert findings(RULE, base)[0] == "none"
    assert findings(RULE, load_base("authorization/success"))[0] == "pass"
