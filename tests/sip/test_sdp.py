"""Session descriptions: RFC 8866 (RFC 4566), and that nothing unknown is touched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.sip.errors import ParseError
from mcsip.sip.sdp import (
    MAX_SDP_OCTETS,
    Direction,
    Origin,
    SdpError,
    check_sdp,
    connection_value,
    parse_sdp,
)

# After the example of RFC 8866 5, with lines that nobody knows.
TEXT = (
    "v=0\r\n"
    "o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\n"
    "s=Call to J. Smith\r\n"
    "i=SDP Offer #1\r\n"
    "u=http://www.jdoe.example.com/home.html\r\n"
    "e=Jane Doe <jane@jdoe.example.com>\r\n"
    "p=+1 617 555-6011\r\n"
    "c=IN IP4 198.51.100.1\r\n"
    "t=0 0\r\n"
    "y=nobody knows\r\n"
    "a=unknown:value with  spaces \r\n"
    "m=audio 49170 RTP/AVP 0 96\r\n"
    "a=rtpmap:96 opus/48000/2\r\n"
    "a=rtcp:49171\r\n"
    "a=candidate:1 1 UDP 2130706431 10.0.1.1 8998 typ host\r\n"
    "a=ice-ufrag:xyz\r\n"
    "m=audio 49180/2 RTP/AVP 0\r\n"
    "c=IN IP6 2001:db8::2\r\n"
    "a=recvonly\r\n"
    "m=video 0 RTP/AVP 99\r\n"
)
DATA = TEXT.encode()


def changed(old: str, new: str) -> bytes:
    assert old in TEXT
    return TEXT.replace(old, new).encode()


def test_every_octet_survives() -> None:
    assert parse_sdp(DATA).octets() == DATA


@pytest.mark.parametrize(
    "data", [DATA.replace(b"\r\n", b"\n"), DATA[:-2], DATA + b"a=\xff\xfe\r\n"]
)
def test_other_line_ends_and_octets_survive(data: bytes) -> None:
    """5: a parser should also accept a bare line feed."""
    assert parse_sdp(data).octets() == data


def test_what_is_read() -> None:
    """5.2, 5.7, 5.14, 6.7: a stream's own c= and direction win."""
    sdp = parse_sdp(DATA)
    assert sdp.origin == Origin("jdoe", "3724394400", 3724394405, "IP4", "198.51.100.1")
    assert [sdp.address_of(i) for i in range(3)] == [
        ("198.51.100.1", 49170),
        ("2001:db8::2", 49180),
        ("198.51.100.1", 0),
    ]
    assert [sdp.direction_of(i) for i in range(3)] == [
        Direction.SENDRECV,
        Direction.RECVONLY,
        Direction.SENDRECV,
    ]
    assert sdp.audio == 0
    assert sdp.streams[0].media == ("audio", 49170, "RTP/AVP", ("0", "96"))
    assert sdp.streams[0].attribute("rtpmap") == "96 opus/48000/2"
    assert sdp.streams[1].attribute("recvonly") == ""
    assert sdp.streams[2].attribute("rtpmap") is None


def test_a_direction_of_the_session() -> None:
    """6.7: it counts for streams without one."""
    sdp = parse_sdp(changed("a=unknown:", "a=inactive\r\na=unknown:"))
    assert sdp.direction_of(0) is Direction.INACTIVE
    assert sdp.direction_of(1) is Direction.RECVONLY


def test_no_audio() -> None:
    assert parse_sdp(b"v=0\no=- 1 1 IN IP4 a\ns=-\nt=0 0\n").audio is None


def test_an_anchor_changes_one_stream_and_nothing_else() -> None:
    """Address, port, a=rtcp (RFC 3605); candidates go; all other lines stay as they were."""
    after = parse_sdp(DATA).with_address(0, "192.0.2.77", 30000).octets().decode()
    want = (
        TEXT.replace(
            "m=audio 49170 RTP/AVP 0 96\r\n",
            "m=audio 30000 RTP/AVP 0 96\r\nc=IN IP4 192.0.2.77\r\n",
        )
        .replace("a=rtcp:49171", "a=rtcp:30001 IN IP4 192.0.2.77")
        .replace("a=candidate:1 1 UDP 2130706431 10.0.1.1 8998 typ host\r\n", "")
        .replace("a=ice-ufrag:xyz\r\n", "")
    )
    assert after == want


def test_an_anchor_changes_a_streams_own_address() -> None:
    """5.14: the count of ports stays; the address family may change."""
    sdp = parse_sdp(DATA).with_address(1, "192.0.2.77", 30000)
    assert b"m=audio 30000/2 RTP/AVP 0\r\nc=IN IP4 192.0.2.77\r\na=recvonly\r\n" in sdp.octets()
    assert sdp.address_of(1) == ("192.0.2.77", 30000)
    assert sdp.address_of(0) == ("198.51.100.1", 49170)


def test_c_stands_after_i_and_before_b() -> None:
    """5: the order of a stream's lines."""
    data = changed("m=audio 49170 RTP/AVP 0 96\r\n", "m=audio 9 RTP/AVP 0\r\ni=x\r\nb=AS:1\r\n")
    after = parse_sdp(data).with_address(0, "::1", 9).octets()
    assert b"m=audio 9 RTP/AVP 0\r\ni=x\r\nc=IN IP6 ::1\r\nb=AS:1\r\n" in after


