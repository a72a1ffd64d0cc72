"""messages.log."""

from collections.abc import Callable

from mcsip.report.ladder import build_ladder
from mcsip.report.messages_log import render_messages_log
from mcsip.trace import Direction, Peer, Trace

Golden = Callable[[str, str], None]


def test_the_main_procedure(refused: Trace, golden: Golden, secrets: tuple[bytes, ...]) -> None:
    text = render_messages_log(refused)
    golden("messages.log", text)
    assert not any(secret in text.encode() for secret in secrets)


def test_octets_that_no_terminal_should_get() -> None:
    trace = Trace()
    here, there = Peer("::1", 1), Peer("127.0.0.2", 2)
    trace.append_entry(
        0.25, "a", Direction.SENT, "TCP", here, there, b"\x1b[2J\xff\x00\r\rx", "lost"
    )
    text = render_messages_log(trace)
    assert "#1 0.250000 s a -> 127.0.0.2:2, (no SIP), lost\n" in text
    assert "TCP [::1]:1 -> 127.0.0.2:2, 9 octets\n" in text
    assert "\\x1b[2J\\xff\\x00\\x0d\\x0dx\n" in text


def test_only_some_rows_of_a_ladder(success: Trace) -> None:
    """With the answers, and hop by hop where the arrow is drawn so."""
    ladder = build_ladder(success)
    arrow = next(arrow for arrow in ladder.arrows if arrow.via)
    text = render_messages_log(success, rows=frozenset({arrow.number}))
    assert text.count("MESSAGE sip:") == 2
    assert text.count("200 OK of migration-service-authorization-request") == 2
    assert "initial authorization check" not in text
    note = next(note for note in success.notes if note.step == "2")
    assert "initial authorization check" in render_messages_log(
        success, rows=frozenset({note.number})
    )
    hop = build_ladder(success, fold_cores=False).arrows[2]
    assert hop.number != arrow.number
    assert render_messages_log(success, rows=frozenset({hop.number})).count("MESSAGE sip:") == 1
