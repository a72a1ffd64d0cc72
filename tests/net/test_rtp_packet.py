"""Heads of RTP and RTCP packets, by the figures of RFC 3550 5.1, 6.4.1, 6.5, 6.6."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.errors import UsageError
from mcsip.net.limits import MAX_MEDIA_OCTETS
from mcsip.net.rtp_packet import (
    RtcpPacket,
    RtpError,
    RtpPacket,
    SenderReport,
    build_goodbye,
    build_rtp,
    build_sender_report,
    is_rtcp,
    is_rtp,
    parse_rtcp,
    parse_rtp,
)

PACKET = RtpPacket(0, 0x1234, 0x01020304, 0xA1B2C3D4, b"payload", marker=True)
HEAD = bytes.fromhex("80 80 1234 01020304 a1b2c3d4")


def test_octets_of_a_packet() -> None:
    assert build_rtp(PACKET) == HEAD + b"payload"
    assert build_rtp(replace(PACKET, marker=False))[1] == 0


packets = st.builds(
    RtpPacket,
    st.integers(0, 127),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.binary(max_size=200),
    st.booleans(),
)


@given(packets)
@settings(deadline=None)
def test_round_trip(packet: RtpPacket) -> None:
    assert parse_rtp(build_rtp(packet)) == packet


@given(st.binary(max_size=64))
@settings(deadline=None)
def test_whatever_arrives_is_read_or_refused(data: bytes) -> None:
    with suppress(RtpError):
        assert is_rtp(build_rtp(parse_rtp(data)))
    with suppress(RtpError):
        assert sum(4 + len(packet.body) for packet in parse_rtcp(data)) == len(data)


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        (0x82, bytes(8) + b"payload"),
        (0x90, bytes.fromhex("bede0001 00000000") + b"payload"),
        (0x91, bytes(4) + bytes.fromhex("bede0000") + b"payload"),
        (0xA0, b"payload\0\0\x03"),
    ],
    ids=["contributing sources", "extension", "both", "padding"],
)
def test_what_stands_before_and_after_the_payload(first: int, rest: bytes) -> None:
    """5.1 CC, X, P; 5.3.1."""
    assert parse_rtp(bytes([first]) + HEAD[1:] + rest) == PACKET


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEAD[:11],
        b"\x40" + HEAD[1:],
        b"\x81" + HEAD[1:],
        b"\x90" + HEAD[1:],
        b"\x90" + HEAD[1:] + bytes.fromhex("bede0001"),
        b"\xa0" + HEAD[1:] + b"\0",
        b"\xa0" + HEAD[1:] + b"\x02",
        HEAD + bytes(MAX_MEDIA_OCTETS),
    ],
    ids=["empty", "short", "version", "CC", "X", "X short", "P 0", "P too much", "large"],
)
def test_what_is_no_packet(data: bytes) -> None:
    with pytest.raises(RtpError):
        parse_rtp(data)


@pytest.mark.parametrize(
    "packet",
    [
        replace(PACKET, payload_type=128),
        replace(PACKET, payload_type=-1),
        replace(PACKET, sequence=0x10000),
        replace(PACKET, timestamp=-1),
        replace(PACKET, payload=bytes(MAX_MEDIA_OCTETS)),
    ],
)
def test_what_cannot_be_built(packet: RtpPacket) -> None:
    with pytest.raises(UsageError):
        build_rtp(packet)


def test_a_sender_report_with_its_description() -> None:
    """6.4.1: NTP time in two halves; 6.5: CNAME, ended by a null octet, to 32 bits."""
    report = SenderReport(0xA1B2C3D4, 0.5, 160, 3, 480, "a@b")
    data = build_sender_report(report)
    sender, description = parse_rtcp(data)
    assert (sender.packet_type, sender.count, sender.ssrc) == (200, 0, 0xA1B2C3D4)
    assert sender.body == bytes.fromhex("a1b2c3d4 83aa7e80 80000000 000000a0 00000003 000001e0")
    assert description == RtcpPacket(202, 1, bytes.fromhex("a1b2c3d4 0103") + b"a@b" + b"\0" * 3)
    assert parse_rtcp(data + build_goodbye(7))[2] == RtcpPacket(203, 1, bytes([0, 0, 0, 7]))


@pytest.mark.parametrize(
    "report",
    [SenderReport(2**32, 0, 0, 0, 0, "a"), SenderReport(1, 0, 0, 0, 0, "a" * 256)],
)
def test_reports_that_cannot_be_built(report: SenderReport) -> None:
    with pytest.raises(UsageError):
        build_sender_report(report)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes.fromhex("80c80000"),
        HEAD,
        bytes.fromhex("80c90002 00000001"),
        bytes.fromhex("80c90001 00000001 00"),
        bytes.fromhex("80c90001 00000001 40c90000"),
    ],
    ids=["empty", "short", "RTP", "length", "rest", "version"],
)
def test_what_is_no_rtcp(data: bytes) -> None:
    with pytest.raises(RtpError):
        parse_rtcp(data)


def test_the_two_are_told_apart() -> None:
    """RFC 5761 4."""
    assert is_rtp(HEAD)
    assert not is_rtcp(HEAD)
    assert is_rtcp(build_goodbye(1))
    assert RtcpPacket(203, 0, b"").ssrc is None
