"""A pattern finds in a head what the cutter finds, or nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcsip.conformance.head_pattern import HeadPattern
from mcsip.conformance.known import Known
from mcsip.conformance.names import Cutter
from tests.conformance.test_names import HEAD, trace_of

LENGTH = "9"


def test_heads_that_differ_in_names_only() -> None:
    cutter = Cutter(Known(trace_of()))
    pattern = HeadPattern(cutter, cutter.head(HEAD, LENGTH))
    other = HEAD.replace("z9hG4bKabc", "z9hG4bKx-1").replace("alice", "bob").replace("17", "18")
    for head in (HEAD, other):
        cut = pattern.cut(head, LENGTH)
        assert cut is not None
        assert cut == cutter.head(head, LENGTH)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("primary.example", "another.example"),
        ("alice", "a.lice"),
        ("alice", "server"),
        ("alice", "ue"),
        ("sip:ue", "sip:nobody"),
        ("tag=one", "tag=one;x=y"),
        ("tag=one", "tag=one two"),
        ("call1", "server"),
        ("call1", "x"),
        ("UDP 192.0.2.7", "UDP 192.0.2.1"),
        ("UDP 192.0.2.7", "UDP 192.0.2.8"),
        ("UDP 192.0.2.7", "UDP 300.0.2.8"),
        ("192.0.2.8", "192.0.2.7"),
        (":40000", ":5060"),
        (":40000", ":04000"),
        ("rport=41000", "rport=5061"),
        ("CSeq: 17", "CSeq: 017"),
        ("CSeq: 17", "CSeq: 0"),
        ("Length: 9", "Length: 8"),
        ("SIP/2.0\r\nVia", "SIP/2.0\r\nX: y\r\nVia"),
    ],
)
def test_all_others_are_left_to_the_cutter(old: str, new: str) -> None:
    cutter = Cutter(Known(trace_of()))
    head = f"{HEAD}\r\nP-Preferred-Identity: <sip:ue@p.example>"
    pattern = HeadPattern(cutter, cutter.head(head, LENGTH))
    assert old in head
    assert pattern.cut(head.replace(old, new, 1), LENGTH) is None


TOKENS = re.compile(r"[A-Za-z0-9.~+_-]+").findall(HEAD)
WORDS = st.one_of(
    st.sampled_from(TOKENS),
    st.sampled_from(["sip:x@y", "192.0.2.1", "192.0.2.9:7", "5060", "0", "server", "ue", ";tag=a"]),
    st.text("aZ09-_~+.:;@/ \n[]", max_size=6),
)


@given(st.lists(st.tuples(st.sampled_from(TOKENS), WORDS), max_size=4))
def test_whatever_stands_there(changes: list[tuple[str, str]]) -> None:
    cutter = Cutter(Known(trace_of()))
    pattern = HeadPattern(cutter, cutter.head(HEAD, LENGTH))
    head = HEAD
    for old, new in changes:
        head = head.replace(old, new, 1)
    cut = pattern.cut(head, LENGTH)
    assert cut is None or cut == cutter.head(head, LENGTH)
