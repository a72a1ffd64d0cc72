"""How the limits of the network shell fit to each other and to the timers of RFC 3261."""

from mcsip.net import limits
from mcsip.sip.timers import Timer, Timers

LIFETIME_S = Timers().duration(Timer.F)


def test_a_connection_that_hangs_leaves_time_for_another_try() -> None:
    assert limits.CONNECT_TIMEOUT_S + limits.HANDSHAKE_TIMEOUT_S < LIFETIME_S / 2


def test_no_transaction_loses_its_connection() -> None:
    """RFC 3261 18: kept for at least the longest time a transaction takes."""
    assert limits.IDLE_S >= LIFETIME_S
    assert limits.INCOMPLETE_S >= LIFETIME_S
    assert limits.HALF_CLOSED_S >= LIFETIME_S
    assert limits.SWEEP_S < limits.INCOMPLETE_S


def test_a_peer_is_watched_before_it_has_taken_all_memory() -> None:
    assert limits.WRITE_HIGH_WATER_OCTETS < limits.MAX_UNSENT_OCTETS
    assert limits.MAX_DATAGRAM_OCTETS == 2**16 - 1
