"""Offers and answers: RFC 3264."""

import pytest

from mcsip.sip.offer_answer import (
    Codec,
    build_answer,
    build_offer,
    check_answer,
    check_next,
    refuse_all,
)
from mcsip.sip.sdp import Direction, Sdp, check_sdp, parse_sdp

OFFER = (
    "v=0\r\no=a 1 5 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=10 20\r\n"
    "m=video 4000 RTP/AVP 31\r\n"
    "m=audio 4002 RTP/AVP 97 8 0\r\na=rtpmap:97 AMR-WB/16000/1\r\n"
    "m=audio 4004 RTP/AVP 0\r\n"
)


def offer(text: str = OFFER) -> Sdp:
    return parse_sdp(text.encode())


def answered(described: Sdp, **options: object) -> Sdp:
    made = build_answer(described, "192.0.2.2", 6000, session_id=9, **options)  # type: ignore[arg-type]  # any of them
    assert made is not None
    assert check_answer(described, made) == []
    assert check_sdp(made) == []
    return parse_sdp(made.octets())


def test_the_offer_of_one_stream() -> None:
    """5: s= is "-", t= is "0 0"; 5.1: one m= line, formats in order of preference."""
    made = build_offer("192.0.2.1", 4000, session_id=7, direction=Direction.SENDONLY)
    assert made.octets().decode() == (
        "v=0\r\no=- 7 0 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        "m=audio 4000 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=sendonly\r\n"
    )
    assert check_sdp(parse_sdp(made.octets())) == []


def test_the_answer_has_the_offers_streams_in_order() -> None:
    """6: the same number of m= lines; t= equals; a stream is turned down with port 0."""
    made = answered(offer())
    assert [stream.kind for stream in made.streams] == ["video", "audio", "audio"]
    assert [stream.port for stream in made.streams] == [0, 6000, 0]
    assert made.head.values("t") == ["10 20"]


def test_the_formats_of_the_answer() -> None:
    """6.1: those in common, with the offer's numbers, in the offer's order."""
    made = answered(offer(), codecs=(Codec(0, "PCMU/8000"), Codec(100, "amr-wb/16000", "mode=8")))
    assert made.streams[1].media[3] == ("97", "0")
    assert made.streams[1].attributes("rtpmap") == ["97 amr-wb/16000", "0 PCMU/8000"]
    assert made.streams[1].attributes("fmtp") == ["97 mode=8"]


@pytest.mark.parametrize(
    ("offered", "wanted", "got"),
    [
        ("sendrecv", None, "sendrecv"),
        ("sendrecv", "recvonly", "recvonly"),
        ("sendonly", None, "recvonly"),
        ("sendonly", "sendrecv", "recvonly"),
        ("recvonly", None, "sendonly"),
        ("recvonly", "inactive", "inactive"),
        ("inactive", "sendrecv", "inactive"),
    ],
)
def test_directions(offered: str, wanted: str | None, got: str) -> None:
    """6.1."""
    text = OFFER.replace("AMR-WB/16000/1\r\n", f"AMR-WB/16000/1\r\na={offered}\r\n")
    made = answered(offer(text), direction=None if wanted is None else Direction(wanted))
    assert made.direction_of(1) == got


@pytest.mark.parametrize(
    "text",
    [
        OFFER.replace("audio", "text"),
        OFFER.replace("m=audio 400", "m=audio 0").replace("RTP/AVP", "RTP/SAVP"),
        OFFER.replace(" 97 8 0", " 97").replace("m=audio 4004", "m=audio 0"),
    ],
)
def test_no_stream_that_suits(text: str) -> None:
    """6: then the offer is refused, 488 (RFC 3261 13.3.1.3)."""
    assert build_answer(offer(text), "192.0.2.2", 6000, session_id=9) is None


def test_all_streams_turned_down() -> None:
    """RFC 3261 13.2.2.4: a valid answer, though nothing is wanted."""
    made = refuse_all(offer(), "192.0.2.2", session_id=9)
    assert [stream.port for stream in made.streams] == [0, 0, 0]
    assert check_answer(offer(), made) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("m=audio 0 RTP/AVP 0\r\n", "", "2 streams answer 3"),
        ("t=10 20", "t=0 0", "t= differs"),
        ("m=video 0", "m=text 0", "stream 1: media type"),
        ("RTP/AVP 8 0", "RTP/SAVP 8 0", "stream 2: media type"),
        ("RTP/AVP 8 0", "RTP/AVP 3", "stream 2: no format"),
    ],
)
def test_bad_answers(old: str, new: str, found: str) -> None:
    """6, 6.1."""
    text = answered(offer()).octets().decode()
    assert old in text
    text = text.replace(old, new).replace("a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n", "")
    [said] = check_answer(offer(), parse_sdp(text.encode()))
    assert said.startswith(found)


def test_bad_direction_and_revival() -> None:
    """6, 6.1: sendonly is not answered sendrecv; what was not offered is not taken."""
    text = OFFER.replace("AMR-WB/16000/1\r\n", "AMR-WB/16000/1\r\na=sendonly\r\n")
    made = answered(offer())
    assert check_answer(offer(text), made) == ["stream 2: sendrecv answers sendonly"]
    gone = offer(OFFER.replace("m=audio 4002", "m=audio 0"))
    assert check_answer(gone, made) == ["stream 2: turned down in the offer, taken in the answer"]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("a 1 5", "a 1 5", []),
        ("a 1 5 IN IP4 192.0.2.1\r\ns=-\r\nc=IN", "a 1 6 IN IP4 192.0.2.1\r\ns=x\r\nc=IN", []),
        ("a 1 5", "a 1 7", ["version 7 follows 5"]),
        ("a 1 5", "a 2 6", ["o= changes more than its version"]),
        ("4002", "4010", ["the description changes, its version does not"]),
        (
            "a 1 5",
            "a 1 6",
            ["streams are gone: turned down they stay, with port 0"],
        ),
    ],
)
def test_the_next_description(old: str, new: str, found: list[str]) -> None:
    """8: o= but for its version, which counts by one; streams never go."""
    text = OFFER.replace(old, new, 1)
    if found and found[0].startswith("streams"):
        text = text.replace("m=audio 4004 RTP/AVP 0\r\n", "")
    assert check_next(offer(), offer(text)) == found
