"""The values of the timers and the queue that they run in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.sip.timers import T1, T2, T4, TIMER_C, TIMERS, Armed, Reliable, Timer, TimerQueue, Timers


@pytest.mark.parametrize(
    ("timer", "seconds", "over_reliable"),
    [
        # RFC 3261 annex A, table 4
        (Timer.A, 0.5, None),
        (Timer.B, 32.0, 32.0),
        (Timer.D, 32.0, 0.0),
        (Timer.E, 0.5, None),
        (Timer.F, 32.0, 32.0),
        (Timer.G, 0.5, None),
        (Timer.H, 32.0, 32.0),
        (Timer.I, 5.0, 0.0),
        (Timer.J, 32.0, 0.0),
        (Timer.K, 5.0, 0.0),
        # RFC 6026 7.1, 7.2
        (Timer.L, 32.0, 32.0),
        (Timer.M, 32.0, 32.0),
        # RFC 3261 17.2.1: 200 ms
        (Timer.TRYING, 0.2, 0.2),
        # RFC 4320 4.1: E fires after 0.5, 1.5, 3.5 s and is then reset to T2
        (Timer.LATE_TRYING, 3.5, 3.5),
        # both together are timer F's 32 s
        (Timer.LIFETIME, 28.5, 28.5),
        # RFC 3261 9.1
        (Timer.CANCELLED, 32.0, 32.0),
    ],
)
def test_durations(timer: Timer, seconds: float, over_reliable: float | None) -> None:
    assert Timers().duration(timer) == seconds
    expected = {
        None: Reliable.OFF,
        0.0: Reliable.ZERO,
        seconds: Reliable.SAME,
    }[over_reliable]
    assert TIMERS[timer].reliable is expected


def test_base_values() -> None:
    """RFC 3261 17.1.1.1, 17.1.2.2; Timer C is more than 3 minutes (16.6 item 11)."""
    assert (T1, T2, T4) == (0.5, 4.0, 5.0)
    assert TIMER_C > 180
    assert Timers().duration(Timer.C) == TIMER_C


def test_every_timer_is_a_row() -> None:
    assert set(TIMERS) == set(Timer)
    assert all(row.meaning and row.clause.startswith("RFC ") for row in TIMERS.values())


def test_durations_follow_from_t1_t2_t4() -> None:
    timers = Timers(t1=0.1, t2=1.0, t4=2.0)
    assert timers.duration(Timer.F) == pytest.approx(6.4)
    assert timers.duration(Timer.K) == 2.0
    assert timers.duration(Timer.LATE_TRYING) == pytest.approx(0.1 + 0.2 + 0.4 + 0.8)
    assert Timers(t1=5.0, t2=4.0).duration(Timer.LATE_TRYING) == 0.0


def drain(queue: TimerQueue[str], now: float) -> list[tuple[str, Timer]]:
    fired = []
    while (due := queue.pop_due(now)) is not None:
        fired.append(due)
    return fired


def test_an_empty_queue_has_no_deadline() -> None:
    queue: TimerQueue[str] = TimerQueue()
    assert queue.next_deadline() is None
    assert queue.pop_due(1e9) is None
    assert len(queue) == 0


def test_timers_fire_in_the_order_of_their_deadlines() -> None:
    queue: TimerQueue[str] = TimerQueue()
    queue.arm(32.0, Timer.F, "slow", 0.0)
    queue.arm(0.5, Timer.E, "quick", 0.0)
    queue.arm(0.5, Timer.E, "later", 0.1)
    assert queue.next_deadline() == 0.5
    assert drain(queue, 0.5) == [("quick", Timer.E)]
    assert queue.next_deadline() == 0.6
    assert drain(queue, 100.0) == [("later", Timer.E), ("slow", Timer.F)]
    assert queue.next_deadline() is None


def test_a_cancelled_timer_is_gone_at_once() -> None:
    queue: TimerQueue[str] = TimerQueue()
    first = queue.arm(0.5, Timer.E, "first", 0.0)
    queue.arm(0.5, Timer.E, "second", 0.2)
    queue.cancel(first)
    assert len(queue) == 1
    assert first.owner is None
    assert queue.next_deadline() == 0.7
    queue.cancel(first)
    assert drain(queue, 1.0) == [("second", Timer.E)]


def test_a_fired_timer_may_be_cancelled() -> None:
    queue: TimerQueue[str] = TimerQueue()
    armed = queue.arm(0.5, Timer.E, "x", 0.0)
    assert drain(queue, 0.5) == [("x", Timer.E)]
    queue.cancel(armed)
    assert len(queue) == 0


def test_a_timer_armed_while_others_fire_is_seen() -> None:
    queue: TimerQueue[str] = TimerQueue()
    queue.arm(1.0, Timer.A, "a", 0.0)
    assert queue.pop_due(5.0) == ("a", Timer.A)
    queue.arm(0.0, Timer.A, "b", 5.0)
    assert queue.pop_due(5.0) == ("b", Timer.A)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("arm"), st.sampled_from([0.5, 1.0, 2.0, 4.0, 32.0])),
        st.tuples(st.just("cancel"), st.integers(0, 40)),
        st.tuples(st.just("wait"), st.sampled_from([0.0, 0.25, 0.5, 3.0, 40.0])),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(STEPS)
def test_the_queue_is_a_sorted_list(steps: list[tuple[str, float]]) -> None:
    """Whatever is armed and cancelled: what fires, and when, is what a plain list would say."""
    queue: TimerQueue[int] = TimerQueue()
    armed: dict[int, Armed[int]] = {}
    model: dict[int, float] = {}
    now = 0.0
    for number, (what, value) in enumerate(steps):
        if what == "arm":
            armed[number] = queue.arm(value, Timer.F, number, now)
            model[number] = now + value
        elif what == "cancel" and armed:
            chosen = list(armed)[int(value) % len(armed)]
            queue.cancel(armed[chosen])
            model.pop(chosen, None)
        elif what == "wait":
            now += value
            fired = []
            while (due := queue.pop_due(now)) is not None:
                fired.append(due[0])
            assert sorted(fired) == sorted(n for n, deadline in model.items() if deadline <= now)
            assert [model[n] for n in fired] == sorted(model[n] for n in fired)
            for n in fired:
                del model[n]
        assert queue.next_deadline() == min(model.values(), default=None)
        assert len(queue) == len(model)
