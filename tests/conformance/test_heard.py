"""A message where it was seen."""

from mcsip.conformance.heard import Heard
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
    shapes, participants = Shapes(trace), Participants(trace)
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
    shapes, participants = Shapes(trace), Participants(trace)
    entries = [
        stream.sent(request(branch="z9hG4bKa")),
        stream.sent(request(branch="z9hG4bKb"), at=7.0),
        stream.sent(request(branch="z9hG4bKb"), fault="lost"),
        stream.sent(request(branch="z9hG4bKb"), source=B, target=A),
        stream.sent(request(branch="z9hG4bKb", cseq="2 MESSAGE")),
    ]
    found = [heard(entry, shapes, participants).likeness for entry in entries]
    assert found[0] == found[1]
    assert len(set(found)) == 4
