"""Credentials for clients of another make: believed by the servers of the same seed only."""

import time

import pytest

from mcsip.errors import UsageError
from mcsip.export.credentials import issue_credentials
from mcsip.mc.tokens import TokenError
from mcsip.net.ids import SystemIds
from mcsip.nodes.identities import Identities
from tests.nodes.world import ALICE, make_topology


@pytest.mark.parametrize(("seed", "believed"), [(7, True), (8, False)])
@pytest.mark.parametrize("system", ["primary", "partner"])
def test_a_token_is_of_its_seed(system: str, seed: int, *, believed: bool) -> None:
    topology, wall = make_topology(), time.time()
    granted = issue_credentials(topology, "alice-ue", system, seed=7, wall=wall, mc_id=None)
    domain = f"{system}.example"
    at = topology.systems[system]
    verifier = Identities(topology, str(seed), SystemIds()).verifiers(at)[domain]
    if believed:
        verifier.check(granted.token, topology.service, granted.mc_id, wall)
    else:
        with pytest.raises(TokenError):
            verifier.check(granted.token, topology.service, granted.mc_id, wall)
    assert granted.token not in repr(granted)


def test_ids() -> None:
    topology = make_topology()

    def mc_id(system: str, wanted: str | None) -> str:
        return issue_credentials(topology, "alice-ue", system, seed=0, wall=0.0, mc_id=wanted).mc_id

    assert mc_id("primary", "sip:x@partner.example") == ALICE
    assert mc_id("partner", "sip:x@partner.example") == "sip:x@partner.example"
    assert mc_id("partner", None).endswith("@partner.example")


@pytest.mark.parametrize(
    ("client", "system", "text"),
    [("alice", "partner", "did you mean 'alice-ue'"), ("alice-ue", "partnr", "'partner'")],
)
def test_who_is_not_there(client: str, system: str, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        issue_credentials(make_topology(), client, system, seed=0, wall=0.0, mc_id=None)
