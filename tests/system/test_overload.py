"""A server that is asked for more than it can do: it refuses, and finishes what it accepted.

Clause: RFC 3261 21.5.4, 20.33. How fast it does that is no matter of tests: see
``python -m benchmarks overload``.
"""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from mcsip.mc.info import Info, build_info, parse_info
from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.mc.request import Identities, build_mc_request
from mcsip.mc.services import MCPTT
from mcsip.migration.records import PrimaryRecord
from mcsip.net.endpoint import Endpoint
from mcsip.net.ids import SystemIds
from mcsip.net.network import ListenSpec
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.bodies import info_part
from mcsip.sip.build import build_response
from mcsip.sip.message import Request, Response
from mcsip.sip.retry_after import retry_after_s
from mcsip.sip.stack import Core, ServerTransaction, Target
from mcsip.store.sqlite import SqliteStore
from mcsip.topology import Topology
from mcsip.topology.load import load_topology

from .killing import USERS, make_topology_file
from .serving import Served

SERVER, GATEWAY = "primary.server", "primary.gateway"
RETRY_AFTER_S = 7
BURSTS = 3
WITHIN_S = 60.0


class Gateway(Core):
    """Plays the primary's gateway, with as many partners' requests as there are users.

    Attributes:
        told: the users whom the server says to have migrated, and how often it says so.
        news: set with each of them.
    """

    def __init__(self, topology: Topology) -> None:
        self.told: Counter[str] = Counter()
        self.news = asyncio.Event()
        self._ids = SystemIds()
        self._target = target_of(topology, SERVER)
        address = topology.nodes[GATEWAY]
        listen = ListenSpec(address.host, address.port, frozenset({"UDP"}))
        self.endpoint = Endpoint(GATEWAY, self, self._ids, network=SocketNetwork(), listen=listen)

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        part = info_part(request)
        assert part is not None
        info = parse_info(part[1], part[0])
        assert (info.message, info.success) == (RESPONSE, True)
        self.told[str(info.primary_id)] += 1
        self.news.set()
        self.endpoint.respond(transaction, build_response(request, 200, to_tag="gateway"))

    async def ask(self, number: int) -> Response:
        """Ask for a user; one who is refused does not ask again."""
        info = Info(
            MCPTT,
            REQUEST,
            primary_id=user(number),
            partner_id=f"sip:visitor{number}@partner.example",
            profile_index=2,
        )
        gateway = "sip:gateway@partner.example"
        partner = Identities(gateway, gateway, asserted=True)
        request = build_mc_request(
            "MESSAGE",
            MCPTT,
            build_info(info),
            self._ids,
            uri="sip:server@primary.example",
            to="sip:primary.example",
            sender=partner,
        )
        return await self.endpoint.request(request, self._target)


def user(number: int) -> str:
    return f"sip:u{number}@primary.example"


def target_of(topology: Topology, node: str) -> Target:
    spec = topology.nodes[node]
    return Target("UDP", spec.host, spec.port)


async def _run(folder: Path) -> None:
    file = make_topology_file(folder)
    gateway = Gateway(load_topology(file, transport="udp"))
    limits = ["--unfinished", "10", "--waiting", "5", "--retry-after", str(RETRY_AFTER_S)]
    options = ["--topology", str(file), "--transport", "udp", "--data", str(folder / "data")]
    served = Served([SERVER], [*options, *limits], folder / "server.log")
    try:
        await served.start()
        await gateway.endpoint.start()
        async with asyncio.timeout(WITHIN_S):
            accepted = await _load(gateway)
            calm = await gateway.ask(0)
            assert calm.status == 200, "the load is over"
            await _until_told(gateway, accepted | {user(0)})
            assert await served.end() == 0, "everything under way was finished"
    finally:
        await gateway.endpoint.stop()
        await served.close()
    assert migrated(folder / "data" / f"{SERVER}.sqlite") == accepted | {user(0)}
    assert not [line for line in served.log_lines() if "not everything" in line["message"]]


async def _load(gateway: Gateway) -> set[str]:
    """Ask for everybody at once, again and again; return the users who were accepted."""
    accepted: set[str] = set()
    statuses: Counter[int] = Counter()
    for _ in range(BURSTS):
        answers = await asyncio.gather(*(gateway.ask(number) for number in range(USERS)))
        statuses.update(answer.status for answer in answers)
        accepted |= {user(n) for n, answer in enumerate(answers) if answer.status == 200}
        refused = [answer for answer in answers if answer.status == 503]
        assert {retry_after_s(answer) for answer in refused} <= {RETRY_AFTER_S}
    assert set(statuses) == {200, 503}, statuses
    return accepted


async def _until_told(gateway: Gateway, users: set[str]) -> None:
    while not users <= set(gateway.told):
        gateway.news.clear()
        await gateway.news.wait()
    assert set(gateway.told) == users, "nobody who was refused is told success"


def migrated(database: Path) -> set[str]:
    """Return the users who are away for good: the partner has taken the response."""
    store = SqliteStore(database, read_only=True)
    try:
        assert list(store.debts()) == []
        records: list[PrimaryRecord] = list(store.primaries())
        assert all(record.current and record.current.taken for record in records)
        return {record.user for record in records}
    finally:
        store.close()


@pytest.mark.slow
def test_what_is_accepted_is_finished_and_the_rest_refused(tmp_path: Path) -> None:
    run_real(_run(tmp_path))
