"""One direction of a connection, cut into messages."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcsip.capture.limits import MAX_STRANGE_ENTRIES
from mcsip.capture.remarks import Place, Remarks
from mcsip.capture.stream import SipStream, Speech
from tests.capture.crafting import message

HERE = Place(1, 24)
ONE, TWO, THREE = (message(call_id=name, body=name.encode()) for name in ("one", "two", "three"))
ALL = ONE + b"\r\n\r\n" + TWO + THREE


def feed(*pieces: bytes, expected: bool = False) -> tuple[list[bytes], SipStream, Remarks]:
    remarks = Remarks()
    stream = SipStream(remarks)
    done = [each for piece in pieces for each in stream.feed(piece, HERE, expected=expected)]
    return done, stream, remarks


@given(st.lists(st.integers(1, len(ALL) - 1), max_size=12), st.booleans())
def test_however_the_octets_are_cut(cuts: list[int], expected: bool) -> None:
    places = [0, *sorted(set(cuts)), len(ALL)]
    pieces = [ALL[start:end] for start, end in pairwise(places)]
    done, stream, remarks = feed(*pieces, expected=expected)
    assert done == [ONE, TWO, THREE]
    assert stream.speech is Speech.SIP
    stream.finish(HERE)
    assert remarks.texts() == ()


def test_octet_by_octet() -> None:
    done, _, _ = feed(*[ALL[at : at + 1] for at in range(len(ALL))])
    assert done == [ONE, TWO, THREE]


@pytest.mark.parametrize(
    ("data", "speech"),
    [
        (b"GET / HTTP/1.1\r\n", Speech.OTHER),
        (bytes.fromhex("1603010200") + bytes(20), Speech.TLS),
        (b"\r\n\r\n", Speech.UNKNOWN),
        (b"MESS", Speech.UNKNOWN),
        (ONE, Speech.SIP),
    ],
)
def test_what_a_stream_is(data: bytes, speech: Speech) -> None:
    assert feed(data)[1].speech is speech


def test_sip_may_begin_after_something_else() -> None:
    """The capture began within a message of a connection at a port that nobody knows."""
    done, _, _ = feed(b"rest of a body\r\n", ONE)
    assert done == [ONE]


def test_garbage_where_sip_is_expected_is_kept() -> None:
    done, _, _ = feed(b"\0\1\2 garbage\r\n", ONE, expected=True)
    assert done == [b"\0\1\2 garbage\r\n", ONE]


def test_garbage_elsewhere_is_not() -> None:
    done, _, _ = feed(b"\0\1\2 garbage\r\n")
    assert done == []


@pytest.mark.parametrize(
    "fault",
    [
        b"OPTIONS sip:x SIP/2.0\r\nno colon\r\nContent-Length: x\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nTo: y\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
        b"not a start line\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_after_a_fault_the_next_start_line_is_found(fault: bytes) -> None:
    done, _, remarks = feed(ONE + fault + TWO, THREE)
    assert done == [ONE, fault, TWO, THREE]
    assert remarks.texts() == ()


def test_a_start_line_in_two_halves_after_a_fault() -> None:
    done, _, _ = feed(ONE + b"\0junk\r\n\r\n" + TWO[:20], TWO[20:])
    assert done == [ONE, b"\0junk\r\n\r\n", TWO]


def test_much_that_is_no_sip_is_left_out() -> None:
    done, _, remarks = feed(ONE, *[b"junk\r\n\r\n"] * (MAX_STRANGE_ENTRIES + 5), TWO)
    assert done == [ONE, *[b"junk\r\n\r\n"] * MAX_STRANGE_ENTRIES, TWO]
    (text,) = remarks.texts()
    assert text.startswith("packet 1, octet 24 and 4 more: a connection carries many octets")
    assert remarks.incomplete


def test_after_a_gap_the_rest_of_the_message_is_dropped() -> None:
    remarks = Remarks()
    stream = SipStream(remarks)
    assert stream.feed(ONE + TWO[:50], HERE, expected=True) == [ONE]
    stream.lose()
    assert stream.feed(TWO[90:] + THREE, HERE, expected=True) == [THREE]


def test_a_message_that_does_not_end_is_told() -> None:
    _, stream, remarks = feed(ONE + TWO[:50])
    stream.finish(HERE)
    assert remarks.texts() == (
        "packet 1, octet 24: a connection ends in the middle of a message; left out",
    )
