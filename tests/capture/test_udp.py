"""Datagrams: a message, a keep-alive, or something else."""

import pytest

from mcsip.capture import udp as module
from mcsip.capture.ip import Datagram
from mcsip.capture.remarks import Place, Remarks
from mcsip.capture.sip_addresses import SipAddresses
from mcsip.capture.udp import TWICE_WITHIN_NS, Datagrams
from tests.capture.crafting import A, Address, B, message, udp

HERE = Place(1, 24)
ONE = message()
ELSEWHERE: Address = ("10.0.0.3", 4000)


def datagram(
    data: bytes, source: Address = A, target: Address = B, *, identification: int = 0
) -> Datagram:
    payload = udp(data, source, target)
    return Datagram(17, source[0].encode(), target[0].encode(), payload, identification, cut=False)


@pytest.fixture
def remarks() -> Remarks:
    return Remarks()


@pytest.fixture
def datagrams(remarks: Remarks) -> Datagrams:
    return Datagrams(remarks, SipAddresses())


def test_a_message_at_any_port(datagrams: Datagrams) -> None:
    (heard,) = datagrams.add(datagram(ONE, ELSEWHERE, ELSEWHERE), HERE, 0)
    assert (heard.transport, heard.data) == ("UDP", ONE)
    assert (heard.source[1], heard.target[1]) == (4000, 4000)


def test_garbage_only_where_sip_is_spoken(datagrams: Datagrams) -> None:
    there: Address = ("10.0.0.9", 7000)
    junk = datagram(b"\x80junk", ELSEWHERE, there)
    assert datagrams.add(junk, HERE, 0) == []
    datagrams.add(datagram(ONE, A, there), HERE, 0)
    (heard,) = datagrams.add(junk, HERE, 0)
    assert heard.data == b"\x80junk"


@pytest.mark.parametrize("data", [b"\r\n\r\n", b"\0", b""])
def test_keep_alives_are_none(datagrams: Datagrams, data: bytes) -> None:
    assert datagrams.add(datagram(data), HERE, 0) == []


def test_what_follows_the_datagram_is_none_of_it(datagrams: Datagrams) -> None:
    padded = datagram(ONE)
    padded = padded._replace(payload=padded.payload + bytes(6))
    assert datagrams.add(padded, HERE, 0)[0].data == ONE


@pytest.mark.parametrize("how", ["cut", "short"])
def test_a_datagram_that_is_not_whole(datagrams: Datagrams, remarks: Remarks, how: str) -> None:
    whole = datagram(ONE)
    part = (
        whole._replace(payload=whole.payload[:-4]) if how == "short" else whole._replace(cut=True)
    )
    assert datagrams.add(part, HERE, 0) == []
    assert "captured without their end" in remarks.texts()[0]


def test_a_header_that_is_cut(datagrams: Datagrams, remarks: Remarks) -> None:
    assert datagrams.add(datagram(b"")._replace(payload=b"1234567"), HERE, 0) == []
    assert "ends within its UDP header" in remarks.texts()[0]


@pytest.mark.parametrize(
    ("identification", "later", "copies"),
    [(5, 0, 1), (5, TWICE_WITHIN_NS, 1), (5, TWICE_WITHIN_NS + 1, 2), (6, 0, 2), (0, 0, 2)],
)
def test_one_datagram_on_two_interfaces(
    datagrams: Datagrams, identification: int, later: int, copies: int
) -> None:
    """The same IPv4 identification and octets, at once; zero identifies nothing (RFC 6864 4)."""
    first = datagrams.add(datagram(ONE, identification=5 if identification else 0), HERE, 10)
    second = datagrams.add(datagram(ONE, identification=identification), HERE, 10 + later)
    assert len(first + second) == copies


def test_what_is_remembered_of_them_is_bounded(
    datagrams: Datagrams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_REMEMBERED", 2)
    for identification in (1, 2, 3, 1):
        assert datagrams.add(datagram(ONE, identification=identification), HERE, 0)
