"""CSeq: RFC 3261 20.16, 8.1.1.5."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.sip.cseq import MAX_CSEQ, CSeq, parse_cseq
from mcsip.sip.errors import ParseError


@given(st.integers(0, MAX_CSEQ - 1), st.sampled_from(["INVITE", "MESSAGE", "x-y!"]))
@settings(deadline=None)
def test_round_trip(number: int, method: str) -> None:
    assert parse_cseq(str(CSeq(number, method))) == CSeq(number, method)


@pytest.mark.parametrize("text", ["0009 INVITE", "9\tINVITE", " 9   INVITE "])
def test_white_space_and_zeros(text: str) -> None:
    """RFC 4475 3.1.1.1."""
    assert str(parse_cseq(text)) == "9 INVITE"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "INVITE",
        "x INVITE",
        "-1 INVITE",
        "1 INVITE x",
        "٣ INVITE",
        "+1 INVITE",
        "1.0 BYE",
        "2147483648 INVITE",
        "36893488147419103232 REGISTER",
        "9" * 5000 + " BYE",
    ],
)
def test_malformed(text: str) -> None:
    with pytest.raises(ParseError):
        parse_cseq(text)
