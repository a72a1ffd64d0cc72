"""The media relay: TS 23.280 5.2.9.1, RFC 3550, RFC 4961."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import NamedTuple

import pytest

from mcsip.errors import NetworkError
from mcsip.net.media_ports import MediaPort, MediaPorts, MemoryPorts, OnDatagram, SocketPorts
from mcsip.net.rtp import Learning, MediaRelay, RelaySide, RelayTable
from mcsip.net.rtp_packet import RtpPacket, build_goodbye, build_rtp
from mcsip.net.virtual import run_real, run_virtual
from mcsip.trace import Peer

A, B = RelaySide.A, RelaySide.B
Run = Callable[[Coroutine[object, object, None]], None]


def rtp(number: int) -> bytes:
    return build_rtp(RtpPacket(0, number, number * 160, 1, b"audio"))


class Party(NamedTuple):
    """A party: its ports, and what has arrived there."""

    rtp: MediaPort
    rtcp: MediaPort
    got: "asyncio.Queue[tuple[bytes, Peer]]"

    async def next(self) -> tuple[bytes, Peer]:
        return await asyncio.wait_for(self.got.get(), 5)


def party(ports: MediaPorts, host: str) -> Party:
    got: asyncio.Queue[tuple[bytes, Peer]] = asyncio.Queue()

    def take(data: bytes, source: Peer) -> None:
        got.put_nowait((data, source))

    return Party(*ports.open_pair(host, take, take), got)


def after(address: Peer) -> Peer:
    return Peer(address.host, address.port + 1)


@pytest.mark.parametrize(
    ("kind", "run"), [(SocketPorts, run_real), (MemoryPorts, run_virtual)], ids=["UDP", "memory"]
)
def test_rtp_and_rtcp_in_both_directions(kind: Callable[[], MediaPorts], run: Run) -> None:
    async def main() -> None:
        ports, log = kind(), list[tuple[Peer, Peer, bytes]]()
        one, other = party(ports, "127.0.0.1"), party(ports, "127.0.0.1")
        relay = MediaRelay(
            ports, "127.0.0.1", "127.0.0.1", on_packet=lambda *packet: log.append(packet)
        )
        relay.announce(A, one.rtp.local)
        relay.announce(B, other.rtp.local)
        side_a, side_b = relay.address(A), relay.address(B)
        one.rtp.send(rtp(1), side_a)
        assert await other.next() == (rtp(1), side_b)
        other.rtp.send(rtp(2), side_b)
        assert await one.next() == (rtp(2), side_a)
        one.rtcp.send(build_goodbye(1), after(side_a))
        assert await other.next() == (build_goodbye(1), after(side_b))
        other.rtcp.send(build_goodbye(2), after(side_b))
        assert await one.next() == (build_goodbye(2), after(side_a))
        assert log == [
            (one.rtp.local, side_a, rtp(1)),
            (side_b, other.rtp.local, rtp(1)),
            (other.rtp.local, side_b, rtp(2)),
            (side_a, one.rtp.local, rtp(2)),
            (one.rtcp.local, after(side_a), build_goodbye(1)),
            (after(side_b), other.rtcp.local, build_goodbye(1)),
            (other.rtcp.local, after(side_b), build_goodbye(2)),
            (after(side_a), one.rtcp.local, build_goodbye(2)),
        ]
        for side in RelaySide:
            counted = relay.counters[side]
            assert (counted.packets, counted.octets) == (1, len(rtp(1)))
            assert (counted.control_packets, counted.control_octets) == (1, 8)
            assert not counted.dropped
        relay.close()
        relay.close()
        assert relay.closed
        for port in (one.rtp, one.rtcp, other.rtp, other.rtcp):
            port.close()

    run(main())


@pytest.mark.parametrize(
    ("learning", "elsewhere", "same_host", "answered"),
    [
        (Learning.NOTHING, False, True, "announced"),
        (Learning.PORT, False, True, "source"),
        (Learning.ANY, True, True, "source"),
    ],
)
def test_who_is_listened_to_and_where_it_is_answered(
    learning: Learning, elsewhere: bool, same_host: bool, answered: str
) -> None:
    """RFC 4961; a stranger does not take a stream over."""

    async def main() -> None:
        ports = MemoryPorts()
        announced, behind = party(ports, "10.0.0.1"), party(ports, "10.0.0.1")
        stranger, other = party(ports, "10.0.0.66"), party(ports, "10.0.0.2")
        for who, heard in ((stranger, elsewhere), (behind, same_host)):
            relay = MediaRelay(ports, "10.0.0.9", "10.0.0.9", learning=learning)
            relay.announce(A, announced.rtp.local)
            relay.announce(B, other.rtp.local)
            who.rtp.send(rtp(1), relay.address(A))
            await asyncio.sleep(1)
            assert other.got.empty() is not heard
            assert relay.counters[A].dropped["stranger"] == (0 if heard else 1)
            if not heard:
                continue
            other.got.get_nowait()
            other.rtp.send(rtp(2), relay.address(B))
            await asyncio.sleep(1)
            expected = announced if answered == "announced" else who
            assert expected.got.get_nowait()[0] == rtp(2)
            relay.close()

    run_virtual(main())


def test_once_learnt_nobody_else_is_listened_to_until_something_new_is_announced() -> None:
    async def main() -> None:
        ports = MemoryPorts()
        first, second, other = (party(ports, f"10.0.0.{n}") for n in (1, 1, 2))
        relay = MediaRelay(ports, "10.0.0.9", "10.0.0.9")
        relay.announce(A, first.rtp.local)
        relay.announce(B, other.rtp.local)
        first.rtp.send(rtp(1), relay.address(A))
        await asyncio.sleep(1)
        second.rtp.send(rtp(2), relay.address(A))
        await asyncio.sleep(1)
        assert relay.counters[A].dropped["stranger"] == 1
        relay.announce(A, first.rtp.local)  # the same again: nothing is forgotten
        second.rtp.send(rtp(3), relay.address(A))
        await asyncio.sleep(1)
        assert relay.counters[A].dropped["stranger"] == 2
        relay.announce(A, second.rtp.local)
        second.rtp.send(rtp(4), relay.address(A))
        await asyncio.sleep(1)
        assert [other.got.get_nowait()[0] for _ in range(other.got.qsize())] == [rtp(1), rtp(4)]

    run_virtual(main())


def test_what_is_dropped_is_counted() -> None:
    async def main() -> None:
        ports = MemoryPorts()
        one, other = party(ports, "10.0.0.1"), party(ports, "10.0.0.2")
        relay = MediaRelay(ports, "10.0.0.9", "10.0.0.9")
        one.rtp.send(rtp(1), relay.address(A))  # nothing is announced: whoever sends is a stranger
        await asyncio.sleep(1)
        relay.announce(A, one.rtp.local)
        one.rtp.send(rtp(1), relay.address(A))  # the other party receives nothing
        one.rtp.send(b"SIP/2.0 200 OK", relay.address(A))
        one.rtcp.send(rtp(1), after(relay.address(A)))  # RTP at the port of RTCP
        await asyncio.sleep(1)
        relay.announce(B, other.rtp.local)
        relay._ways[B, False].port.close()
        one.rtp.send(rtp(1), relay.address(A))
        await asyncio.sleep(1)
        assert relay.counters[A].dropped == {
            "stranger": 1,
            "nowhere": 1,
            "no packet": 2,
            "not sent": 1,
        }
        assert relay.counters[A].packets == 0
        assert other.got.empty()

    run_virtual(main())


def test_rtcp_elsewhere_than_at_the_next_port() -> None:
    """RFC 3605."""

    async def main() -> None:
        ports = MemoryPorts()
        one, other, apart = (party(ports, f"10.0.0.{n}") for n in (1, 2, 2))
        relay = MediaRelay(ports, "10.0.0.9", "10.0.0.9")
        relay.announce(A, one.rtp.local)
        relay.announce(B, other.rtp.local, apart.rtcp.local)
        one.rtcp.send(build_goodbye(1), after(relay.address(A)))
        assert (await apart.next())[0] == build_goodbye(1)

    run_virtual(main())


def test_when_no_ports_are_left_nothing_stays_open() -> None:
    class Few(MemoryPorts):
        """One pair, and no more."""

        def open_pair(
            self, host: str, on_rtp: OnDatagram, on_rtcp: OnDatagram
        ) -> tuple[MediaPort, MediaPort]:
            if self.bound:
                raise NetworkError("none left")
            return super().open_pair(host, on_rtp, on_rtcp)

    async def main() -> None:
        ports = Few()
        with pytest.raises(NetworkError):
            MediaRelay(ports, "10.0.0.9", "10.0.0.9")
        assert not ports.bound

    run_virtual(main())


def test_a_table_is_bounded_and_closes_what_it_opened() -> None:
    async def main() -> None:
        ports = MemoryPorts()
        table = RelayTable(ports, limit=2)
        first = table.open("a", "10.0.0.9", "10.0.0.9")
        assert table.open("a", "10.0.0.9", "10.0.0.9") is first
        table.open("b", "10.0.0.9", "10.0.0.9")
        with pytest.raises(NetworkError, match="2 media relays"):
            table.open("c", "10.0.0.9", "10.0.0.9")
        table.close("a")
        table.close("a")
        assert (first.closed, len(table)) == (True, 1)
        table.close_all()
        assert (len(table), ports.bound) == (0, {})

    run_virtual(main())
