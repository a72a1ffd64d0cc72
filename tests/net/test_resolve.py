"""Hosts of targets become IP addresses; names are not looked up."""

import pytest

from mcsip.net.resolve import numeric


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("localhost", "127.0.0.1"),
        ("gateway.example", None),
        ("[::1", None),
        ("", None),
        ("127.0.0.1.5", None),
    ],
)
def test_numeric(host: str, address: str | None) -> None:
    assert numeric(host) == address
