"""Gateways that find each other by DNS (RFC 3263): zones in NSD, a name server of another make."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mcsip.net.virtual import run_real
from mcsip.nodes.client import Client
from tests.interop.secure import Secure, alice, logged, make_systems
from tests.interop.tools import process, tool, until_bound
from tests.ports import free_port
from tests.system.serving import Served

pytestmark = [pytest.mark.interop, pytest.mark.slow]

LIMIT_S = 30.0
CONFIGURATION = """\
server:
  ip-address: 127.0.0.1
  port: {port}
  do-ip6: no
  server-count: 1
  username: ""
  database: ""
  zonesdir: "{folder}"
  pidfile: "{folder}/nsd.pid"
  zonelistfile: "{folder}/zone.list"
  xfrdfile: "{folder}/xfrd.state"
  xfrdir: "{folder}"
remote-control:
  control-enable: no
"""
ZONE = '\nzone:\n  name: "{name}"\n  zonefile: "{name}.zone"\n'
HEAD = """\
$ORIGIN {name}.
$TTL {ttl}
@ IN SOA ns hostmaster {serial} 3600 600 86400 60
@ IN NS ns
ns IN A 127.0.0.1
"""
BOTH = ("primary", "partner")


@pytest.fixture(scope="module")
def nsd() -> str:
    """Return the path of NSD; it may be missing, also under CI."""
    return tool("nsd", "nsd", always=False)


@dataclass
class Names:
    """A running name server for the domains of two systems.

    Attributes:
        folder: where its zones are.
        port: where it listens.
        run: its process.
    """

    folder: Path
    port: int
    run: asyncio.subprocess.Process

    def reload(self) -> None:
        """Let it read its zones again."""
        self.run.send_signal(signal.SIGHUP)


def write_zone(folder: Path, system: str, records: str, *, serial: int = 1, ttl: int = 300) -> None:
    name = f"{system}.example"
    text = HEAD.format(name=name, ttl=ttl, serial=serial) + records + "\n"
    (folder / f"{name}.zone").write_text(text)


@asynccontextmanager
async def name_server(nsd: str, folder: Path) -> AsyncIterator[Names]:
    port = free_port()
    configuration = folder / "nsd.conf"
    zones = "".join(ZONE.format(name=f"{system}.example") for system in BOTH)
    configuration.write_text(CONFIGURATION.format(port=port, folder=folder) + zones)
    log = folder / "nsd.log"
    async with process(nsd, "-d", "-c", configuration, log=log, group=True) as run:
        await until_bound(port, run, log, udp=True)
        yield Names(folder, port, run)


@dataclass
class World:
    """Two systems that look each other up, and Alice.

    Attributes:
        secure: their topology.
        names: the name server.
        served: the process of each system.
        client: Alice's.
    """

    secure: Secure
    names: Names
    served: dict[str, Served]
    client: Client

    async def migrate(self) -> tuple[str, str | None]:
        await self.client.authenticate("partner")
        assert await self.client.register("partner") == 200
        outcome = await self.client.migrate("partner", 2)
        return outcome.result, outcome.reason

    async def logs(self, system: str, text: str) -> None:
        """Wait until a text stands in a system's log."""
        await logged(self.served[system], text)


Records = Callable[[Secure, str], str]


def play(
    nsd: str,
    folder: Path,
    records: Records,
    scenario: Callable[[World], Awaitable[None]],
    *,
    certificates: bool = False,
    address: str = "sip:{system}.example",
    ttl: int = 300,
) -> None:
    """Let each system find the other's gateway by its domain.

    Args:
        nsd: the name server.
        folder: where everything is.
        records: returns the records of a system's zone.
        scenario: what happens.
        certificates: gateways speak TLS.
        address: how each system writes the other's gateway.
        ttl: how long answers are valid, in seconds.
    """

    async def run() -> None:
        secure = await make_systems(folder, inside="tcp", certificates=certificates)
        for system in BOTH:
            write_zone(folder, system, records(secure, system), ttl=ttl)
        async with name_server(nsd, folder) as names:
            dns = {"servers": [f"127.0.0.1:{names.port}"], "timeout": 1.0}
            served = {}
            for system, other in zip(BOTH, reversed(BOTH), strict=True):
                at = {f"{other}.gateway": address.format(system=other)}
                served[system] = secure.served(system, file=secure.apart(system, at, dns=dns))
            try:
                for each in served.values():
                    await each.start()
                    assert "missing=" not in each.ready
                async with alice(secure.file) as client:
                    await scenario(World(secure, names, served, client))
                for each in served.values():
                    assert await each.end() == 0
                    assert [x for x in each.log_lines() if x["level"] == "error"] == []
            finally:
                for each in served.values():
                    await each.close()

    run_real(run())


