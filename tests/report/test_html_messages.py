"""The messages of the HTML report: each of the wire once, each in one hop, nothing left out."""

from mcsip.hops import find_hops
from mcsip.report.html_messages import group_messages, message_data, place_in_text
from mcsip.report.wire import wire_messages
from mcsip.trace import Direction, Trace
from tests.report.conftest import ADDRESSES, Writer

ENDS = (ADDRESSES["partner.server"], ADDRESSES["partner.gateway"])


def test_every_message_stands_in_exactly_one_hop(success: Trace, troubled: Trace) -> None:
    for trace in (success, troubled):
        wire = group_messages(trace, find_hops(trace))
        grouped = sorted(index for group in wire.hops for index in group.messages)
        assert grouped == list(range(len(wire_messages(trace))))
        assert all(group.hop is not None for group in wire.hops)


def test_what_belongs_to_no_transaction_is_a_stray() -> None:
    write = Writer()
    write.copy("partner.server", "partner.gateway", "UDP", b"\xff\xfe no SIP")
    write.copy("partner.gateway", "partner.server", "UDP", b"SIP/2.0 200 OK\r\nCSeq: 1 BYE\r\n\r\n")
    wire = group_messages(write.trace, find_hops(write.trace))
    assert [(group.sender, group.receiver, group.hop) for group in wire.hops] == [
        ("partner.server", "partner.gateway", None),
        ("partner.gateway", "partner.server", None),
    ]
    assert [group.messages for group in wire.hops] == [[0], [1]]


def test_entries_of_arrival_are_those_of_the_copy_before(refused: Trace) -> None:
    wire = group_messages(refused, find_hops(refused))
    assert wire.index_of.keys() == {entry.number for entry in refused.entries}
    lost = [at for at, message in enumerate(wire.messages) if message.fault == "lost"]
    (first,) = lost
    again = first + 1
    assert wire.messages[again].data == wire.messages[first].data
    assert wire.arrivals[first] is None
    arrival = wire.arrivals[again]
    assert arrival is not None
    assert arrival > wire.messages[again].at


def test_a_message_of_which_only_the_arrival_is_traced() -> None:
    trace = Trace()
    trace.append_entry(1.5, "b", Direction.RECEIVED, "UDP", ENDS[1], ENDS[0], b"hello")
    wire = group_messages(trace, [])
    assert wire.arrivals == (1.5,)
    assert "arrived" not in message_data(wire.messages[0], 1.5)


def test_octets_that_are_no_text_stand_one_character_each() -> None:
    write = Writer()
    write.copy("partner.server", "partner.gateway", "UDP", b"\x00\xff</script>")
    wire = group_messages(write.trace, [])
    data = message_data(wire.messages[0], wire.arrivals[0])
    assert data["text"] == "\x00ÿ</script>"
    assert data["octets"] is True
    assert place_in_text(b"\xff123", (1, 3)) == [1, 3]


def test_places_count_as_javascript_counts() -> None:
    data = "é𝄞x".encode()  # 2, 4 and 1 octets; 1, 2 and 1 units of UTF-16
    assert place_in_text(data, (0, 2)) == [0, 1]
    assert place_in_text(data, (2, 6)) == [1, 3]
    assert place_in_text(data, (6, 7)) == [3, 4]
