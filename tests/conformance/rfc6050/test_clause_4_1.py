"""RFC 6050 4.1: the values of P-Asserted-Service."""

from mcsip.mc.services import MCPTT
from mcsip.trace import Trace
from tests.conformance.mc_traces import Proofs, found
from tests.conformance.rfc3261.wire import request, trace

RULE = "rfc6050/4.1/values"
FIELD = "P-Asserted-Service"


def said(value: str) -> Trace:
    return trace(("ue", "core", request("MESSAGE", {FIELD: value})))


PROOFS: Proofs = {RULE: (lambda: said(MCPTT.icsi), lambda: said("mcptt"))}


def test_the_values() -> None:
    assert found(RULE, said(f"{MCPTT.icsi}, urn:urn-7:3gpp-service.ims.icsi.mmtel")) == []
    assert found(RULE, said(f"{MCPTT.icsi}, mcptt")) == [("'mcptt'", "mcptt")]
    assert found(RULE, trace(("ue", "core", request()))) is None
