"""The end of plain messages, as ``StreamFramer`` finds it too (RFC 3261 18.3)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mcsip.capture.plain import end_of_plain_message
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import StreamFramer
from tests.capture.crafting import answer, message

REQUEST = message(body=b"hello")
HEAD = b"OPTIONS sip:x SIP/2.0\r\nTo: y\r\n"


@pytest.mark.parametrize("data", [REQUEST, answer(REQUEST), message(body=b"\r\n\r\n" * 9)])
def test_plain_messages(data: bytes) -> None:
    assert end_of_plain_message(data, 0) == len(data)
    assert end_of_plain_message(b"xx" + data + b"more", 2) == 2 + len(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        REQUEST[:-1],
        REQUEST[:60],
        HEAD + b"\r\n",
        HEAD + b"l: 0\r\n\r\n",
        HEAD + b"Content-Length: 0\r\nl: 5\r\n\r\n",
        HEAD + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
        HEAD + b"Content-Length: x\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length:\r\n 0\r\n\r\n",
        HEAD + b"Content-Length: 99999999\r\n\r\n",
        HEAD + b"Content-Length: 9999999\r\n\r\n" + bytes(9_999_999),
        HEAD + b"X: " + b"y" * 70_000 + b"\r\nContent-Length: 0\r\n\r\n",
        b"no start line\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_what_is_left_to_the_framer(data: bytes) -> None:
    assert end_of_plain_message(data, 0) == -1


FIELDS = st.sampled_from(
    [
        b"To: y",
        b"Content-Length: 0",
        b"content-length :3",
        b"CONTENT-LENGTH:  4 ",
        b"l: 2",
        b"L : 2",
        b"Content-Length: 5, 5",
        b"Content-Length: \xd9\xa3",
        b"X:\r\n Content-Length: 9",
        b"Location: z",
    ]
)


@given(st.lists(FIELDS, max_size=4), st.binary(max_size=12))
@example([b"Content-Length: 0", b"content-length :3"], b"abc")
def test_as_the_framer_finds_it(fields: list[bytes], rest: bytes) -> None:
    """Where a plain end is found, the framer finds the same."""
    data = b"\r\n".join([b"OPTIONS sip:x SIP/2.0", *fields]) + b"\r\n\r\n" + rest
    end = end_of_plain_message(data, 0)
    if end >= 0:
        first = StreamFramer().feed(data)[0]
        assert isinstance(first, Request | Response)
        assert first.octets() == data[:end]
