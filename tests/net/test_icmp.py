"""What ICMP says of datagrams: which errors count (RFC 3261 18.4), and how they are read."""

import socket

import pytest

from mcsip.net.icmp import ask_for_errors, is_transport_error, take_errors
from mcsip.trace import Peer

ICMP, ICMP6, LOCAL = 2, 3, 1


@pytest.mark.parametrize(
    ("origin", "icmp_type", "code", "counts"),
    [
        (ICMP, 3, 0, True),  # network unreachable
        (ICMP, 3, 1, True),  # host
        (ICMP, 3, 2, True),  # protocol
        (ICMP, 3, 3, True),  # port
        (ICMP, 3, 13, True),  # forbidden by a filter
        (ICMP, 12, 0, True),  # parameter problem
        (ICMP, 3, 4, False),  # fragmentation needed
        (ICMP, 4, 0, False),  # source quench
        (ICMP, 11, 0, False),  # time exceeded
        (ICMP6, 1, 4, True),  # port unreachable
        (ICMP6, 1, 0, True),  # no route
        (ICMP6, 4, 0, True),  # parameter problem
        (ICMP6, 2, 0, False),  # packet too big
        (ICMP6, 3, 0, False),  # time exceeded
        (LOCAL, 3, 3, False),
    ],
)
def test_which_errors_count(origin: int, icmp_type: int, code: int, counts: bool) -> None:
    assert is_transport_error(origin, icmp_type, code) is counts


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_where_nobody_listens(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.socket(family, socket.SOCK_DGRAM) as sock,
        socket.socket(family, socket.SOCK_DGRAM) as gone,
    ):
        try:
            sock.bind((host, 0))
            gone.bind((host, 0))
        except OSError as error:
            pytest.skip(f"{host} is not there: {error.strerror}")
        if not ask_for_errors(sock):
            pytest.skip("this system keeps no errors of UDP sockets")
        nobody = Peer(*gone.getsockname()[:2])
        gone.close()
        sock.sendto(b"one", nobody)
        errors = list(take_errors(sock))
        assert [(error.target, error.beginning) for error in errors] == [(nobody, b"one")]
        assert errors[0].reason == "Connection refused"
        assert list(take_errors(sock)) == []
