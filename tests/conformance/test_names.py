"""Where names stand in texts, and what is none."""

import pytest

from mcsip.conformance import names as module
from mcsip.conformance.known import Known
from mcsip.conformance.names import Cut, Cutter
from mcsip.mc.roles import Role
from mcsip.trace import NodeInfo, Trace

HEAD = (
    "MESSAGE sip:server@partner.example SIP/2.0\r\n"
    "Via: SIP/2.0/UDP a.example;branch=z9hG4bKabc\r\n"
    "Via: SIP/2.0/UDP 192.0.2.7:40000;branch=z9hG4bKdef;rport=41000;received=192.0.2.7\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKghi;rport=42000\r\n"
    "From: <sip:alice@primary.example>;tag=one\r\n"
    "To: <sip:server@partner.example>\r\n"
    "Contact: <sip:alice@192.0.2.7:5060>, <sip:192.0.2.8>, <sip:[2001:db8::1]:43000;lr>\r\n"
    "Call-ID: call1@192.0.2.8:44000\r\n"
    "In-Reply-To: call0\r\n"
    "SIP-ETag: etag1\r\n"
    "CSeq: 17 MESSAGE\r\n"
    "Content-Length: 9"
)
NAMES = (
    ";branch=z9hG4bKabc",
    *("192.0.2.7", "40000", ";branch=z9hG4bKdef", "41000", "192.0.2.7"),
    *(";branch=z9hG4bKghi", "42000"),
    *("sip:alice", ";tag=one"),
    *("sip:alice", "192.0.2.7", "192.0.2.8", "2001:db8::1", "43000"),
    *("call1", "192.0.2.8", "44000", "call0", "etag1", "17", "9"),
)
BODY = (
    "<mcptt-info><mcpttURI>sip:alice@primary.example</mcpttURI>"
    "<id>urn:uuid:00000000-0000-4000-8000-000000000001</id>"
    "<token>eyJhbGci.eyJzdWIi.c2ln</token></mcptt-info>"
)


def trace_of() -> Trace:
    """Return a server at 192.0.2.1 and a client at 192.0.2.7; 192.0.2.8 is nobody's."""
    made = Trace()
    made.add_node(
        NodeInfo("p.server", "p", Role.MC_SERVER, identities=("sip:server@partner.example",))
    )
    made.add_node(NodeInfo("ue", "p", Role.CLIENT, identities=("sip:ue@p.example",)))
    made.announce("p.server", "192.0.2.1", 5060)
    made.announce("ue", "192.0.2.7", 5060)
    return made


@pytest.fixture
def trace() -> Trace:
    return trace_of()


@pytest.fixture
def cutter(trace: Trace) -> Cutter:
    return Cutter(Known(trace))


def test_the_names_of_a_head(cutter: Cutter) -> None:
    assert cutter.head(HEAD, "9") == Cut(cutter.head(HEAD, "9").parts, NAMES, counted=True)


def test_the_names_of_a_body(cutter: Cutter) -> None:
    assert cutter.body(BODY).names == (
        "sip:alice",
        "urn:uuid:00000000-0000-4000-8000-000000000001",
        ">eyJhbGci.eyJzdWIi.c2ln",
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("z9hG4bKabc", "z9hG4bKx-_~+"),
        ("alice", "carol-ann"),
        ("alice", "+491701234567"),
        ("tag=one", "tag=another_1~+-"),
        ("call1", "call-22"),
        ("call0", "call1"),
        ("etag1", "etag-22"),
        ("CSeq: 17", "CSeq: 100000"),
        ("192.0.2.8", "198.51.100.23"),
        ("rport=41000", "rport=6"),
        ("2001:db8::1", "2001:db8::2:3"),
        (":44000", ":1"),
    ],
)
def test_another_name_leaves_the_parts_as_they_are(cutter: Cutter, old: str, new: str) -> None:
    one, two = cutter.head(HEAD, "9"), cutter.head(HEAD.replace(old, new), "9")
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
        ("call1", "c.1"),
        ("call1", "server"),
        ("CSeq: 17", "CSeq: 0"),
        ("CSeq: 17", "CSeq: 017"),
        ("CSeq: 17", "CSeq: 2147483647"),
        ("CSeq: 17 MESSAGE", "CSeq: 17 OPTIONS"),
        ("From", "FROM"),
        ("Call-ID", "Call-Id"),
        ("Call-ID: ", "Call-ID:"),
        ("tag=one", "tag=.ne"),
        ("tag=one", "tag=one;x"),
        ("sip:alice", "sips:alice"),
        ("sip:alice", "sip:ue"),
        ("SIP/2.0\r\nVia", "sip/2.0\r\nVia"),
        ("Content-Length: 9", "Content-Length: 8"),
        # An address of a server, of nobody instead of a client, or none at all.
        ("UDP 192.0.2.7", "UDP 192.0.2.1"),
        ("UDP 192.0.2.7", "UDP 192.0.2.8"),
        ("UDP 192.0.2.7", "UDP 192.0.2.300"),
        ("UDP 192.0.2.7", "UDP 192.0.2.7.example"),
        ("UDP 192.0.2.7:40000", "UDP 192.0.2.7"),
        ("UDP 192.0.2.7:40000", "UDP 192.0.2.7:5060"),
        ("UDP 192.0.2.7:40000", "UDP 192.0.2.7:04000"),
        ("UDP 192.0.2.7:40000", "UDP 192.0.2.7:65536"),
        ("[2001:db8::1]", "[2001:DB8::1]"),
        ("rport=41000", "rport=5060"),
        ("rport=41000", "rport=65536"),
        ("rport=41000", "rport"),
    ],
)
def test_anything_else_makes_other_parts(cutter: Cutter, old: str, new: str) -> None:
    assert old in HEAD
    assert cutter.head(HEAD, "9").parts != cutter.head(HEAD.replace(old, new, 1), "9").parts


