"""Shapes: messages that differ in names only have one form, and all others have another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcsip.conformance import shapes
from mcsip.conformance.common_form import CommonForm
from mcsip.conformance.forms import OwnForm
from mcsip.conformance.known import Known
from mcsip.conformance.shapes import Read, Shapes, order, relations
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.trace import NodeInfo, Trace
from tests.conformance.bases import Shipped, run_shipped

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
    return Shapes(Known(known()))


def number_of(read: Read) -> int:
    assert read.form is not None
    return read.form.number


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("z9hG4bKabc", "z9hG4bKxyz"),
        ("alice", "carol"),
        ("tag=one", "tag=two"),
        ("call1", "call2"),
        ("000001", "00000a"),
        ("eyJzdWIi", "eyJhdWQi"),
        ("CSeq: 7", "CSeq: 8"),
        ("alice", "al"),
    ],
)
def test_another_name_is_the_same_form(made: Shapes, old: str, new: str) -> None:
    head, _, body = DATA.replace(old, new).partition("\r\n\r\n")
    other = head.replace(f"Length: {len(BODY)}", f"Length: {len(body)}") + "\r\n\r\n" + body
    one, two = made.read(DATA.encode()), made.read(other.encode())
    assert number_of(one) == number_of(two)
    assert one.names != two.names
    assert relations(one.names, ()) == relations(two.names, ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a.example;", "c.example;"),
        ("sip:server", "sip:sorver"),
        ("CSeq: 7", "CSeq: 0"),
        ("<id>", "<ID>"),
        ("MESSAGE sip", "OPTIONS sip"),
        ("tag=one", f"tag={'x' * 1000}"),
    ],
)
def test_anything_else_is_another_form(made: Shapes, old: str, new: str) -> None:
    one, two = made.read(DATA.encode()), made.read(DATA.replace(old, new, 1).encode())
    assert number_of(one) != number_of(two)


def test_which_names_are_the_same_is_no_matter_of_the_form_but_of_the_pattern(made: Shapes) -> None:
    one, two = made.read(DATA.encode()), made.read(DATA.replace("alice", "carol", 1).encode())
    assert number_of(one) == number_of(two)
    assert relations(one.names, ()) != relations(two.names, ())


def test_a_form_that_was_seen_before_is_common_and_need_not_be_read(
    made: Shapes, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made.read(DATA.encode())
    assert isinstance(first.form, OwnForm)
    second = made.read(DATA.replace("one", "two").encode())
    assert isinstance(second.form, CommonForm)
    monkeypatch.setattr(shapes, "parse_datagram", None)
    third = made.read(DATA.replace("one", "six").encode())
    assert third.form is second.form
    assert number_of(first) == number_of(second)


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n" + DATA.encode(),
        DATA.encode() + b"beyond",
        DATA.replace("\r\nTo:", "\nTo:").encode(),
        DATA.replace("<sip:server@", '"\u00fc" <sip:server@').encode(),
        DATA.replace(
            "CSeq: 7 MESSAGE\r\n", f"CSeq: 7 MESSAGE\r\nSubject: {'x' * 8192}\r\n"
        ).encode(),
        DATA.replace("CSeq:", "To: <sip:x@y>\r\n" * 65 + "CSeq:").encode(),
    ],
)
def test_what_is_not_plain_small_and_ascii_is_judged_by_itself(made: Shapes, data: bytes) -> None:
    forms = [made.read(data.replace(b"one", b"%d" % number)).form for number in range(3)]
    assert [form is not None and form.alike for form in forms] == [False] * 3
    assert len({form.number for form in forms if form is not None}) == 3


def test_what_is_malformed_is_said_each_time(made: Shapes) -> None:
    for _ in range(3):
        read = made.read(DATA.replace("Length: ", "Length: 9").encode())
        assert read.malformed is not None
        assert read.form is not None
        assert not read.form.alike
    assert made.read(b"GET / HTTP/1.1\r\n\r\n").form is None


def test_the_length_of_a_body_is_a_name(made: Shapes) -> None:
    longer = DATA.replace("eyJzdWIi", "eyJzdWIixxxx")
    longer = longer.replace(f"Length: {len(BODY)}", f"Length: {len(BODY) + 4}")
    one, two = made.read(DATA.encode()), made.read(longer.encode())
    assert number_of(one) == number_of(two)
    untold = [data.replace("Content-Length", "Content-Size").encode() for data in (DATA, longer)]
    one, two = (made.read(data) for data in untold)
    assert number_of(one) != number_of(two)


def test_a_body_that_is_cut_off_is_no_message_of_the_form(made: Shapes) -> None:
    """Names of other lengths in head and body leave the size as it is."""
    assert made.read(DATA.encode()).malformed is None
    shifted = DATA.replace("tag=one", "tag=ones").replace(
        "<mcpttURI>sip:alice", "<mcpttURI>sip:alic"
    )
    assert made.read(shifted.encode()).malformed is not None


def test_when_another_node_is_known_all_begins_anew() -> None:
    trace = known()
    made = Shapes(Known(trace))
    before = made.read(DATA.encode())
    trace.add_node(NodeInfo("alice", identities=("sip:alice@primary.example",)))
    after = made.read(DATA.encode())
    assert number_of(before) != number_of(after)
    assert "sip:alice" not in after.names


def test_memory_is_bounded(made: Shapes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MAX_FORMS", 20)
    monkeypatch.setattr(shapes, "MAX_BODIES", 1)
    monkeypatch.setattr(shapes, "MAX_RECENT", 5)
    seen = set()
    for number in range(200):
        data = DATA.replace("CSeq: 7", f"CSeq: 0{number}").replace("eyJzdWIi", f"eyJ{number:04}x")
        seen.add(number_of(made.read(data.encode())))
        assert len(made._forms) <= 20
        assert len(made._bodies) <= 1
        assert len(made._recent) <= 5
    assert len(seen) == 200


SAID = ("key", "call_id", "passed", "ids", "message")
NAME = st.text("abcXYZ019", min_size=4, max_size=12)


def assert_told_as_read(read: Read, data: bytes) -> None:
    """Compare what a form tells with what reading the message tells."""
    message = parse_datagram(data)
    assert not isinstance(message, Malformed)
    assert read.form is not None
    own = OwnForm(0, message, data, ())
    form, names = read.form, read.names
    assert form.octets(names) == data
    assert form.message(names).octets() == message.octets()
    assert form.message(names).fields == message.fields
    assert [form.key(names), form.call_id(names)] == [own.key(()), own.call_id(())]
    assert form.passed(names) == own.passed(())
    assert [*form.branches(names)] == [*own.branches(())]
    assert form.ids(names) == own.ids(())
    assert form.is_of_user() == own.is_of_user()
    assert (form.is_request, form.method, form.status) == (own.is_request, own.method, own.status)


@given(st.lists(st.tuples(NAME, NAME, NAME, NAME), min_size=3, max_size=4))
def test_a_common_form_tells_what_reading_tells(names: list[tuple[str, ...]]) -> None:
    made = Shapes(Known(known()))
    for branch, user, tag, call in names:
        data = DATA.replace("abc", branch, 1).replace("tag=one", f"tag={tag}")
        data = data.replace("call1", call).replace("alice", user)
        head, _, body = data.partition("\r\n\r\n")
        data = f"{head.replace(str(len(BODY)), str(len(body)))}\r\n\r\n{body}"
        assert_told_as_read(made.read(data.encode()), data.encode())


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    "scenario",
    ["authorization/success", "calls/forwarded", "return-home/success", "data/forwarded"],
)
def test_of_all_messages_of_a_run(scenario: str, transport: str) -> None:
    trace = run_shipped(Shipped(scenario=scenario, transport=transport))
    made = Shapes(Known(trace))
    common = 0
    for mark in (b"a", b"b", b"c"):
        for entry in trace.entries[:-1]:
            data = entry.data.replace(b";tag=", b";tag=" + mark)
            data = data.replace(b"z9hG4bK", b"z9hG4bK" + mark).replace(b"ID: ", b"ID: " + mark)
            read = made.read(data)
            assert_told_as_read(read, data)
            common += isinstance(read.form, CommonForm)
    assert common >= len(trace.entries)


def test_octets_that_come_again_are_not_cut_again(made: Shapes) -> None:
    first = made.read(DATA.encode())
    assert made.read(DATA.encode()) is first
    assert made.read(DATA.encode(), 7) is first
    assert made.read(DATA.encode(), again=False) is not first


def test_which_names_are_the_same_and_which_stand_elsewhere() -> None:
    assert relations("abacb", ()) == relations("xyxzy", ()) == (0, 1, 0, 3, 1)
    assert relations("", ()) == ()
    texts = [frozenset("pq"), frozenset("bcp")]
    assert relations("abacb", texts[:1]) == relations("abacb", ())
    assert relations("abacb", texts) == ((0, 1, 0, 3, 1), ((), (1, 3)))
    assert relations("axaca", texts) != relations("abaca", texts)


def test_orders() -> None:
    assert order([7, 3, 5]) == order([70, 30, 50]) == (1, 2, 0)
    assert order([3, 5, 7]) == (0, 1, 2)
