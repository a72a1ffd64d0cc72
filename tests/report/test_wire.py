"""Every message once, whoever traced it."""

from mcsip.report.wire import branch_of, title_of, wire_messages
from mcsip.trace import Direction, Peer, Trace

A, B = Peer("127.0.0.1", 1), Peer("127.0.0.2", 2)
OPTIONS = (
    b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\r\n"
    b"From: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n"
)


def test_a_message_between_two_nodes_is_there_once(success: Trace) -> None:
    messages = wire_messages(success)
    assert len(messages) == len(success.entries) // 2 == 22
    assert [message.number for message in messages] == sorted(m.number for m in messages)


def test_lost_copies_are_there_too(refused: Trace) -> None:
    assert [m.fault for m in wire_messages(refused) if m.fault] == ["lost"]


def test_what_a_foreign_node_sent_is_taken_from_its_receiver() -> None:
    trace = Trace()
    trace.append_entry(0.5, "b", Direction.RECEIVED, "UDP", B, A, OPTIONS)
    (message,) = wire_messages(trace)
    assert (message.sender, message.receiver) == ("127.0.0.1:1", "b")
    assert (message.source, message.target) == (A, B)


def test_a_duplicate_that_the_network_made_is_no_second_message() -> None:
    trace = Trace()
    trace.append_entry(0.1, "a", Direction.SENT, "UDP", A, B, OPTIONS, "duplicated")
    trace.append_entry(0.2, "b", Direction.RECEIVED, "UDP", B, A, OPTIONS)
    trace.append_entry(0.3, "b", Direction.RECEIVED, "UDP", B, A, OPTIONS)
    assert [message.fault for message in wire_messages(trace)] == ["duplicated"]


def test_a_retransmission_is_a_second_message() -> None:
    trace = Trace()
    trace.append_entry(0.1, "a", Direction.SENT, "UDP", A, B, OPTIONS)
    trace.append_entry(0.6, "a", Direction.SENT, "UDP", A, B, OPTIONS)
    assert len(wire_messages(trace)) == 2


def test_secrets_are_gone(success: Trace, secrets: tuple[bytes, ...]) -> None:
    everything = b"".join(message.data for message in wire_messages(success))
    assert not any(secret in everything for secret in secrets)
    assert any(secrets[0] in entry.data for entry in success.entries)


def test_titles() -> None:
    assert title_of(OPTIONS) == "OPTIONS"
    assert title_of(b"SIP/2.0 486 Busy Here\r\nVia: x\r\n\r\n") == "486 Busy Here"
    assert title_of(b"\r\n\r\n") == "(no SIP)"


def test_branches() -> None:
    assert branch_of(OPTIONS) == ("z9hG4bKx", "OPTIONS")
    assert branch_of(OPTIONS.replace(b";branch=z9hG4bKx", b"")) is None
    assert branch_of(OPTIONS.replace(b"CSeq", b"X")) is None
    assert branch_of(b"\xff") is None
