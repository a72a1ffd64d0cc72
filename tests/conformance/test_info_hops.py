"""Info bodies on their hops: what the cases of the clauses leave open."""

from dataclasses import replace

import pytest

from mcsip.conformance.catalogue import RULES
from mcsip.conformance.check import check_trace
from mcsip.conformance.info_hops import hop_kind
from mcsip.conformance.views import MessageSeen, Setting
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE, TRIGGER, HopKind
from mcsip.mc.roles import Role
from mcsip.mc.services import MCPTT
from mcsip.trace import Direction, NodeInfo, Peer, Trace, TraceEntry
from tests.conformance.mc_traces import carried, found, hop, info
from tests.conformance.rfc3261.wire import NODES, answered, response, trace

PREFIX = "ts24379/F.1"


def of(rule: str, octets: bytes, sender: str, receiver: str) -> list[tuple[str, str]] | None:
    return found(f"{PREFIX}/{rule}", hop(carried(MCPTT, octets, sender), sender, receiver))


@pytest.mark.parametrize(
    ("sender", "receiver", "kind"),
    [
        (Role.CLIENT, Role.SIP_CORE, HopKind.CLIENT),
        (Role.SIP_CORE, Role.CLIENT, HopKind.CLIENT),
        (Role.CLIENT, None, HopKind.CLIENT),
        (Role.MC_SERVER, Role.MC_SERVER, HopKind.SYSTEM),
        (Role.MC_SERVER, Role.MC_GATEWAY, HopKind.SYSTEM),
        (Role.MC_GATEWAY, Role.MC_GATEWAY, HopKind.SYSTEM),
        (Role.SIP_CORE, Role.MC_GATEWAY, HopKind.SYSTEM),
        (Role.SIP_CORE, Role.MC_SERVER, None),
        (Role.MC_SERVER, Role.SIP_CORE, None),
        (Role.MC_SERVER, None, None),
        (None, None, None),
    ],
)
def test_the_kind_of_a_hop(
    sender: Role | None, receiver: Role | None, kind: HopKind | None
) -> None:
    here = Peer("10.0.0.1", 5060)
    entry = TraceEntry(1, 0.0, "a", Direction.SENT, "UDP", here, here, b"")
    ends = NodeInfo("a", role=sender), NodeInfo("b", role=receiver)
    assert hop_kind(MessageSeen(Setting(Trace()), entry, None, *ends)) is kind


@pytest.mark.parametrize(
    ("sender", "receiver"),
    [("server", "gateway"), ("gateway", "away"), ("server", "core"), ("core", "gateway")],
)
def test_a_token_goes_no_further(sender: str, receiver: str) -> None:
    assert of("token-ends", info(MCPTT), sender, receiver)


@pytest.mark.parametrize(("sender", "receiver"), [("ue", "core"), ("core", "server")])
def test_a_token_comes_as_far_as_the_server(sender: str, receiver: str) -> None:
    assert of("token-ends", info(MCPTT), sender, receiver) is None


def test_a_token_in_the_name_of_another_service() -> None:
    octets = info(MCPTT, client=False).replace(
        b"<anyExt>", b'<anyExt><mcvideo-access-token type="Normal">x</mcvideo-access-token>'
    )
    assert of("token-ends", octets, "gateway", "away")


@pytest.mark.parametrize("answer", ["200 OK", "202 Accepted", None])
def test_a_request_without_token_that_is_not_refused(answer: str | None) -> None:
    data = carried(MCPTT, info(MCPTT, client=False))
    answers = () if answer is None else (response(data, answer),)
    assert found(f"{PREFIX}/token", answered(data, *answers))


def test_where_the_trace_ends_before_the_answer_nobody_knows_it() -> None:
    cut = answered(carried(MCPTT, info(MCPTT, client=False)))
    cut.entries = [entry for entry in cut.entries if entry.at < 1.0]
    assert found(f"{PREFIX}/token", cut) is None


def test_a_request_with_a_token() -> None:
    data = carried(MCPTT, info(MCPTT))
    assert found(f"{PREFIX}/token", answered(data, response(data))) == []


@pytest.mark.parametrize("rule", ["travels", "belongs", "partner-named", "issuer", "token-ends"])
def test_where_the_roles_are_not_known_nothing_is_judged(rule: str) -> None:
    nodes = tuple(replace(node, role=None, domain="") for node in NODES)
    made = trace(("gateway", "away", carried(MCPTT, info(MCPTT), "gateway")), nodes=nodes)
    [result] = check_trace(made, rules=[r for r in RULES if r.id == f"{PREFIX}/{rule}"]).rules
    assert result.looked_at == 0


def test_the_trigger_stays_in_the_primary() -> None:
    assert of("travels", info(MCPTT, TRIGGER), "gateway", "away")
    assert of("travels", info(MCPTT, TRIGGER), "core", "ue") == []
    assert of("issuer", info(MCPTT, TRIGGER), "gateway", "away") is None


@pytest.mark.parametrize(
    ("message", "sender", "receiver", "right"),
    [
        (REQUEST, "gateway", "away", True),
        (REQUEST, "away", "gateway", False),
        (RESPONSE, "away", "gateway", True),
        (RESPONSE, "gateway", "away", False),
        (DEAUTHORIZATION, "away", "server", True),
        (REQUEST, "ue", "core", True),
    ],
)
def test_whose_ids_they_are(message: str, sender: str, receiver: str, right: bool) -> None:
    octets = info(MCPTT, message, client=False)
    faults = of("issuer", octets, sender, receiver)
    assert faults is not None
    assert len(faults) == (0 if right else 2)


def test_within_a_system_nobody_says_whose_ids_they_are() -> None:
    assert of("issuer", info(MCPTT, client=False), "server", "gateway") is None


def test_published_elements_that_are_not_of_migration_may_be_there() -> None:
    more = b"<anyExt><end-to-end-security>true</end-to-end-security>"
    octets = info(MCPTT, client=False).replace(b"<anyExt>", more)
    assert of("belongs", octets, "gateway", "away") == []
