"""RFC 3261 7: what is a message, and how its lines end."""

import pytest

from tests.conformance.rfc3261.wire import Proof, check_proof, findings, one, proofs, request

GOOD = request()
HTTP = b"GET / HTTP/1.1\r\nHost: 10.9.0.2\r\n\r\n"
CASES = {
    "7/message": Proof(
        lambda: one(GOOD),
        lambda: one(HTTP),
        "start line is neither a request line nor a status line: 'GET / HTTP/1.1'",
        "GET / HTTP/1.1",
    ),
    "7/line-ends": Proof(
        lambda: one(GOOD),
        lambda: one(GOOD.replace(b"70\r\n", b"70\n")),
        "a bare line feed",
        "Max-Forwards: 70",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


@pytest.mark.parametrize(
    "data", [b"\r\n\r\n", b"\0\0\0\0", b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12)]
)
def test_what_keeps_a_binding_open_is_not_judged(data: bytes) -> None:
    """RFC 5626 4.4."""
    assert findings("7/message", one(data)) is None


def test_a_line_without_a_colon_is_marked() -> None:
    found = findings("7/message", one(GOOD.replace(b"Max-Forwards: 70", b"Max-Forwards 70")))
    assert found is not None
    assert [it.marked for it in found] == ["Max-Forwards 70"]


def test_a_wrong_content_length_is_told_by_its_own_clause() -> None:
    data = GOOD.replace(b"Content-Length: 0", b"Content-Length: 9")
    assert findings("7/message", one(data)) is None


def test_line_feeds_of_the_body_are_its_own() -> None:
    assert findings("7/line-ends", one(request(body=b"a\nb\n"))) == []


def test_line_ends_before_the_start_line_are_let_pass() -> None:
    """RFC 3261 7.5."""
    assert findings("7/line-ends", one(b"\r\n\r\n" + GOOD)) == []
