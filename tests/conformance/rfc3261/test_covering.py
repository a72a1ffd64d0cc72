"""What a gateway may cover."""

import pytest

from mcsip.conformance.rfc3261.covering import covers, names_inside
from mcsip.conformance.views import Passage, Setting
from mcsip.mc.roles import Role
from mcsip.trace import NodeInfo
from tests.conformance.rfc3261.wire import NODES, findings, forwarded, request, via
from tests.conformance.streams import Stream
from tests.conformance.streams import request as options


def test_domain_hosts_and_identities_name_the_inside() -> None:
    for text in ("sip:x@Home.Example", "server.home.example:5060"):
        assert names_inside(text, NODES)
    assert not names_inside("sip:x@elsewhere.example", NODES)
    assert not names_inside("", NODES)


def test_a_part_of_another_name_names_nothing() -> None:
    node = NodeInfo("ue", domain="a.example", identities=("sip:1@b.example",), hosts=("ue.c",))
    for text in ("sip:1@b.example", "1@b.example;x", "sip:x@sub.a.example", "maddr=ue.c"):
        assert names_inside(text, (node,))
    for text in ("sip:21@b.example", "sip:1@b.example.org", "sip:x@xa.example", "the-ue.c"):
        assert not names_inside(text, (node,))


def test_a_gateway_covers_and_a_sip_core_does_not() -> None:
    for by, found in (("gateway", None), ("core", 1)):
        went = request("MESSAGE", {"Max-Forwards": "69"}, vias=(via(by, "two"),))
        result = findings("16.6/via", forwarded(request(), went, by=by))
        assert (result and len(result)) == found


@pytest.mark.parametrize(
    ("role", "may"), [(Role.MC_GATEWAY, True), (Role.SIP_CORE, False), (None, True)]
)
def test_who_forwards_and_is_not_known_may_be_a_border_element(
    role: Role | None, may: bool
) -> None:
    stream = Stream()
    stream.sent(options())
    [incoming] = stream.finish().transactions
    assert covers(Passage(Setting(stream.trace), NodeInfo("x", role=role), incoming)) is may
