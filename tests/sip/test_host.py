"""hostport and sent-by: RFC 3261 25.1."""

import pytest

from mcsip.sip.errors import ParseError
from mcsip.sip.host import host_port_text, parse_host_port


@pytest.mark.parametrize(
    ("text", "host", "port", "written"),
    [
        ("example.org", "example.org", None, "example.org"),
        ("Example.ORG:5060", "Example.ORG", 5060, "Example.ORG:5060"),
        ("192.0.2.1:0", "192.0.2.1", 0, "192.0.2.1:0"),
        (" host  :  05061 ", "host", 5061, "host:5061"),
        ("[2001:db8::1]", "2001:db8::1", None, "[2001:db8::1]"),
        ("[2001:db8::1]:65535", "2001:db8::1", 65535, "[2001:db8::1]:65535"),
        ("[2001:db8::192.0.2.1] : 1", "2001:db8::192.0.2.1", 1, "[2001:db8::192.0.2.1]:1"),
        ("under_score", "under_score", None, "under_score"),
    ],
)
def test_parse(text: str, host: str, port: int | None, written: str) -> None:
    assert parse_host_port(text) == (host, port)
    assert host_port_text(host, port) == written
    assert parse_host_port(written) == (host, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":5060",
        "host:",
        "host:x",
        "host:65536",
        "host:-1",
        "host:٣",
        "a b",
        "a/b",
        "[::1",
        "[]",
        "[zz]",
        "[::1]x",
        "[::1]:",
        "2001:db8::1",
        "a,b",
        "ho\x00st",
    ],
)
def test_malformed(text: str) -> None:
    with pytest.raises(ParseError):
        parse_host_port(text)