async def there_and_back(world: World) -> None:
    assert await world.migrate() == ("success", None)
    assert (await world.client.return_home()).result == "success"


def by_naptr(secure: Secure, system: str) -> str:
    port = secure.port(f"{system}.gateway")
    return f"""
@ IN NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp
@ IN NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp
_sip._tcp IN SRV 10 10 {port} gateway
_sip._udp IN SRV 10 10 9 gateway
gateway IN A 127.0.0.1
"""


def test_naptr_srv_and_address(nsd: str, tmp_path: Path) -> None:
    """RFC 3263 4.1, 4.2: TCP, because its NAPTR has the lower order."""

    async def scenario(world: World) -> None:
        await there_and_back(world)
        port = world.secure.port("primary.gateway")
        await world.logs("partner", f"primary.gateway is at tcp:127.0.0.1:{port}")

    play(nsd, tmp_path, by_naptr, scenario)


def by_srv(secure: Secure, system: str) -> str:
    return f"""
_sip._tcp IN SRV 10 10 {secure.port(f"{system}.gateway")} gateway
gateway IN A 127.0.0.1
"""


@pytest.mark.parametrize("address", ["sip:{system}.example", "sip:{system}.example;transport=tcp"])
def test_srv_without_naptr(nsd: str, tmp_path: Path, address: str) -> None:
    play(nsd, tmp_path, by_srv, there_and_back, address=address)


def by_tls(secure: Secure, system: str) -> str:
    """The certificate names the system's domain, and not the host that DNS says (RFC 5922 7.3)."""
    return f"""
@ IN NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp
_sips._tcp IN SRV 10 10 {secure.port(f"{system}.gateway")} another.host
another.host IN A 127.0.0.1
"""


def test_tls(nsd: str, tmp_path: Path) -> None:
    async def scenario(world: World) -> None:
        await there_and_back(world)
        await world.logs("partner", "primary.gateway is at tls:127.0.0.1:")

    play(nsd, tmp_path, by_tls, scenario, certificates=True)


def with_a_dead_one(secure: Secure, system: str) -> str:
    """Nobody listens at the first, port 9; the second is the gateway."""
    return f"""
_sip._tcp IN SRV 10 10 9 gateway
_sip._tcp IN SRV 20 10 {secure.port(f"{system}.gateway")} gateway
gateway IN A 127.0.0.1
"""


def test_the_next_record_on_a_transport_error(nsd: str, tmp_path: Path) -> None:
    """RFC 3263 4.3."""

    async def scenario(world: World) -> None:
        await there_and_back(world)
        await world.logs("partner", "TCP to 127.0.0.1:9: ")

    play(nsd, tmp_path, with_a_dead_one, scenario)


def nothing(_: Secure, system: str) -> str:
    return 'other IN TXT "no service here"'


def test_a_domain_without_sip(nsd: str, tmp_path: Path) -> None:
    """A clear outcome at once, and the reason in the log."""

    async def scenario(world: World) -> None:
        assert await world.migrate() == ("failed", "primary-unreachable")
        await world.logs("partner", "DNS knows no server of sip:primary.example")

    play(nsd, tmp_path, nothing, scenario)


def test_a_name_server_that_is_gone(nsd: str, tmp_path: Path) -> None:
    """What it said is used as long as it is valid; nobody waits for it meanwhile."""

    async def scenario(world: World) -> None:
        world.names.run.terminate()
        await asyncio.wait_for(world.names.run.wait(), LIMIT_S)
        await there_and_back(world)

    play(nsd, tmp_path, by_srv, scenario)


def test_a_gateway_that_moves(nsd: str, tmp_path: Path) -> None:
    """The zone says another port; what was said before is forgotten when its time is over."""

    async def scenario(world: World) -> None:
        for system in BOTH:
            records = by_srv(world.secure, system)
            write_zone(world.names.folder, system, records, serial=2, ttl=5)
        assert await world.migrate() == ("failed", "primary-unreachable")
        world.names.reload()
        port = world.secure.port("primary.gateway")
        await world.logs("partner", f"primary.gateway is at tcp:127.0.0.1:{port}")
        await world.logs("primary", f":{world.secure.port('partner.gateway')}")
        await there_and_back(world)

    def elsewhere(_: Secure, system: str) -> str:
        return "_sip._tcp IN SRV 10 10 9 gateway\ngateway IN A 127.0.0.1"

    play(nsd, tmp_path, elsewhere, scenario, ttl=5)
