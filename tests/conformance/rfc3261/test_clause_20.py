"""RFC 3261 20: the syntax of header fields."""

import pytest

from mcsip.conformance.rfc3261.clause_20 import ROWS
from mcsip.sip.headers import long_name
from tests.conformance.rfc3261.wire import Proof, check_proof, findings, one, proofs, request

#: For each field: values that are right, and one that is wrong. RFC 3261 20 and 25.1 have them.
VALUES: dict[str, tuple[tuple[str, ...], str]] = {
    "accept": (("application/sdp;level=1, text/*", "*/*", ""), "sdp"),
    "allow": (("INVITE, ACK", ""), "INVITE ACK"),
    "call-id": (("f81d4fae-7dec@192.0.2.4", "a<b>"), "one two"),
    "contact": (('"A, B" <sip:a@b>;q=0.7, <mailto:x@y>', "*"), "<sip:a@b"),
    "content-disposition": (("session;handling=optional",), "a b"),
    "content-type": (("text/html; charset=ISO-8859-4", 'multipart/mixed;boundary="x"'), "text"),
    "cseq": (("4711 INVITE",), "INVITE 4711"),
    "date": (("Sat, 13 Nov 2010 23:29:00 GMT",), "Sat, 13 Nov 2010 23:29:00 CET"),
    "expires": (("0", "4294967295"), "4294967296"),
    "from": (('"A. G. Bell" <sip:agb@bell.example> ;tag=a48s', "sip:a@b;tag=x"), "sip:a@b?x=y"),
    "max-forwards": (("0", "255"), "256"),
    "min-expires": (("60",), "one hour"),
    "mime-version": (("1.0",), "one"),
    "proxy-require": (("foo, bar",), "foo bar"),
    "record-route": (("<sip:a;lr>, <sip:b;lr>",), "<sip:a;lr"),
    "reply-to": (("Bob <sip:bob@biloxi.example>",), "Bob sip:bob@biloxi.example"),
    "require": (("100rel",), ""),
    "retry-after": (("18000;duration=3600", "120 (I'm in a meeting)"), "soon"),
    "route": (("<sip:a;lr>, <sip:b;lr>",), "sip:a b"),
    "supported": (("timer, 100rel", ""), "timer;x"),
    "timestamp": (("54", "54.5 0.1"), "now"),
    "to": (("The Operator <sip:operator@columbia.example>;tag=287447",), '"A <sip:a@b>'),
    "unsupported": (("foo",), "foo/bar"),
    "via": (("SIP / 2.0 / UDP first.example: 4000;ttl=16 ;branch=z9hG4bKa",), "SIP/2.0 first"),
    "warning": (('307 isi.example "Parameter \\"foo\\"", 301 isi.example "x"',), "307 x y"),
}


def with_field(key: str, value: str) -> bytes:
    return request("OPTIONS", {long_name(key): value})


def proof(key: str) -> Proof:
    right, wrong = VALUES[key]
    line = f"{long_name(key)}: {wrong}"
    actual = wrong or "an empty one"
    marked = wrong or line
    return Proof(
        lambda: one(with_field(key, right[0])), lambda: one(with_field(key, wrong)), actual, marked
    )


CASES = {f"{clause}/syntax": proof(key) for clause, key, _ in ROWS}
CASES["20.14/content-length"] = Proof(
    lambda: one(request(body=b"hello")),
    lambda: one(request("OPTIONS", {"Content-Length": "3"}, body=b"hello")),
    "3, and 2 octets more behind the body",
    "Content-Length: 3",
)
PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


@pytest.mark.parametrize(("clause", "key"), [row[:2] for row in ROWS])
def test_every_right_value(clause: str, key: str) -> None:
    for value in VALUES[key][0]:
        assert findings(f"{clause}/syntax", one(with_field(key, value))) == []


def test_a_field_that_is_not_there_is_not_judged() -> None:
    assert findings("20.17/syntax", one(request())) is None


def test_further_lines_of_a_list_are_looked_at() -> None:
    data = request("OPTIONS", {"Require": "a"}, ("Require", "b c"))
    found = findings("20.32/syntax", one(data))
    assert found is not None
    assert [it.marked for it in found] == ["b c"]


@pytest.mark.parametrize("value", ["9", "-1", "five"])
def test_a_length_that_makes_the_message_unreadable(value: str) -> None:
    data = request("OPTIONS", {"Content-Length": value}, body=b"hello")
    found = findings("20.14/content-length", one(data))
    assert found is not None
    assert [it.marked for it in found] == [f"Content-Length: {value}"]


def test_without_content_length_a_datagram_has_no_length_to_judge() -> None:
    data = request(body=b"hello").replace(b"Content-Length: 5\r\n", b"")
    assert findings("20.14/content-length", one(data)) is None
