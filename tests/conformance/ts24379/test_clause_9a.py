"""TS 24.379 9A: PUBLISH of presence information."""

from mcsip.mc.functional_alias import PIDF_TYPE, AliasPublication, build_publication
from mcsip.trace import Trace
from tests.conformance.mc_traces import CLIENT_ID, PARTNER_ID, Proofs, found, hop
from tests.conformance.rfc3261.wire import request

RULE = "ts24379/9A/presence-event"
BODY = build_publication(AliasPublication(PARTNER_ID, CLIENT_ID, ("sip:chief@home.example",)))


def publishing(event: str, content_type: str = PIDF_TYPE) -> Trace:
    changes: dict[str, str | None] = {"Event": event, "Content-Type": content_type}
    return hop(request("PUBLISH", changes, body=BODY))


PROOFS: Proofs = {RULE: (lambda: publishing("presence"), lambda: publishing("poc-settings"))}


def test_the_event_package() -> None:
    assert found(RULE, publishing("presence")) == []
    assert found(RULE, publishing("poc-settings")) == [
        ("Event: poc-settings", "Event: poc-settings")
    ]
    assert found(RULE, publishing("poc-settings", "text/plain")) is None
