"""RFC 6050 5.1.2: no preference goes on."""

from mcsip.mc.services import MCPTT
from mcsip.trace import Trace
from tests.conformance.mc_traces import Proofs, found
from tests.conformance.rfc3261.wire import request, trace

RULE = "rfc6050/5.1.2/no-preference-onward"


def sent(sender: str, kind: str) -> Trace:
    data = request("MESSAGE", {f"P-{kind}-Service": MCPTT.icsi})
    return trace((sender, "core" if sender == "ue" else "server", data))


PROOFS: Proofs = {RULE: (lambda: sent("core", "Asserted"), lambda: sent("core", "Preferred"))}


def test_no_preference_goes_on() -> None:
    assert found(RULE, sent("core", "Asserted")) == []
    marked = f"P-Preferred-Service: {MCPTT.icsi}"
    assert found(RULE, sent("core", "Preferred")) == [("P-Preferred-Service", marked)]
    assert found(RULE, sent("ue", "Preferred")) is None
