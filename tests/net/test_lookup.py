"""Neighbours found by DNS: what is asked, for how long it is believed, and what goes wrong."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence

import pytest

from mcsip.net import lookup as under_test
from mcsip.net.limits import DNS_MAX_TTL_S, DNS_MIN_TTL_S
from mcsip.net.lookup import DnsConfig, DnsError, DnsResolver, Lookup
from mcsip.net.virtual import run_real
from mcsip.sip.locate import Wanted
from mcsip.sip.transport_rules import Target

from .conftest import WAIT_S
from .nameserver import NameServer, name_server

ZONE = """
@                300 IN NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp
@                300 IN NAPTR 20 10 "s" "SIP+D2T"  "" _sip._tcp
_sips._tcp        60 IN SRV 10 0 5061 one
_sip._tcp         60 IN SRV 10 60 5060 one
_sip._tcp         60 IN SRV 20 0 5070 two
one              120 IN A 192.0.2.1
one               90 IN AAAA 2001:db8::1
two              120 IN CNAME three
three            120 IN A 192.0.2.3
brief              0 IN A 192.0.2.4
lasting      1000000 IN A 192.0.2.5
mute             120 IN TXT "no address"
"""
ALL = ("TCP", "UDP", "TLS")


def play(scenario: Callable[[NameServer, DnsResolver], Awaitable[None]], zone: str = ZONE) -> None:
    async def run() -> None:
        async with name_server(zone) as server:
            await scenario(server, DnsResolver(DnsConfig((server.address,), 1.0)))

    run_real(run())


def targets_of(found: under_test.Found) -> list[Target]:
    return [target for server in found.servers for target in server.targets]


def test_naptr_srv_and_addresses() -> None:
    async def scenario(server: NameServer, resolver: DnsResolver) -> None:
        found = await resolver.find(Wanted("p.example"), ALL)
        assert targets_of(found) == [
            Target("TLS", "192.0.2.1", 5061),
            Target("TLS", "2001:db8::1", 5061),
        ]
        assert found.ttl_s == 60.0, "the shortest time of all answers"

    play(scenario)


def test_priorities_and_weights() -> None:
    async def scenario(server: NameServer, resolver: DnsResolver) -> None:
        found = await resolver.find(Wanted("p.example"), ("TCP",))
        ports = {each.targets[0].port: (each.priority, each.weight) for each in found.servers}
        assert ports == {5060: (10, 60), 5070: (20, 0)}

    play(scenario)


def test_aliases_are_followed() -> None:
    async def scenario(server: NameServer, resolver: DnsResolver) -> None:
        found = await resolver.find(Wanted("two.p.example", 5099, "UDP"), ALL)
        assert targets_of(found) == [Target("UDP", "192.0.2.3", 5099)]

    play(scenario)


@pytest.mark.parametrize(("name", "ttl_s"), [("brief", DNS_MIN_TTL_S), ("lasting", DNS_MAX_TTL_S)])
def test_times_are_bounded(name: str, ttl_s: float) -> None:
    async def scenario(server: NameServer, resolver: DnsResolver) -> None:
        assert (await resolver.find(Wanted(f"{name}.p.example", 1), ALL)).ttl_s == ttl_s

    play(scenario)


@pytest.mark.parametrize("name", ["mute.p.example", "nowhere.p.example"])
def test_nothing_is_found(name: str) -> None:
    async def scenario(server: NameServer, resolver: DnsResolver) -> None:
        with pytest.raises(DnsError, match=f"DNS knows no server of sip:{name} that speaks TCP"):
            await resolver.find(Wanted(name), ("TCP",))

    play(scenario)


def test_a_server_that_fails() -> None:
    async def scenario(server: NameServer, resolver: DnsResolver) -> None:
        server.refuses = True
        with pytest.raises(DnsError, match=r"DNS: NAPTR of p\.example: "):
            await resolver.find(Wanted("p.example"), ALL)

    play(scenario)


def test_a_server_that_is_silent() -> None:
    async def scenario(server: NameServer, resolver: DnsResolver) -> None:
        server.silent = True
        short = DnsResolver(DnsConfig((server.address,), 0.2))
        async with asyncio.timeout(WAIT_S):
            with pytest.raises(DnsError, match=r"DNS: NAPTR of p\.example: "):
                await short.find(Wanted("p.example"), ALL)

    play(scenario)


def test_the_next_server_is_asked() -> None:
    async def scenario(server: NameServer, resolver: DnsResolver) -> None:
        async with name_server() as dead:
            dead.refuses = True
            both = DnsResolver(DnsConfig((dead.address, server.address), 2.0))
            found = await both.find(Wanted("one.p.example", 1), ALL)
            assert targets_of(found)[0].host == "192.0.2.1"
            assert dead.asked

    play(scenario)


def test_dnspython_is_loaded_when_it_is_used() -> None:
    """A start without lookups does not pay for it."""
    code = "import mcsip.net.lookup, sys; sys.exit('dns' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- keeping an answer fresh


class Bench:
    """A lookup with a clock of its own, and everything it has told."""

    def __init__(self, resolver: DnsResolver, name: str) -> None:
        self.time = 1000.0
        self.told: asyncio.Queue[list[Target]] = asyncio.Queue()
        wanted = Wanted(name, 5060, "TCP")
        self.lookup = Lookup(resolver, wanted, ALL, lambda total: 0, lambda: self.time, self._take)

    def _take(self, targets: Sequence[Target]) -> None:
        self.told.put_nowait(list(targets))

    async def next(self) -> list[str]:
        return [each.host for each in await asyncio.wait_for(self.told.get(), WAIT_S)]


def keep(
    scenario: Callable[[NameServer, Bench], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let answers be believed for 100 s of the bench's clock, and be refreshed all the time."""
    monkeypatch.setattr(under_test, "DNS_RETRY_S", 0.01)
    monkeypatch.setattr(under_test, "DNS_REFRESH_SHARE", 0.0)

    async def run() -> None:
        async with name_server("one 100 IN A 192.0.2.1") as server:
            bench = Bench(DnsResolver(DnsConfig((server.address,), 0.5)), "one.p.example")
            try:
                await scenario(server, bench)
            finally:
                await bench.lookup.stop()

    run_real(run())


