"""Nodes of a topology, found again: by address, host name, identity, role."""

import pytest

from mcsip.capture.given import match
from mcsip.capture.identify import Conclusion
from mcsip.mc.roles import Role
from mcsip.topology import Topology
from mcsip.topology.load import load_topology
from mcsip.trace import Peer

TEXT = """\
service: mcptt
systems:
  primary:
    domain: primary.example
    nodes:
      server: {role: mc-server, address: "10.0.0.1:5062"}
    users:
      alice: {mc_id: sip:alice@primary.example, profiles: {1: {name: home}}}
  partner:
    domain: partner.example
    nodes:
      core: {role: sip-core}
      server: {role: mc-server, psi: sip:mc@partner.example}
      server-2: {role: mc-server, psi: sip:mc2@partner.example}
clients:
  ue: {user: primary.alice}
"""


@pytest.fixture(scope="module")
def topology(tmp_path_factory: pytest.TempPathFactory) -> Topology:
    path = tmp_path_factory.mktemp("given") / "a.yaml"
    path.write_text(TEXT)
    return load_topology(path)


def seen(
    role: Role | None,
    domain: str = "partner.example",
    *,
    port: int = 5060,
    identities: tuple[str, ...] = (),
    hosts: tuple[str, ...] = (),
) -> Conclusion:
    return Conclusion(Peer("10.0.0.1", port), role, domain, "a reason", identities, hosts)


@pytest.mark.parametrize(
    ("conclusion", "expected"),
    [
        (seen(None, "", port=5062), ("primary.server", "its address in the topology")),
        (
            seen(None, "", hosts=("server-2.partner.example",)),
            ("partner.server-2", "its host name server-2.partner.example in the topology"),
        ),
        (
            seen(Role.MC_SERVER, identities=("sip:mc@partner.example",)),
            ("partner.server", "its identity sip:mc@partner.example in the topology"),
        ),
        (
            seen(Role.CLIENT, "primary.example", identities=("sip:alice@primary.example",)),
            ("ue", "its identity sip:alice@primary.example in the topology"),
        ),
        (seen(Role.SIP_CORE), ("partner.core", "the only sip-core of partner; a reason")),
        (seen(Role.MC_SERVER), None),
        (seen(Role.MC_GATEWAY), None),
        (seen(Role.SIP_CORE, "elsewhere.example"), None),
        (seen(Role.CLIENT, identities=("sip:mc@partner.example",)), None),
        (seen(Role.CLIENT), None),
    ],
)
def test_match(
    topology: Topology, conclusion: Conclusion, expected: tuple[str, str] | None
) -> None:
    found = match(topology, [conclusion])
    assert found == ({} if expected is None else {conclusion.peer: expected})
