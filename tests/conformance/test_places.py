"""From the number of an entry to who sent what to whom there."""

from dataclasses import replace

from mcsip.conformance.places import Place, place_of
from mcsip.conformance.views import Course, Setting
from mcsip.exchanges import find_exchanges
from mcsip.mc.messages import REQUEST
from mcsip.trace import Direction, NodeInfo
from tests.conformance.streams import A, B, C, Stream, request, response, with_nodes
from tests.tracing import Writer

NODES = with_nodes((NodeInfo("a"), A), (NodeInfo("b"), B), (NodeInfo("c"), C))
ASK = request()
ON = request(above="2")


def passing() -> Stream:
    stream = Stream(NODES)
    stream.both(ASK)
    stream.both(ON, at=1.0, source=B, target=C)
    stream.both(response(ON), at=2.0, source=C, target=B)
    stream.both(response(ASK), at=3.0, source=B, target=A)
    return stream.finish()


def test_a_message() -> None:
    seen = passing().messages[0]
    assert place_of(seen, None) == Place(1, 0.0, "a", "b", ASK)
    assert place_of(seen, 1) == Place(1, 0.0, "a", "b", ASK)


def test_a_transaction_and_every_copy_in_it() -> None:
    seen = passing().transactions[0]
    assert place_of(seen, None) == Place(1, 0.0, "a", "b", ASK)
    assert place_of(seen, 2) == Place(2, 0.0, "a", "b", ASK)
    for number in (7, 8):
        assert place_of(seen, number) == Place(number, 3.0, "b", "a", response(ASK))


def test_a_passage_and_what_went_on() -> None:
    [seen] = passing().passages
    assert place_of(seen, None).number == 1
    assert place_of(seen, 3) == Place(3, 1.0, "b", "c", ON)
    assert place_of(seen, 5) == Place(5, 2.0, "c", "b", response(ON))


def test_an_ack_belongs_to_its_invite() -> None:
    stream = Stream(NODES)
    invite = request("INVITE")
    stream.both(invite)
    stream.both(response(invite, 486), source=B, target=A)
    stream.both(request("ACK", cseq="1 ACK"))
    assert place_of(stream.finish().transactions[0], 5).node == "a"


def course(writer: Writer) -> Course:
    return Course(Setting(writer.trace), "sip:a@home.example", tuple(find_exchanges(writer.trace)))


def test_a_course_finds_the_octets_in_the_trace() -> None:
    writer = Writer()
    writer.hop("ue", "away.server", REQUEST)
    seen = course(writer)
    first, third = writer.trace.entries[0], writer.trace.entries[2]
    assert place_of(seen, None) == Place(1, 0.0, "ue", "away.server", first.data)
    assert place_of(seen, 3) == Place(3, 0.0, "away.server", "ue", third.data)


def test_a_course_whose_trace_streamed_by_has_no_octets() -> None:
    writer = Writer()
    writer.hop("ue", "away.server", REQUEST)
    seen = course(writer)
    writer.trace.entries = []
    assert place_of(seen, 1) == Place(1, 0.0, "ue", "away.server")
    assert place_of(seen, 3) == Place(3, 0.0, "away.server", "ue")


def test_a_number_outside_of_the_view_is_looked_up_in_the_trace() -> None:
    stream = passing()
    entry = replace(stream.sent(b"other", 4.0, C, A), number=77)
    stream.trace.entries = [entry, replace(entry, number=78, direction=Direction.RECEIVED)]
    assert place_of(stream.messages[0], 77) == Place(77, 4.0, "c", "a", b"other")
    assert place_of(stream.messages[0], 78) == Place(78, 4.0, "a", "c", b"other")
    stream.trace.entries = []
    assert place_of(stream.messages[0], 77) == Place(77, 0.0, "a", "b")