def test_a_first_answer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(server: NameServer, bench: Bench) -> None:
        with pytest.raises(DnsError, match="has not been looked up yet"):
            bench.lookup.targets()
        await asyncio.wait_for(bench.lookup.start(), WAIT_S)
        assert bench.lookup.targets() == [Target("TCP", "192.0.2.1", 5060)]
        assert await bench.next() == ["192.0.2.1"]

    keep(scenario, monkeypatch)


def test_answers_are_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(server: NameServer, bench: Bench) -> None:
        await bench.lookup.start()
        server.holds("one 100 IN A 192.0.2.2")
        while await bench.next() != ["192.0.2.2"]:
            pass
        assert bench.lookup.targets() == [Target("TCP", "192.0.2.2", 5060)]

    keep(scenario, monkeypatch)


def test_an_answer_outlives_a_fault_until_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(server: NameServer, bench: Bench) -> None:
        await bench.lookup.start()
        server.refuses = True
        asked = server.asked.total()
        async with asyncio.timeout(WAIT_S):
            while True:
                if server.asked.total() > asked + 2:
                    break
                await asyncio.sleep(0)
        assert bench.lookup.targets(), "it is still valid"
        bench.time += 101.0
        with pytest.raises(DnsError):
            bench.lookup.targets()
        while await bench.next() != []:
            pass
        with pytest.raises(DnsError, match=r"DNS: A of one\.p\.example: "):
            bench.lookup.targets()
        server.refuses = False
        assert await bench.next() in ([], ["192.0.2.1"])

    keep(scenario, monkeypatch)


def test_a_name_that_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(server: NameServer, bench: Bench) -> None:
        server.holds("two 100 IN A 192.0.2.2")
        await asyncio.wait_for(bench.lookup.start(), WAIT_S)
        with pytest.raises(DnsError, match="DNS knows no server of sip:one"):
            bench.lookup.targets()
        server.holds("one 100 IN A 192.0.2.1")
        while await bench.next() != ["192.0.2.1"]:
            pass
        assert bench.lookup.targets()

    keep(scenario, monkeypatch)


def test_stop_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(server: NameServer, bench: Bench) -> None:
        await bench.lookup.start()
        await bench.lookup.stop()
        assert len(asyncio.all_tasks()) == 1

    keep(scenario, monkeypatch)
