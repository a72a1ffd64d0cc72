"""RFC 3261 18.2: received, and where responses go."""

import pytest

from mcsip.trace import Direction, Peer, Trace
from tests.conformance.rfc3261.wire import (
    PEERS,
    Proof,
    answered,
    check_proof,
    findings,
    proofs,
    request,
    response,
    via,
)

NAMED = request("MESSAGE", {"Via": "SIP/2.0/UDP ue.home.example:5060;branch=z9hG4bKone"})
GOOD = request()
RPORT = request("MESSAGE", {"Via": via("ue", more=";rport")})
TCP = request("MESSAGE", {"Via": via("ue", transport="TCP")})


def marked(received: str = "") -> bytes:
    """Return the answer to a request whose sent-by is a name."""
    return response(NAMED).replace(b"bKone", b"bKone" + received.encode())


def sent(
    data: bytes,
    target: Peer,
    transport: str = "UDP",
    *,
    source: Peer = PEERS["ue"],
    over: str = "UDP",
    added: str = "",
) -> Trace:
    """Return the trace of a request that comes from source and whose answer goes elsewhere."""
    made = Trace()
    here = PEERS["server"]
    answer = response(data).replace(b";rport", b"").replace(b"bKone", b"bKone" + added.encode())
    made.append_entry(0.0, "server", Direction.RECEIVED, over, here, source, data)
    made.append_entry(0.1, "server", Direction.SENT, transport, here, target, answer)
    return made


CASES = {
    "18.2.1/received": Proof(
        lambda: answered(NAMED, marked(";received=10.9.0.1")),
        lambda: answered(NAMED, marked()),
        "SIP/2.0/UDP ue.home.example:5060;branch=z9hG4bKone",
        "Via: SIP/2.0/UDP ue.home.example:5060;branch=z9hG4bKone",
        "server",
    ),
    "18.2.2/transport": Proof(
        lambda: sent(GOOD, PEERS["ue"]),
        lambda: sent(GOOD, PEERS["ue"], "TCP"),
        "TCP",
        "Via: " + via("ue"),
        "server",
    ),
    "18.2.2/destination": Proof(
        lambda: sent(GOOD, PEERS["ue"]),
        lambda: sent(GOOD, Peer("10.9.0.1", 40000), source=Peer("10.9.0.1", 40000)),
        "sent to 10.9.0.1:40000",
        "Via: " + via("ue"),
        "server",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_a_wrong_address_in_received() -> None:
    assert findings("18.2.1/received", answered(NAMED, marked(";received=10.9.0.7"))) != []


def test_a_sent_by_that_is_right_needs_no_received() -> None:
    assert findings("18.2.1/received", answered(GOOD, response(GOOD))) is None


def test_another_address_than_sent_by_needs_it() -> None:
    made = sent(GOOD, Peer("10.9.0.77", 5060), source=Peer("10.9.0.77", 5060))
    assert findings("18.2.1/received", made) != []


def test_rport_asks_for_the_port_of_the_request() -> None:
    """RFC 3581 4."""
    port = Peer("10.9.0.1", 40000)
    added = ";rport=40000;received=10.9.0.1"
    assert findings("18.2.2/destination", sent(RPORT, port, source=port, added=added)) == []
    other = Peer("10.9.0.1", 40001)
    assert findings("18.2.2/destination", sent(RPORT, other, source=port, added=added)) != []


def test_another_host() -> None:
    found = findings("18.2.2/destination", sent(GOOD, Peer("10.9.0.77", 5060)))
    assert found is not None
    assert [(it.expected, it.actual) for it in found] == [
        ("10.9.0.1:5060", "sent to 10.9.0.77:5060")
    ]


def test_a_translated_address_is_right() -> None:
    """What the server saw is another address than the client has, and both are in the trace."""
    outside = Peer("192.0.2.1", 5060)
    made = sent(GOOD, PEERS["ue"], source=PEERS["ue"], added=";received=192.0.2.1")
    assert findings("18.2.2/destination", made) == []
    made = sent(GOOD, outside, source=PEERS["ue"], added=";received=192.0.2.1")
    assert findings("18.2.2/destination", made) == []


def test_on_a_stream_it_goes_back_on_the_connection() -> None:
    port = Peer("10.9.0.1", 40000)
    assert findings("18.2.2/destination", sent(TCP, port, "TCP", source=port, over="TCP")) == []
    new = sent(TCP, PEERS["ue"], "TCP", source=port, over="TCP")
    assert findings("18.2.2/destination", new) == []
    other = sent(TCP, Peer("10.9.0.1", 40001), "TCP", source=port, over="TCP")
    assert findings("18.2.2/destination", other) != []
