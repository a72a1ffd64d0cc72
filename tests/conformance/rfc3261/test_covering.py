"""What a gateway may cover."""

from mcsip.conformance.rfc3261.covering import names_inside
from tests.conformance.rfc3261.wire import NODES, findings, forwarded, request, via


def test_domain_hosts_and_identities_name_the_inside() -> None:
    for text in ("sip:x@Home.Example", "server.home.example:5060"):
        assert names_inside(text, NODES)
    assert not names_inside("sip:x@elsewhere.example", NODES)
    assert not names_inside("", NODES)


def test_a_gateway_covers_and_a_sip_core_does_not() -> None:
    for by, found in (("gateway", None), ("core", 1)):
        went = request("MESSAGE", {"Max-Forwards": "69"}, vias=(via(by, "two"),))
        result = findings("16.6/via", forwarded(request(), went, by=by))
        assert (result and len(result)) == found
