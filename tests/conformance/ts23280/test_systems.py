"""Which system an MC service ID belongs to."""

import pytest

from mcsip.conformance.ts23280.systems import domain, partner_domain
from mcsip.mc.info import Info
from mcsip.mc.messages import REQUEST
from mcsip.mc.services import MCPTT


@pytest.mark.parametrize(
    ("mc_id", "expected"),
    [
        ("sip:alice@Primary.Example", "primary.example"),
        ("tel:+43123", None),
        ("", None),
        (None, None),
    ],
)
def test_the_domain_of_an_id(mc_id: str | None, expected: str | None) -> None:
    assert domain(mc_id) == expected


def test_the_partner_is_named_by_its_id_or_by_its_domain() -> None:
    both = Info(MCPTT, REQUEST, partner_id="sip:v@b.example", partner_system="C.example")
    assert partner_domain(both) == "b.example"
    assert partner_domain(Info(MCPTT, REQUEST, partner_system="C.example")) == "c.example"
    assert partner_domain(Info(MCPTT, REQUEST)) is None
