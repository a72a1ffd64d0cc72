"""What nodes with calls have in common."""

from mcsip.nodes.call_setup import CALL_CAPABILITIES, body_of
from mcsip.sip.build import build_request

from .world import in_memory, make_topology, running


def test_bodies() -> None:
    bare = build_request(
        "BYE", "sip:a@b", from_="<sip:a@b>;tag=1", to="<sip:a@b>", call_id="c", cseq=1
    )
    assert body_of(None) is None
    assert body_of(bare) is None


def test_an_agent_says_where_its_node_listens() -> None:
    async def test() -> None:
        async with running(make_topology(transport="tls")) as world:
            settings = world.bob.own_calls.agent._agent.settings
            host, port = world.bob.endpoint.address("TLS")
            assert settings.contact == f"sip:{host}:{port};transport=tls"
            assert settings.capabilities is CALL_CAPABILITIES

    in_memory(test())
