"""Connections: which segments belong together, and what is said of those that are missing."""

import pytest

from mcsip.capture import tcp as module
from mcsip.capture.fragments import Fragments
from mcsip.capture.ip import Datagram, read_ip
from mcsip.capture.limits import MAX_PENDING_SEGMENTS
from mcsip.capture.remarks import Place, Remarks
from mcsip.capture.sip_addresses import SipAddresses
from mcsip.capture.tcp import Connections, Heard
from tests.capture.crafting import (
    ACK,
    FIN,
    RST,
    SYN,
    TCP,
    A,
    Address,
    B,
    answer,
    ipv4,
    message,
    tcp,
)

HERE = Place(1, 24)
CLIENT: Address = ("10.0.0.1", 40_000)
ONE, TWO = message(call_id="one"), message(call_id="two")
SIZE = len(ONE)


class Tried:
    """Connections, and what was heard on them."""

    def __init__(self) -> None:
        self.remarks = Remarks()
        self.addresses = SipAddresses()
        self.connections = Connections(self.remarks, self.addresses)
        self.heard: list[Heard] = []

    def take(
        self,
        data: bytes,
        sequence: int,
        source: Address = CLIENT,
        target: Address = B,
        *,
        ack: int = 0,
        flags: int = ACK,
        cut: bool = False,
    ) -> None:
        packet = ipv4(
            tcp(data, sequence, source, target, ack=ack, flags=flags), TCP, source, target
        )
        datagram = read_ip(packet, 0, 0, Fragments(self.remarks))
        assert isinstance(datagram, Datagram)
        self.heard += self.connections.add(datagram._replace(cut=cut), HERE)

    def finish(self) -> None:
        self.heard += self.connections.finish()

    @property
    def octets(self) -> list[bytes]:
        return [heard.data for heard in self.heard]


@pytest.fixture
def tried() -> Tried:
    return Tried()


def test_both_directions(tried: Tried) -> None:
    tried.take(b"", 99, flags=SYN)
    tried.take(b"", 999, B, CLIENT, ack=100, flags=SYN | ACK)
    tried.take(ONE, 100, ack=1000)
    tried.take(answer(ONE), 1000, B, CLIENT, ack=100 + SIZE)
    assert tried.octets == [ONE, answer(ONE)]
    assert [(heard.source[1], heard.target[1]) for heard in tried.heard] == [
        (40_000, 5060),
        (5060, 40_000),
    ]
    assert all(heard.first and heard.transport == "TCP" for heard in tried.heard)


def test_only_the_first_message_of_a_connection_is_its_first(tried: Tried) -> None:
    tried.take(ONE + TWO, 100)
    assert [heard.first for heard in tried.heard] == [True, False]


def test_plain_text_of_tls(tried: Tried) -> None:
    """A connection whose Via says TLS was decrypted; its other direction too."""
    secret = message(via="SIP/2.0/TLS 10.0.0.1:5061")
    tried.take(secret, 100)
    tried.take(answer(ONE), 1000, B, CLIENT)
    assert [heard.transport for heard in tried.heard] == ["TLS", "TLS"]


def test_a_syn_that_comes_late_or_again_changes_nothing(tried: Tried) -> None:
    tried.take(ONE, 100)
    tried.take(b"", 99, flags=SYN)
    tried.take(TWO, 100 + SIZE)
    assert tried.octets == [ONE, TWO]
    assert tried.remarks.texts() == ()


def test_a_retransmission_after_the_end_is_no_new_message(tried: Tried) -> None:
    tried.take(b"", 99, flags=SYN)
    tried.take(ONE, 100)
    tried.take(b"", 100 + SIZE, flags=FIN | ACK)
    tried.take(ONE, 100)
    assert tried.octets == [ONE]


@pytest.mark.parametrize("end", [FIN | ACK, RST])
def test_the_end_within_a_message_is_told(tried: Tried, end: int) -> None:
    tried.take(ONE + TWO[:40], 100)
    tried.take(b"", 140 + SIZE, flags=end)
    assert len(tried.remarks.texts()) == 1
    assert "ends in the middle of a message" in tried.remarks.texts()[0]
    tried.take(b"", 700_000_000, flags=SYN)
    tried.take(TWO, 700_000_001)
    assert tried.octets == [ONE, TWO]