def test_a_line_is_added_to_an_end_without_line_feed() -> None:
    sdp = parse_sdp(DATA[:-2]).with_address(2, "192.0.2.1", 0)
    assert sdp.octets().endswith(b"m=video 0 RTP/AVP 99\r\nc=IN IP4 192.0.2.1\r\n")


def test_the_origin_of_an_anchor() -> None:
    """o= and the session's c= no longer name who is behind; the streams' addresses stay."""
    before = parse_sdp(DATA)
    after = before.with_origin_address("2001:db8::9")
    assert after.origin.address == "2001:db8::9"
    assert after.origin.address_type == "IP6"
    assert after.head.address == "2001:db8::9"
    assert [after.address_of(i) for i in range(3)] == [before.address_of(i) for i in range(3)]
    again = parse_sdp(DATA).with_address(0, "192.0.2.7", 2).with_address(2, "192.0.2.7", 0)
    assert b"198.51.100.1" not in again.with_origin_address("192.0.2.7").octets()


def test_another_version() -> None:
    """RFC 3264 8."""
    after = parse_sdp(DATA).with_version(5).octets()
    assert after == changed("3724394405 IN", "5 IN")


@pytest.mark.parametrize(("address", "port"), [("x.example", 1), ("1.2.3.4", 65536), ("::1", -1)])
def test_our_own_mistakes(address: str, port: int) -> None:
    with pytest.raises(ValueError):
        parse_sdp(DATA).with_address(0, address, port)


def test_connection_value() -> None:
    assert connection_value("::1") == "IN IP6 ::1"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"v=0",
        b"v=1\r\no=- 1 1 IN IP4 a\r\n",
        changed("v=0\r\n", ""),
        changed("o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\n", ""),
        changed("o=jdoe 3724394400", "o=jdoe  3724394400"),
        changed("3724394405 IN", "x IN"),
        changed("IN IP4 198.51.100.1\r\ns", "XX IP4 198.51.100.1\r\ns"),
        changed("m=audio 49170 RTP/AVP 0 96", "m=audio 49170 RTP/AVP"),
        changed("m=audio 49170", "m=audio 65536"),
        changed("m=audio 49170", "m=audio -1"),
        changed("49180/2", "49180/x"),
        changed("49180/2", "49180/"),
        changed("c=IN IP4 198.51.100.1\r\n", ""),
        changed("c=IN IP4 198.51.100.1", "c=IN IP5 198.51.100.1"),
        changed("c=IN IP6 2001:db8::2", "c=IN IP6"),
        changed("y=nobody", "nobody"),
        changed("y=nobody", "y = nobody"),
        changed("y=nobody", "1=nobody"),
        changed("y=nobody", "y=no\0body"),
        changed("y=nobody", "y=no\rbody"),
        changed("t=0 0\r\n", "\r\n"),
        b"v=0\r\n" + b"a=x\r\n" * MAX_SDP_OCTETS,
        DATA + b"a=x\n" * 600,
        DATA + b"m=audio 0 RTP/AVP 0\n" * 40,
    ],
)
def test_what_cannot_be_used(data: bytes) -> None:
    with pytest.raises(SdpError) as caught:
        parse_sdp(data)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (changed("y=nobody knows\r\n", ""), []),
        (DATA, ["the session: unknown type y="]),
        (changed("s=Call to J. Smith\r\n", ""), ["s= does not follow o="]),
        (changed("t=0 0\r\n", ""), ["t= is missing"]),
        (changed("t=0 0\r\n", "t=0 0\r\nr=1 2\r\nt=1 1\r\n"), []),
        (changed("c=IN IP4 198.51.100.1\r\nt=0 0\r\n", "t=0 0\r\nc=IN IP4 1.1.1.1\r\n"), ["c="]),
        (changed("a=recvonly", "a=recvonly\r\nb=AS:1"), ["stream 2: b= stands too late"]),
        (changed("RTP/AVP 99", "RTP/AVP x"), ["stream 3: a format of RTP"]),
        (DATA[:-2], ["CR LF"]),
    ],
)
def test_findings(data: bytes, found: list[str]) -> None:
    """RFC 8866 5: order, types, line ends."""
    said = [text for text in check_sdp(parse_sdp(data)) if "y=" not in text or "y=" in str(found)]
    assert len(said) == len(found), said
    for text, part in zip(said, found, strict=True):
        assert part in text


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200), st.integers(0, len(DATA)), st.integers(0, 60))
def test_whatever_comes(noise: bytes, place: int, cut: int) -> None:
    """Anything is read whole or refused with SdpError, and can be changed when it is read."""
    data = DATA[:place] + noise + DATA[place + cut :]
    try:
        sdp = parse_sdp(data)
    except ParseError:
        return
    assert sdp.octets() == data
    check_sdp(sdp)
    for index in range(len(sdp.streams)):
        sdp.direction_of(index)
        after = sdp.with_address(index, "192.0.2.1", 4000)
        assert parse_sdp(after.octets()).address_of(index) == ("192.0.2.1", 4000)
    assert parse_sdp(sdp.with_origin_address("::1").octets()).origin.address == "::1"


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text(max_size=30), max_size=10))
def test_unknown_lines_are_kept(values: list[str]) -> None:
    extra = "".join(f"x={value}\r\n" for value in values if not set(value) & set("\r\n\0"))
    data = DATA + extra.encode("utf-8", "surrogatepass")
    assert parse_sdp(data).with_version(3724394405).octets() == data
