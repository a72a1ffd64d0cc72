"""A message where it was seen."""

from mcsip.conformance.heard import Heard
from mcsip.conformance.known import Known
from mcsip.conformance.participants import Participants
from mcsip.conformance.shapes import Shapes
from mcsip.trace import Trace, TraceEntry
from tests.conformance.streams import A, B, Stream, request


def heard(entry: TraceEntry, shapes: Shapes, participants: Participants) -> Heard:
    read = shapes.read(entry.data)
    assert read.form is not None
    way = participants.way(entry)
    return Heard(entry.number, entry.at, entry.fault, way, read.form, read.names)


def test_the_entry_and_the_message_are_made_again() -> None:
    stream, trace = Stream(), Trace()
    shapes, participants = Shapes(Known(trace)), Participants(trace)
    stream.received(request(branch="z9hG4bKa"), source=B, target=A)
    for branch in "bcd":
        entry = stream.sent(request(branch=f"z9hG4bK{branch}"), 1.5, A, B, "TCP", "delayed")
        seen = heard(entry, shapes, participants)
        assert seen.entry == entry
        assert seen.sent
        message = seen.message
        assert message.octets() == entry.data
        assert seen.message is message
        seen.forget()
        assert seen.message.octets() == entry.data


def test_what_differs_in_names_only_is_alike() -> None:
    stream, trace = Stream(), Trace()
    shapes, participants = Shapes(Known(trace)), Participants(trace)
    entries = [
        stream.sent(request(branch="z9hG4bKa")),
        stream.sent(request(branch="z9hG4bKb"), at=7.0),
        stream.sent(request(branch="z9hG4bKb"), fault="lost"),
        stream.sent(request(branch="z9hG4bKb"), transport="TCP"),
        stream.sent(request(branch="z9hG4bKb").replace(b"CSeq", b"Expires: 2\r\nCSeq")),
    ]
    found = [heard(entry, shapes, participants).likeness for entry in entries]
    assert found[0] == found[1]
    assert len(set(found)) == 4


def test_what_tells_octets_from_others() -> None:
    stream, trace = Stream(), Trace()
    shapes, participants = Shapes(Known(trace)), Participants(trace)
    beyond = request() + b"beyond"
    sent = [stream.sent(data) for data in (request(), request(), beyond, beyond, request("INVITE"))]
    found = [heard(entry, shapes, participants).octets_key for entry in sent]
    assert found[0] == found[1]
    assert found[2] == found[3] == beyond
    assert len(set(found)) == 3
