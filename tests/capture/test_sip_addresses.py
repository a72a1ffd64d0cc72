"""Which addresses speak SIP."""

from mcsip.capture.limits import MAX_SIP_ADDRESSES
from mcsip.capture.sip_addresses import SipAddresses

A, B, C = (b"a", 7000), (b"b", 8000), (b"c", 9000)


def test_default_ports() -> None:
    addresses = SipAddresses()
    assert addresses.expects((b"a", 5060), B, udp=True)
    assert addresses.expects(A, (b"b", 5061), udp=False)
    assert not addresses.expects(A, B, udp=True)


def test_both_ends_of_a_message() -> None:
    addresses = SipAddresses()
    addresses.add(A, B, udp=True)
    assert addresses.expects(C, A, udp=True)
    assert addresses.expects(C, B, udp=True)
    assert addresses.expects(B, C, udp=True)
    assert not addresses.expects(C, B, udp=False)


def test_no_more_than_fit() -> None:
    addresses = SipAddresses()
    for port in range(MAX_SIP_ADDRESSES // 2 + 1):
        addresses.add((b"a", port), (b"b", port), udp=True)
    addresses.add((b"x", 1), (b"y", 1), udp=True)
    assert not addresses.expects((b"x", 1), C, udp=True)
