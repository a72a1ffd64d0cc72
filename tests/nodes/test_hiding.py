"""What a gateway hides and shows, made from the topology."""

from mcsip.nodes.hiding import inner_names, topology_hiding

from .world import in_memory, make_topology, running


def test_every_node_but_the_gateway_is_inner() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            directory = world.sim.env.directory
            names = inner_names(directory, "partner.gateway")
            assert names.hosts == {"core.partner.example", "server.partner.example"}
            assert names.uris == {"sip:core@partner.example", "sip:server@partner.example"}
            assert names.addresses == {
                (a.host, a.port)
                for node in ("partner.core", "partner.server")
                for a in directory.addresses(node).values()
            }
            hiding = topology_hiding(directory, "partner.gateway", b"k" * 32)
            assert hiding.removed == {}

    in_memory(test())
