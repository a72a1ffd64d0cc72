"""Who belongs to the trust domain, and what an identity field holds."""

import pytest

from mcsip.conformance.rfc3325.reading import identity_faults, is_trusted
from mcsip.mc.roles import Role
from mcsip.sip.parse import parse_datagram
from mcsip.trace import NodeInfo
from tests.conformance.rfc3261.wire import request


@pytest.mark.parametrize(
    ("role", "trusted"),
    [
        (Role.SIP_CORE, True),
        (Role.MC_SERVER, True),
        (Role.MC_GATEWAY, True),
        (Role.CLIENT, False),
        (Role.IDMS, False),
        (None, False),
    ],
)
def test_the_trust_domain(role: Role | None, trusted: bool) -> None:
    assert is_trusted(NodeInfo("a", role=role)) is trusted


def test_a_field_that_is_not_there() -> None:
    parsed = parse_datagram(request())
    assert identity_faults(parsed, "p-asserted-identity") is None  # type: ignore[arg-type]  # a request
