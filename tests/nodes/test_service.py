"""Nodes of a topology as servers: who is served, who is missing, how it ends."""

import asyncio
import random
from pathlib import Path

import pytest

from mcsip.errors import UsageError
from mcsip.net.memory import MemoryNetwork
from mcsip.net.virtual import run_virtual
from mcsip.nodes.service import Service, served
from mcsip.topology import Topology

from .world import make_topology

ADDRESSES = {
    "systems": {
        "primary": {"nodes": {"gateway": {"address": "127.0.0.1:5080"}}},
        "partner": {"nodes": {"server": {"address": "127.0.0.1:5070"}}},
    }
}
TOPOLOGY = make_topology(ADDRESSES)


def names(*wanted: str) -> list[str]:
    return [spec.name for spec in served(TOPOLOGY, wanted)]


def test_a_system_stands_for_all_its_nodes() -> None:
    assert names("partner.server", "partner") == [
        "partner.server",
        "partner.core",
        "partner.gateway",
    ]


def test_an_unknown_node_is_refused_with_a_hint() -> None:
    with pytest.raises(UsageError, match=r"'partner\.sever'.*did you mean 'partner\.server'"):
        served(TOPOLOGY, ["partner.sever"])


def make_service(*wanted: str) -> Service:
    return Service(TOPOLOGY, wanted, network=MemoryNetwork(random.Random(1)), secret="s")


def test_who_has_no_address_is_missing() -> None:
    async def main() -> None:
        service = make_service("partner.gateway")
        assert service.missing == ["partner.core"]
        await service.start()
        assert set(service.addresses("partner.gateway")) == {"TCP", "UDP"}
        assert await service.drain(1.0)
        await service.stop()

    run_virtual(main())


def test_whose_records_end_with_the_process(tmp_path: Path) -> None:
    """Only MC service servers have records; those of a shared registry do not end."""
    shared = make_topology({"systems": {"partner": {"store": "postgresql://127.0.0.1:1/db"}}})

    def forgetful(topology: Topology, data: Path | None = None) -> list[str]:
        network = MemoryNetwork(random.Random(1))
        names = ("primary", "partner")
        return Service(topology, names, network=network, secret="s", data_dir=data).forgetful()

    async def main() -> None:
        assert forgetful(TOPOLOGY) == ["primary.server", "partner.server"]
        assert forgetful(shared) == ["primary.server"]
        assert forgetful(TOPOLOGY, tmp_path) == []

    run_virtual(main())


def test_ids_never_repeat_from_start_to_start() -> None:
    """Attempts are named by Call-IDs: a server that is started again must not repeat them."""

    async def main() -> None:
        first, second = make_service("partner.server"), make_service("partner.server")
        assert first.env.ids.token() != second.env.ids.token()

    run_virtual(main())


def test_draining_waits_for_work_and_takes_nothing_new() -> None:
    async def main() -> None:
        service = make_service("partner.server")
        await service.start()
        node = service.nodes["partner.server"]
        node.spawn(asyncio.sleep(3.0))
        loop = asyncio.get_running_loop()
        before = loop.time()
        assert not await service.drain(1.0)
        assert await service.drain(10.0)
        assert 3.0 <= loop.time() - before < 3.1
        assert node.endpoint.stack.max_server_transactions == 0
        await service.stop()

    run_virtual(main())


def test_tls_without_certificates_is_refused() -> None:
    async def main() -> None:
        network = MemoryNetwork(random.Random(1))
        with pytest.raises(UsageError, match=r"no certificates for partner\.server"):
            Service(make_topology(transport="tls"), ["partner.server"], network=network, secret="s")

    run_virtual(main())
