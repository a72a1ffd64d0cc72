"""Shapes: messages that differ in names only have one, and all others have another."""

import pytest

from mcsip.conformance import shapes
from mcsip.conformance.shapes import Shape, Shapes, order, pattern
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.trace import NodeInfo, Trace

BODY = (
    "<mcptt-info><mcpttURI>sip:alice@primary.example</mcpttURI>"
    "<id>urn:uuid:00000000-0000-4000-8000-000000000001</id>"
    "<token>eyJhbGci.eyJzdWIi.c2ln</token></mcptt-info>"
)
DATA = (
    "MESSAGE sip:server@partner.example SIP/2.0\r\n"
    "Via: SIP/2.0/UDP a.example;branch=z9hG4bKabc\r\n"
    "Via: SIP/2.0/UDP b.example;branch=z9hG4bKdef;rport\r\n"
    "From: <sip:alice@primary.example>;tag=one\r\n"
    "To: <sip:server@partner.example>\r\n"
    "Call-ID: call1@a.example\r\n"
    "CSeq: 7 MESSAGE\r\n"
    f"Content-Length: {len(BODY)}\r\n\r\n{BODY}"
)


def known() -> Trace:
    trace = Trace()
    trace.add_node(NodeInfo("p.server", identities=("sip:server@partner.example",)))
    return trace


@pytest.fixture
def made() -> Shapes:
    return Shapes(known())


def shape_of(made: Shapes, text: str | bytes) -> Shape | None:
    data = text if isinstance(text, bytes) else text.encode()
    message = parse_datagram(data)
    assert not isinstance(message, Malformed)
    return made.of(message, data)


def test_the_names_of_a_message(made: Shapes) -> None:
    shape = shape_of(made, DATA)
    assert shape is not None
    assert shape.names == (
        ";branch=z9hG4bKabc",
        ";branch=z9hG4bKdef",
        "sip:alice",
        ";tag=one",
        "call1",
        "sip:alice",
        "urn:uuid:00000000-0000-4000-8000-000000000001",
        ">eyJhbGci.eyJzdWIi.c2ln",
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("z9hG4bKabc", "z9hG4bKxyz"),
        ("alice", "carol"),
        ("tag=one", "tag=two"),
        ("call1", "call2"),
        ("000001", "00000a"),
        ("eyJzdWIi", "eyJhdWQi"),
    ],
)
def test_another_name_is_the_same_shape(made: Shapes, old: str, new: str) -> None:
    one, two = shape_of(made, DATA), shape_of(made, DATA.replace(old, new))
    assert one is not None
    assert two is not None
    assert one.form == two.form
    assert one.names != two.names
    assert pattern(one.names) == pattern(two.names)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("z9hG4bKabc", "z9hG4bkabc"),
        ("a.example;", "c.example;"),
        ("primary.example", "another.example"),
        ("sip:server", "sip:sorver"),
        ("call1@a", "call1@b"),
        ("CSeq: 7", "CSeq: 8"),
        ("From", "FROM"),
        (";rport", ";rpart"),
        ("tag=one", "tag=.ne"),
        ("<id>", "<ID>"),
        ("MESSAGE sip", "OPTIONS sip"),
        ("SIP/2.0\r\nVia", "sip/2.0\r\nVia"),
    ],
)
def test_anything_else_is_another_shape(made: Shapes, old: str, new: str) -> None:
    one, two = shape_of(made, DATA), shape_of(made, DATA.replace(old, new, 1))
    assert one is not None
    assert two is not None
    assert one.form != two.form


def test_which_names_are_the_same_is_no_matter_of_the_form_but_of_the_pattern(made: Shapes) -> None:
    one = shape_of(made, DATA)
    two = shape_of(made, DATA.replace("alice", "carol", 1))
    assert one is not None
    assert two is not None
    assert one.form == two.form
    assert pattern(one.names) != pattern(two.names)


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n" + DATA.encode(),
        DATA.encode() + b"beyond",
        DATA.replace("\r\nTo:", "\nTo:").encode(),
        DATA.replace("<sip:server@", '"\u00fc" <sip:server@').encode(),
    ],
)
def test_octets_that_are_not_plainly_those_lines_have_none(made: Shapes, data: bytes) -> None:
    assert shape_of(made, data) is None


def test_when_another_node_is_known_all_begins_anew() -> None:
    trace = known()
    made = Shapes(trace)
    before = shape_of(made, DATA)
    trace.add_node(NodeInfo("alice", identities=("sip:alice@primary.example",)))
    after = shape_of(made, DATA)
    assert before is not None
    assert after is not None
    assert before.form != after.form
    assert "sip:alice" not in after.names


def test_memory_is_bounded(made: Shapes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MAX_LINES", 50)
    monkeypatch.setattr(shapes, "MAX_SHAPES", 20)
    monkeypatch.setattr(shapes, "MAX_BODIES", 1)
    seen = set()
    for number in range(200):
        shape = shape_of(
            made, DATA.replace("CSeq: 7", f"CSeq: {number}").replace("one", f"o{number}")
        )
        assert shape is not None
        seen.add(shape.form)
    assert len(seen) == 200
    assert len(made._lines) <= 50
    assert len(made._forms) <= 20
    assert len(made._bodies) <= 1


def test_patterns_and_orders() -> None:
    assert pattern(["a", "b", "a", "c", "b"]) == (0, 1, 0, 3, 1)
    assert pattern(["x", "y", "x", "z", "y"]) == (0, 1, 0, 3, 1)
    assert pattern([]) == ()
    assert order([7, 3, 5]) == order([70, 30, 50]) == (1, 2, 0)
