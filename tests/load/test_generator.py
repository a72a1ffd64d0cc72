"""The open loop, in virtual time: what is offered, who takes it, and from when latencies count."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from mcsip.load.failure import CRASH, Kind
from mcsip.load.generator import Generator
from mcsip.load.pace import Pace, parse_steps, steady
from mcsip.load.statistics import LIMIT, NO_FREE_USER, Statistics
from mcsip.load.user import CALL, RESET
from mcsip.net.clock import running_clock
from mcsip.net.virtual import VirtualLoop, run_virtual

from .world import Told


@dataclass
class Ran:
    """What came of a run."""

    statistics: Statistics
    users: list[Told]
    elapsed_s: float

    @property
    def begun(self) -> list[tuple[float, float]]:
        return sorted(call for user in self.users for call in user.begun)


def run(
    pace: Pace,
    takes_s: Mapping[int, float],
    *,
    users: int = 100,
    limit: int | None = None,
    grace_s: float = 100.0,
    reset_s: float = 0.0,
    end_at: tuple[float, ...] = (),
    rng: random.Random | None = None,
) -> Ran:
    """Run users whose calls take so long, by the second in which they are due; -1: all others."""

    async def main() -> Ran:
        statistics = Statistics(["migrate"])
        told = [Told(number, statistics, takes_s, reset_s) for number in range(1, users + 1)]
        generator = Generator(
            told, pace, statistics, running_clock(), limit=limit, grace_s=grace_s, rng=rng
        )
        loop = asyncio.get_running_loop()
        for at in end_at:
            loop.call_at(at, generator.end)
        await generator.run()
        return Ran(statistics, told, loop.time())

    return run_virtual(main())


def test_a_peer_that_stalls_does_not_slow_the_offered_load() -> None:
    # what is due in seconds 3 and 4 takes until second 5: the peer stalls for two seconds
    stalled = {3: 2.0, 4: 1.0, -1: 0.01}
    ran = run(Pace(steady(10, 10)), stalled)
    assert ran.statistics.due == ran.statistics.begun == 100
    assert [due for due, _ in ran.begun] == pytest.approx([n / 10 for n in range(100)])
    assert all(at == pytest.approx(due, abs=0.001) for due, at in ran.begun)
    assert max(point.outstanding for point in ran.statistics.points) >= 10


def test_latencies_count_from_when_a_call_was_due() -> None:
    # one user, and a call of 0.5 s: a loop that waits would never see more than 0.5 s
    ran = run(Pace(steady(10, 1)), {0: 0.5}, users=10)
    assert ran.statistics.calls.latency.max_s == pytest.approx(0.5, abs=0.001)

    async def late() -> Statistics:
        statistics = Statistics(["migrate"])
        users = [Told(number, statistics, {-1: 0.0}) for number in range(1, 21)]
        generator = Generator(users, Pace(steady(10, 1)), statistics, running_clock())
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)

        def block() -> None:  # this process does something else for a second
            loop._virtual_now += 1.0

        loop.call_at(0.35, block)
        await generator.run()
        return statistics

    statistics = run_virtual(late())
    assert statistics.begun == 10
    assert statistics.lag.max_s == pytest.approx(0.95, abs=0.01)  # due at 0.4, begun at 1.35
    assert statistics.calls.latency.max_s == pytest.approx(0.95, abs=0.01)


def test_steps_are_offered_one_after_the_other() -> None:
    ran = run(Pace(parse_steps("2:5,20:5")), {-1: 0.01})
    begun = [at for _, at in ran.begun]
    assert [sum(second <= at < second + 1 for at in begun) for second in (0, 4, 5, 9)] == [
        2,
        2,
        20,
        20,
    ]
    assert len(begun) == 110


def test_users_take_turns() -> None:
    ran = run(Pace(steady(1, 9)), {-1: 0.01}, users=3)
    assert [[int(due) for due, _ in user.begun] for user in ran.users] == [
        [0, 3, 6],
        [1, 4, 7],
        [2, 5, 8],
    ]


def test_a_user_who_is_in_a_call_is_passed_over() -> None:
    ran = run(Pace(steady(1, 6)), {0: 2.5, -1: 0.01}, users=2)
    assert [[int(due) for due, _ in user.begun] for user in ran.users] == [[0, 4], [1, 2, 3, 5]]
    assert not ran.statistics.missed


def test_where_no_user_is_free_the_call_is_not_made() -> None:
    ran = run(Pace(steady(1, 6)), {0: 2.5, -1: 0.01}, users=1)
    assert ran.statistics.missed == {NO_FREE_USER: 2}
    assert (ran.statistics.due, ran.statistics.begun, ran.statistics.failures) == (6, 4, 2)


def test_no_more_calls_under_way_than_are_allowed() -> None:
    ran = run(Pace(steady(10, 2)), {-1: 1.0}, users=100, limit=5)
    assert max(point.outstanding for point in ran.statistics.points) == 5
    assert ran.statistics.missed[LIMIT] == 10


def test_users_at_random_repeat_from_the_seed() -> None:
    def who(seed: int) -> list[int]:
        ran = run(Pace(steady(10, 3)), {-1: 0.01}, users=10, rng=random.Random(seed))
        return [user.number for user in ran.users for _ in user.begun]

    assert who(1) == who(1)
    assert who(1) != who(2)


def test_a_call_that_does_not_end_within_the_grace_has_failed() -> None:
    ran = run(Pace(steady(1, 3)), {1: 1000.0, -1: 0.01}, grace_s=5.0)
    assert ran.elapsed_s == pytest.approx(8.0, abs=0.1)
    assert ran.statistics.steps["migrate"].reasons == {Kind.UNFINISHED: 1}
    assert (ran.statistics.calls.ok, ran.statistics.calls.failed) == (2, 1)
    assert ran.statistics.outstanding == 0


def test_a_reset_that_does_not_end_within_the_grace_is_no_second_end_of_its_call() -> None:
    ran = run(Pace(steady(10, 2)), {-1: 0.01}, reset_s=3.0, grace_s=2.0)
    statistics = ran.statistics
    assert (statistics.begun, statistics.calls.ok, statistics.calls.failed) == (20, 20, 0)
    assert statistics.steps[RESET].reasons == {Kind.UNFINISHED: 10}  # of what was due from 1 s on
    assert (statistics.not_reset, statistics.failures) == (10, 10)
    assert (statistics.outstanding, statistics.points[-1].outstanding) == (0, 0)
    assert sum(point.not_reset for point in statistics.points) == 10


def test_a_user_who_is_on_the_way_home_is_under_way() -> None:
    ran = run(Pace(steady(10, 3)), {-1: 0.01}, reset_s=0.95)
    assert [point.outstanding for point in ran.statistics.points[:3]] == [9, 9, 9]


def test_ended_early_no_call_is_begun_and_those_under_way_may_finish() -> None:
    ran = run(Pace(steady(10, 100)), {-1: 0.5}, end_at=(2.0,))
    assert ran.statistics.due == pytest.approx(20, abs=1)
    assert ran.statistics.calls.ok == ran.statistics.begun
    assert ran.elapsed_s < 3


def test_ended_twice_nothing_is_waited_for() -> None:
    ran = run(Pace(steady(10, 100)), {-1: 50.0}, end_at=(2.0, 3.0))
    assert ran.elapsed_s == pytest.approx(3.0, abs=0.1)
    assert ran.statistics.calls.failed == ran.statistics.begun


def test_a_fault_of_a_user_is_counted_and_the_load_goes_on() -> None:
    class Faulty(Told):
        async def migrate(self, due: float) -> None:
            if int(due) == 1:
                raise ZeroDivisionError("a bug")
            await super().migrate(due)

    async def main() -> Statistics:
        statistics = Statistics(["migrate"])
        users = [Faulty(number, statistics, {-1: 0.01}) for number in (1, 2)]
        await Generator(users, Pace(steady(1, 4)), statistics, running_clock()).run()
        return statistics

    statistics = run_virtual(main())
    assert statistics.calls.ok == 3
    assert statistics.calls.reasons == {CRASH: 1}
    assert statistics.functional == 1


def test_a_fault_on_the_way_home_is_not_one_of_the_call() -> None:
    class Faulty(Told):
        async def go_home(self) -> None:
            raise ZeroDivisionError("a bug")

    async def main() -> Statistics:
        statistics = Statistics(["migrate"])
        users = [Faulty(number, statistics, {-1: 0.01}, 1.0) for number in (1, 2)]
        await Generator(users, Pace(steady(1, 4)), statistics, running_clock()).run()
        return statistics

    statistics = run_virtual(main())
    assert (statistics.calls.ok, statistics.calls.failed) == (4, 0)
    assert statistics.steps[RESET].reasons == {CRASH: 4}
    assert (statistics.functional, statistics.failures) == (4, 4)


@pytest.mark.parametrize(("rate", "calls", "duration_s"), [(1, 1, 1.0), (10, 2, 0.2)])
def test_a_number_of_calls_takes_as_long_as_its_rate_says(
    rate: float, calls: int, duration_s: float
) -> None:
    ran = run(Pace(steady(rate, 60), calls=calls), {-1: 0.01})
    assert ran.statistics.begun == calls
    assert ran.elapsed_s == pytest.approx(duration_s, abs=0.001)


def test_what_is_due_at_the_end_of_a_part_belongs_to_the_next() -> None:
    ran = run(Pace(parse_steps("10:2,40:3,5:2")), {-1: 0.01})
    assert [point.begun for point in ran.statistics.points] == [10, 10, 40, 40, 40, 5, 5]


def test_points_cover_the_whole_time() -> None:
    ran = run(Pace(steady(5, 4)), {-1: 0.01})
    assert [point.at_s for point in ran.statistics.points] == pytest.approx([1, 2, 3, 4], abs=0.1)
    assert sum(point.ok for point in ran.statistics.points) == ran.statistics.steps[CALL].ok == 20
