"""What rules look at."""

import pytest

from mcsip.conformance.views import Course, MessageSeen, Passage, Setting
from mcsip.trace import NodeInfo, Trace
from tests.conformance.streams import A, B, C, Stream, request, response


def test_what_a_transaction_says_of_itself() -> None:
    stream = Stream()
    stream.sent(request("INVITE"))
    stream.sent(request("ACK", cseq="1 ACK"), transport="TCP")
    [invite, ack] = stream.finish().transactions
    assert (invite.ack, invite.reliable, invite.request.method) == (False, False, "INVITE")
    assert (ack.ack, ack.reliable, ack.request.method) == (True, True, "ACK")


def test_what_a_passage_says_of_itself() -> None:
    stream = Stream()
    stream.sent(request())
    stream.sent(request(above="2"), source=B, target=C)
    stream.sent(response(request()), source=B, target=A)
    [passage] = stream.finish().passages
    assert isinstance(passage, Passage)
    assert passage.message is passage.incoming.request
    assert passage.node.name == "10.0.0.2:5060"


@pytest.mark.parametrize(
    ("sender", "receiver", "crosses"),
    [("x", "y", True), ("x", "x", False), ("", "y", False), ("x", "", False), ("", "", False)],
)
def test_what_goes_from_system_to_system(sender: str, receiver: str, crosses: bool) -> None:
    entry = Stream().sent(b"x")
    ends = NodeInfo("a", sender), NodeInfo("b", receiver)
    assert MessageSeen(Setting(Trace()), entry, None, *ends).crosses is crosses


def test_a_course_is_whole_unless_it_is_said_otherwise() -> None:
    course = Course(Setting(Trace()), "sip:a@a", ())
    assert course.whole
    assert course.ended