def test_the_length_of_the_body_is_a_name_where_it_is_right(cutter: Cutter) -> None:
    one, two = cutter.head(HEAD, "9"), cutter.head(HEAD.replace("Length: 9", "Length: 123"), "123")
    assert one.parts == two.parts
    assert (two.names[-1], two.counted) == ("123", True)
    wrong = cutter.head(HEAD, "8")
    assert (wrong.names[-1], wrong.counted) == ("17", False)


def test_an_identity_of_a_client_is_told_by_what_stands_after_it_there(trace: Trace) -> None:
    trace.add_node(NodeInfo("two", "p", Role.CLIENT, identities=("sip:two@p.example",)))
    trace.add_node(NodeInfo("three", "p", Role.CLIENT, identities=("sip:three@q.example",)))
    cutter = Cutter(Known(trace))
    cuts = {name: cutter.body(f"<sip:{name}@p.example>") for name in ("ue", "two", "three", "x")}
    assert cuts["ue"].parts == cuts["two"].parts
    assert len({cut.parts for cut in cuts.values()}) == 3
    assert [cut.names for cut in cuts.values()] == [(f"sip:{name}",) for name in cuts]


def test_what_becomes_known_counts_from_then_on(trace: Trace) -> None:
    known = Known(trace)
    cutter = Cutter(known)
    text = "\nVia: SIP/2.0/UDP 192.0.2.8;rport=7"
    before = cutter.head(text, "0")
    trace.announce("ue", "192.0.2.8", 5060)
    known.update()
    of_client = cutter.head(text, "0")
    assert before.parts != of_client.parts
    assert before.names == of_client.names == ("192.0.2.8", "7")
    trace.announce("p.server", "192.0.2.8", 5070)
    known.update()
    assert cutter.head(text, "0").names == ("7",)


def test_a_call_id_in_a_body_is_no_field(cutter: Cutter) -> None:
    assert cutter.body("a\r\nCall-ID: call1\r\n").names == ()


def test_pieces_and_names_make_the_text(cutter: Cutter) -> None:
    for text, cut in (
        (HEAD, cutter.head(HEAD, "9")),
        (HEAD, cutter.head(HEAD, "8")),
        (BODY, cutter.body(BODY)),
        ("<sip:ue@p.example>", cutter.body("<sip:ue@p.example>")),
        ("", Cut(("",), ())),
    ):
        pieces = cutter.pieces(cut, 3)
        assert pieces.octets(cut.names) == text.encode()
        assert len(pieces.stand_ins) == len(cut.names)


def test_stand_ins_are_names_of_the_same_kinds_and_all_different(cutter: Cutter) -> None:
    head, body = cutter.head(HEAD, "9"), cutter.body(BODY)
    of_head, of_body = cutter.pieces(head, 0), cutter.pieces(body, len(head.names))
    other_head = cutter.head(of_head.with_stand_ins().decode(), "9")
    other_body = cutter.body(of_body.with_stand_ins().decode())
    assert other_body.parts == body.parts
    of_nobody = tuple(part.replace("\0c", "\0u") for part in head.parts)
    assert other_head.parts == of_nobody
    names = other_head.names + other_body.names
    assert len(set(names)) == len(names) == len(head.names) + len(body.names)
    for name in names:
        assert len([other for other in names if name in other]) == 1 or name == "9"


def test_memory_is_bounded(cutter: Cutter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PLACES", 8)
    for number in range(50):
        cutter.head(f"Contact: <sip:x@192.0.2.{number}>", "0")
    assert len(cutter._places) <= 8
