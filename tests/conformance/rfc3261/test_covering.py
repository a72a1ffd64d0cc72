"""What a gateway may cover."""

from mcsip.conformance.rfc3261.covering import names_inside
from tests.conformance.rfc3261.wire import NODES


def test_domain_hosts_and_identities_name_the_inside() -> None:
    for text in ("sip:x@Home.Example", "server.home.example:5060"):
        assert names_inside(text, NODES)
    assert not names_inside("sip:x@elsewhere.example", NODES)
    assert not names_inside("", NODES)
