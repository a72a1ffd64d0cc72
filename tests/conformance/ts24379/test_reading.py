"""What several clauses of TS 24.379 ask of a request; the tests of the clauses try the rest."""

from mcsip.conformance.ts24379.reading import event_faults
from mcsip.conformance.views import MessageSeen, Setting
from mcsip.sip.parse import parse_datagram
from mcsip.trace import Direction, NodeInfo, Peer, Trace, TraceEntry
from tests.conformance.rfc3261.wire import request, response


def seen(data: bytes) -> MessageSeen:
    parsed = parse_datagram(data)
    here, there = Peer("10.0.0.1", 5060), Peer("10.0.0.2", 5060)
    entry = TraceEntry(1, 0.0, "a", Direction.SENT, "UDP", here, there, data)
    return MessageSeen(Setting(Trace()), entry, parsed, NodeInfo("a"), NodeInfo("b"))  # type: ignore[arg-type]  # no entry is needed


def test_the_event_of_a_request() -> None:
    data = request("PUBLISH", {"Event": "presence"})
    assert event_faults(seen(data), "presence") == ()
    assert event_faults(seen(data), "poc-settings")


def test_a_response_has_none() -> None:
    assert event_faults(seen(response(request())), "presence") is None
