"""What is kept: all messages of the users who are followed, and of nobody else."""

import pytest

from mcsip.load.sample import MAX_CALL_IDS, MAX_KEPT, SampleTrace
from mcsip.trace import Direction, Peer, Trace
from mcsip.undelivered import CLAUSE, describe_undelivered, read_refused

HERE, THERE = Peer("127.0.0.1", 1), Peer("127.0.0.1", 2)
ALICE = "sip:alice-1@primary.example"


def message(call_id: str, about: str = "", first: str = "MESSAGE sip:x SIP/2.0") -> bytes:
    return f"{first}\r\nVia: x\r\nCall-ID: {call_id}\r\n\r\n{about}".encode()


class Kept:
    """A sample trace with one user who is followed."""

    def __init__(self) -> None:
        self.trace = SampleTrace()
        self.own = self.trace.follow([ALICE], ["alice-ue-1"])

    def see(self, data: bytes, node: str = "partner.server") -> bool:
        before = len(self.trace.entries)
        self.trace.append_entry(1.0, node, Direction.SENT, "TCP", HERE, THERE, data)
        return len(self.trace.entries) > before


def test_what_passes_a_client_that_is_followed_is_kept_and_all_of_its_call_id() -> None:
    kept = Kept()
    assert kept.see(message("a"), "alice-ue-1")
    assert kept.see(message("a"), "partner.core")
    assert kept.see(message("a", first="SIP/2.0 200 OK"), "partner.core")


def test_a_request_about_a_user_is_kept_and_its_answer() -> None:
    kept = Kept()
    assert kept.see(message("b", about=f"<id>{ALICE}</id>"))
    assert kept.see(message("b", first="SIP/2.0 200 OK"))


def test_what_is_about_others_is_not_kept() -> None:
    kept = Kept()
    assert not kept.see(message("c", about="sip:alice-11@primary.example"))
    assert not kept.see(message("c", about="sip:alice-11@primary.example"))
    assert not kept.see(message("d", about=ALICE, first="SIP/2.0 200 OK"))  # answers say nothing
    assert not kept.see(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("text", "is_about"),
    [
        (f"To: <{ALICE}>", True),
        (f"Contact: {ALICE};expires=5", True),
        ("To: " + ALICE.replace("sip:", "SIP:"), False),  # the sample takes IDs by their letters
        (f"Route: sip:core;lr,{ALICE}", True),
        (f"To: <{ALICE}.org>", False),
        (f"To: <sip:{ALICE}>", True),
    ],
)
def test_an_id_counts_as_a_whole(text: str, *, is_about: bool) -> None:
    assert Kept().see(message("g", about=text)) == is_about


def test_a_call_id_in_its_short_form_counts_too() -> None:
    kept = Kept()
    assert kept.see(b"MESSAGE sip:x SIP/2.0\r\ni:short\r\n\r\n", "alice-ue-1")
    assert kept.see(message("short"))


def test_each_user_has_its_messages_in_a_trace_of_its_own() -> None:
    kept = Kept()
    other = kept.trace.follow(["sip:alice-2@primary.example"], ["alice-ue-2"])
    kept.see(message("a"), "alice-ue-1")
    kept.see(message("b"), "alice-ue-2")
    kept.see(message("a"), "partner.core")
    assert [entry.number for entry in kept.own.entries] == [1, 3]
    assert [entry.number for entry in other.entries] == [2]
    assert kept.own.nodes is kept.trace.nodes


def test_who_is_followed_no_further_leaves_nothing_more() -> None:
    kept = Kept()
    kept.see(message("a"), "alice-ue-1")
    kept.trace.let_go(kept.own)
    assert not kept.see(message("a"), "partner.core")
    assert not kept.see(message("e", about=ALICE))
    assert not kept.see(message("f"), "alice-ue-1")
    assert (kept.trace.seen, kept.trace.cut) == (1, 1)


def test_who_had_no_message_is_not_seen() -> None:
    kept = Kept()
    kept.trace.follow(["sip:alice-2@primary.example"], ["alice-ue-2"])
    assert (kept.trace.seen, kept.trace.cut) == (0, 0)
    for _ in range(2):
        kept.see(message("a"), "alice-ue-1")
    assert kept.trace.seen == 1


def test_memory_is_bounded() -> None:
    kept = Kept()
    for number in range(MAX_CALL_IDS + 10):
        kept.see(message(f"strange-{number}"))
    assert len(kept.trace._strange) <= MAX_CALL_IDS
    for _ in range(MAX_KEPT):
        kept.see(message("a"), "alice-ue-1")
    assert kept.trace.is_full


def test_what_could_not_be_sent_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 3261 18.1.1: a large request goes over UDP where TCP was refused, and the rule knows."""
    monkeypatch.setattr("mcsip.load.sample.MAX_KEPT", 2)
    trace = Kept().trace
    text = describe_undelivered("MESSAGE", "TCP to 127.0.0.1:2: connection refused", "z9hG4bKa")
    for _ in range(3):
        trace.append_note(1.0, "partner.gateway", "", CLAUSE, text)
    assert [refused.branch for note in trace.notes if (refused := read_refused(note))] == [
        "z9hG4bKa",
        "z9hG4bKa",
    ]


def test_inner_steps_and_media_are_not_kept() -> None:
    trace: Trace = Kept().trace
    trace.append_note(1.0, "partner.server", "2", "TS 23.280", "checked")
    trace.append_media(1.0, "partner.server", HERE, THERE, b"rtp")
    assert not trace.notes
    assert not trace.media
