"""Where names stand in texts, and what is none."""

import pytest

from mcsip.conformance.names import Cut, Cutter
from mcsip.trace import NodeInfo, Trace

HEAD = (
    "MESSAGE sip:server@partner.example SIP/2.0\r\n"
    "Via: SIP/2.0/UDP a.example;branch=z9hG4bKabc\r\n"
    "Via: SIP/2.0/UDP b.example;branch=z9hG4bKdef;rport\r\n"
    "From: <sip:alice@primary.example>;tag=one\r\n"
    "To: <sip:server@partner.example>\r\n"
    "Call-ID: call1@a.example\r\n"
    "In-Reply-To: call0\r\n"
    "CSeq: 7 MESSAGE"
)
BODY = (
    "<mcptt-info><mcpttURI>sip:alice@primary.example</mcpttURI>"
    "<id>urn:uuid:00000000-0000-4000-8000-000000000001</id>"
    "<token>eyJhbGci.eyJzdWIi.c2ln</token></mcptt-info>"
)


@pytest.fixture
def cutter() -> Cutter:
    trace = Trace()
    trace.add_node(NodeInfo("p.server", identities=("sip:server@partner.example",)))
    return Cutter(trace)


def test_the_names_of_a_head(cutter: Cutter) -> None:
    assert cutter.head(HEAD).names == (
        ";branch=z9hG4bKabc",
        ";branch=z9hG4bKdef",
        "sip:alice",
        ";tag=one",
        "call1",
        "call0",
    )


def test_the_names_of_a_body(cutter: Cutter) -> None:
    assert cutter.body(BODY).names == (
        "sip:alice",
        "urn:uuid:00000000-0000-4000-8000-000000000001",
        ">eyJhbGci.eyJzdWIi.c2ln",
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("z9hG4bKabc", "z9hG4bKx"),
        ("alice", "carol-ann"),
        ("tag=one", "tag=another1"),
        ("call1", "call-22"),
        ("call0", "call1"),
    ],
)
def test_another_name_leaves_the_parts_as_they_are(cutter: Cutter, old: str, new: str) -> None:
    one, two = cutter.head(HEAD), cutter.head(HEAD.replace(old, new))
    assert one.parts == two.parts
    assert one.names != two.names


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("z9hG4bKabc", "z9hG4bkabc"),
        ("z9hG4bKabc", "z9hG4bKa.c"),
        ("a.example;", "c.example;"),
        ("primary.example", "another.example"),
        ("sip:server", "sip:sorver"),
        ("call1@a", "call1@b"),
        ("call1", "c.1"),
        ("CSeq: 7", "CSeq: 8"),
        ("From", "FROM"),
        ("Call-ID", "Call-Id"),
        ("Call-ID: ", "Call-ID:"),
        (";rport", ";rpart"),
        ("tag=one", "tag=.ne"),
        ("tag=one", "tag=one;x"),
        ("sip:alice", "sips:alice"),
        ("SIP/2.0\r\nVia", "sip/2.0\r\nVia"),
    ],
)
def test_anything_else_makes_other_parts(cutter: Cutter, old: str, new: str) -> None:
    assert cutter.head(HEAD).parts != cutter.head(HEAD.replace(old, new, 1)).parts


def test_a_call_id_in_a_body_is_no_field(cutter: Cutter) -> None:
    assert cutter.body("a\r\nCall-ID: call1\r\n").names == ()


def test_pieces_and_names_make_the_text(cutter: Cutter) -> None:
    for text, cut in ((HEAD, cutter.head(HEAD)), (BODY, cutter.body(BODY)), ("", Cut(("",), ()))):
        pieces = cutter.pieces(cut, 3)
        assert pieces.octets(cut.names) == text.encode()
        assert len(pieces.stand_ins) == len(cut.names)


def test_stand_ins_are_names_of_the_same_kinds_and_all_different(cutter: Cutter) -> None:
    head, body = cutter.head(HEAD), cutter.body(BODY)
    of_head, of_body = cutter.pieces(head, 0), cutter.pieces(body, len(head.names))
    other_head = cutter.head(of_head.with_stand_ins().decode())
    other_body = cutter.body(of_body.with_stand_ins().decode())
    assert (other_head.parts, other_body.parts) == (head.parts, body.parts)
    names = other_head.names + other_body.names
    assert len(set(names)) == len(names) == len(head.names) + len(body.names)
