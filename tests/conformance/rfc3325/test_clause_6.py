"""RFC 3325 6: no preference goes on."""

from mcsip.trace import Trace
from tests.conformance.mc_traces import Proofs, found
from tests.conformance.rfc3261.wire import request, trace

RULE = "rfc3325/6/no-preference-onward"
FIELD = "P-Preferred-Identity"
OWN = "<sip:a@home.example>"


def sent(sender: str, *names: str) -> Trace:
    data = request("MESSAGE", dict.fromkeys(names, OWN))
    return trace((sender, "core" if sender == "ue" else "server", data))


PROOFS: Proofs = {RULE: (lambda: sent("core", "P-Asserted-Identity"), lambda: sent("core", FIELD))}


def test_no_preference_goes_on() -> None:
    assert found(RULE, sent("core", "P-Asserted-Identity")) == []
    assert found(RULE, sent("core")) == []
    assert found(RULE, sent("core", FIELD)) == [(FIELD, f"{FIELD}: {OWN}")]
    assert found(RULE, sent("gateway", FIELD))


def test_a_client_may_prefer() -> None:
    assert found(RULE, sent("ue", FIELD)) is None
