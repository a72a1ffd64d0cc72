"""What a trace says of what could not be sent: as it is written it is read."""

import pytest

from mcsip.trace import Peer, TraceNote
from mcsip.undelivered import CLAUSE, Refused, describe_undelivered, read_refused

BRANCH = "z9hG4bKone"
REFUSED = "TCP to 192.0.2.1:5060: connection refused"


def note(text: str, clause: str = CLAUSE) -> TraceNote:
    return TraceNote(1, 0.0, "x.gateway", "", clause, text)


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("192.0.2.1", "connection refused"),
        ("192.0.2.1", "Connection refused"),
        ("192.0.2.1", "Connection reset by peer"),
        ("192.0.2.1", "Protocol not available"),
        ("2001:db8::1", "Connection refused"),
    ],
)
def test_a_refusal_is_read(host: str, reason: str) -> None:
    text = describe_undelivered("MESSAGE", f"TCP to {host}:5060: {reason}", BRANCH)
    refused = Refused("x.gateway", Peer(host, 5060), "MESSAGE", BRANCH)
    assert read_refused(note(text)) == refused


@pytest.mark.parametrize(
    ("what", "reason", "branch"),
    [
        ("MESSAGE", "TCP to 192.0.2.1:5060: no connection within 5 s", BRANCH),
        ("MESSAGE", "TCP to 192.0.2.1:5060: the peer closed", BRANCH),
        ("MESSAGE", "TLS to 192.0.2.1:5061: Connection refused", BRANCH),
        ("MESSAGE", "UDP to 192.0.2.1:5060: Connection refused", BRANCH),
        ("a response", REFUSED, None),
        ("MESSAGE", REFUSED, None),
    ],
)
def test_anything_else_is_no_refusal(what: str, reason: str, branch: str | None) -> None:
    """RFC 3261 18.1.1 names a TCP reset and ICMP Protocol Not Supported, and nothing else."""
    assert read_refused(note(describe_undelivered(what, reason, branch))) is None


def test_a_step_of_another_clause_is_no_refusal() -> None:
    text = describe_undelivered("MESSAGE", REFUSED, BRANCH)
    assert read_refused(note(text, "TS 23.280 10.6.3.3")) is None
