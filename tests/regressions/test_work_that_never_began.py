"""Found by the matrix: a server killed right after a request came left its work as a coroutine
that nobody ever awaited, which the interpreter complained of."""

import inspect

from mcsip.net.virtual import run_virtual
from tests.nodes.world import make_topology, running


def test_work_on_a_request_is_closed_with_the_node() -> None:
    async def work() -> None:
        """Never begun."""

    async def main() -> None:
        async with running(make_topology()) as world:
            server = world.server("partner.server")
            coroutine = work()
            server.handle(None, coroutine)  # type: ignore[arg-type]  # not looked at
            await world.sim.stop_node("partner.server")
            assert inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED

    run_virtual(main())