def test_a_gap_that_the_receiver_does_not_have_waits(tried: Tried) -> None:
    tried.take(b"", 99, flags=SYN)
    tried.take(TWO, 100 + SIZE)
    tried.take(b"", 1, B, CLIENT, ack=100)
    assert tried.octets == []
    tried.take(ONE, 100)
    assert tried.octets == [ONE, TWO]


def test_a_gap_that_the_receiver_has_acknowledged_is_given_up(tried: Tried) -> None:
    tried.take(b"", 99, flags=SYN)
    tried.take(TWO, 100 + SIZE)
    tried.take(b"", 1, B, CLIENT, ack=100 + 2 * SIZE)
    assert tried.octets == [TWO]
    assert "were not captured" in tried.remarks.texts()[0]


def test_a_gap_is_given_up_when_too_much_waits(tried: Tried) -> None:
    tried.take(b"", 99, flags=SYN)
    for number in range(MAX_PENDING_SEGMENTS + 1):
        tried.take(ONE, 100 + SIZE * (1 + number))
    assert len(tried.octets) == MAX_PENDING_SEGMENTS + 1
    assert "were not captured" in tried.remarks.texts()[0]


def test_a_gap_is_given_up_at_a_reset_and_at_the_end(tried: Tried) -> None:
    tried.take(b"", 99, flags=SYN)
    tried.take(TWO, 100 + SIZE)
    tried.take(b"", 1, flags=RST)
    assert tried.octets == [TWO]
    tried.take(ONE, 5000, A, B)
    tried.take(TWO, 5000 + 2 * SIZE, A, B)
    tried.finish()
    assert tried.octets == [TWO, ONE, TWO]


def test_a_far_sequence_number_is_another_connection(tried: Tried) -> None:
    tried.take(ONE, 100)
    tried.take(TWO, 900_000_000)
    assert tried.octets == [ONE, TWO]


def test_what_is_cut_is_missing(tried: Tried) -> None:
    tried.take(ONE, 100, cut=True)
    assert tried.octets == []
    assert "captured without their end" in tried.remarks.texts()[0]


def test_tls_is_counted(tried: Tried) -> None:
    record = bytes.fromhex("1703030010") + bytes(16)
    tried.take(record, 100, target=("10.0.0.2", 443))
    tried.take(record, 121, target=("10.0.0.2", 443))
    tried.finish()
    (text,) = tried.remarks.texts()
    assert text.startswith("42 octets of TLS in 1 connection cannot be read: decrypt first")
    assert not tried.remarks.incomplete


def test_tls_where_sip_was_to_be_expected_is_lost(tried: Tried) -> None:
    record = bytes.fromhex("1703030010") + bytes(16)
    tried.take(record, 100, target=("10.0.0.2", 5061))
    tried.take(record, 100, ("10.0.0.2", 5061), CLIENT)
    tried.finish()
    assert tried.remarks.texts()[0].startswith("42 octets of TLS in 2 directions of connections")
    assert tried.remarks.incomplete


def test_the_quietest_connection_gives_way(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_STREAMS", 2)
    ports = [("10.0.0.1", port) for port in (1001, 1002, 1003)]
    tried.take(b"", 99, ports[0], flags=SYN)
    tried.take(TWO, 100 + SIZE, ports[0])
    tried.take(ONE, 100, ports[1])
    tried.take(ONE, 100, ports[2])
    assert tried.octets == [ONE, ONE]
    assert "too many TCP connections" in tried.remarks.texts()[0]


def test_what_waits_in_all_connections_is_bounded(
    tried: Tried, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_ALL_PENDING_OCTETS", 3 * SIZE)
    for port in range(1001, 1006):
        tried.take(b"", 99, ("10.0.0.1", port), flags=SYN)
        tried.take(TWO, 100 + SIZE, ("10.0.0.1", port))
    assert tried.octets == [TWO, TWO]
    tried.finish()
    assert tried.octets == [TWO] * 5


def test_a_header_that_is_cut(tried: Tried) -> None:
    short = Datagram(TCP, b"abcd", b"efgh", bytes(19), 0, cut=False)
    assert tried.connections.add(short, HERE) == []
    assert "ends within its TCP header" in tried.remarks.texts()[0]
