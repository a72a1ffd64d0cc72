"""RFC 6050 5.1.1: a client prefers a service."""

from mcsip.mc.services import MCPTT
from mcsip.trace import Trace
from tests.conformance.mc_traces import Proofs, found
from tests.conformance.rfc3261.wire import request, trace

RULE = "rfc6050/5.1.1/client-prefers"


def said(kind: str, sender: str = "ue") -> Trace:
    data = request("MESSAGE", {f"P-{kind}-Service": MCPTT.icsi})
    return trace((sender, "core", data))


PROOFS: Proofs = {RULE: (lambda: said("Preferred"), lambda: said("Asserted"))}


def test_a_client_prefers() -> None:
    assert found(RULE, said("Preferred")) == []
    marked = f"P-Asserted-Service: {MCPTT.icsi}"
    assert found(RULE, said("Asserted")) == [("P-Asserted-Service", marked)]
    assert found(RULE, said("Asserted", "server")) is None
