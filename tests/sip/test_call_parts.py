"""Parts of calls: the repeated 2xx (RFC 3261 13.3.1.4), random numbers, users of transactions."""

import pytest

from mcsip.sip.build import build_response
from mcsip.sip.call_parts import FinalUser, ignore, pick
from mcsip.sip.message import Response

from .calls import LetterIds, PuppetWorld, World, messages


def test_the_intervals_of_a_2xx() -> None:
    """13.3.1.4: T1, doubled until T2, for 64*T1; then BYE."""
    world = World()
    world.call()
    world.wire.lose_if = lambda data: data.startswith(b"ACK")
    world.do(world.bob.incoming.accept)
    times, count = [0.0], 1
    while world.wire.now < 32.2:
        world.wire.pass_time(0.25)
        sent = sum(
            data.startswith(b"SIP/2.0 200 OK\r\n") and b"INVITE\r\n" in data
            for data in world.wire.between("bob", "alice")
        )
        if sent > count:
            times.append(world.wire.now)
            count = sent
    assert times == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert any(data.startswith(b"BYE") for data in world.wire.between("bob", "alice"))


def test_nothing_is_repeated_after_the_ack() -> None:
    """13.3.1.4: retransmissions cease when an ACK is received."""
    world = World()
    world.establish()
    world.wire.pass_time(60)
    ok = [m for m in messages(world.alice, world) if isinstance(m, Response) and m.status == 200]
    assert len(ok) == 1


@pytest.mark.parametrize("count", [1, 11, 191, 201])
def test_numbers_are_spread(count: int) -> None:
    ids = LetterIds("x")
    numbers = [pick(ids, count) for _ in range(3000)]
    assert set(numbers) <= set(range(count))
    assert len(set(numbers)) > count * 0.9


def test_the_user_of_what_only_ends() -> None:
    """15.1.1: a final response, a timeout, or an error."""
    world = PuppetWorld()
    world.call()
    transaction = next(iter(world.alice.stack.clients.values()))
    heard: list[int] = []
    user = FinalUser(heard.append)
    user.on_response(transaction, build_response(world.puppet.last, 180))
    assert heard == []
    user.on_response(transaction, build_response(world.puppet.last, 481))
    user.on_timeout(transaction)
    user.on_transport_error(transaction, "x")
    assert heard == [481, 408, 503]  # 8.1.3.1
    ignore(200)
