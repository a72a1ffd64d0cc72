"""What all nodes have in common: starting, stopping, background work, one line per refusal."""

import asyncio
import logging

import pytest

from mcsip.errors import McsipError

from .world import in_memory, make_topology, running, written


def test_a_node_announces_where_it_listens() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            node = world.sim.nodes["partner.server"]
            address = node.endpoint.address("TCP")
            assert world.sim.env.directory.addresses(node.name)["TCP"] == address
            assert world.trace.node_at(address, "TCP") == node.name
            assert world.trace.nodes[node.name] == node.info()

    in_memory(test())


def test_work_in_the_background_is_dropped_when_the_node_stops() -> None:
    """As a crash would."""

    async def test() -> None:
        async with running(make_topology()) as world:
            node = world.sim.nodes["partner.core"]
            done: list[str] = []

            async def work() -> None:
                await asyncio.sleep(1)
                done.append("done")

            node.spawn(work())
            await node.stop()
            await asyncio.sleep(2)
            assert done == []

    in_memory(test())


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (McsipError("disk full"), "partner.core: disk full"),
        (ValueError("a bug"), "partner.core: unexpected fault"),
    ],
)
def test_work_that_fails_is_logged(
    error: Exception, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An error of ours in one line; a bug with its traceback."""

    async def work() -> None:
        raise error

    async def test() -> None:
        async with running(make_topology()) as world:
            world.sim.nodes["partner.core"].spawn(work())
            await asyncio.sleep(0.01)

    caplog.set_level(logging.ERROR)
    in_memory(test())
    (record,) = caplog.records
    assert record.getMessage() == message
    assert (record.exc_info is not None) is isinstance(error, ValueError)


def test_a_refusal_is_one_line_however_long_the_method(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            method = "X" * 5000
            data = written(method, "sip:server@partner.example", cseq=f"1 {method}")
            assert (await peer.ask(data, world.target("partner.server"))).status == 501

    caplog.set_level(logging.INFO)
    in_memory(test())
    (record,) = caplog.records
    assert record.getMessage().startswith("partner.server: XXX")
    assert "501 Not Implemented" in record.getMessage()
    assert len(record.getMessage()) < 200


def test_what_is_accepted_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            assert (await world.migrate()).result == "success"

    caplog.set_level(logging.INFO)
    in_memory(test())
    assert not caplog.records


def test_what_answers_an_earlier_message_goes_first_under_load() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            for node in world.sim.nodes.values():
                assert node.favours(written(fields=["In-Reply-To: attempt"]))
                assert not node.favours(written())

    in_memory(test())
