"""Whole loads in virtual time: records agree, rules hold, seeds repeat, a peer that stalls."""

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mcsip.exchanges import find_exchanges
from mcsip.load.jsonreport import report_of
from mcsip.load.progress import Observer
from mcsip.load.run import LoadResult, run_load
from mcsip.load.statistics import NO_FREE_USER
from mcsip.load.text import render_result
from mcsip.load.threshold import NO_FAILURE
from mcsip.load.user import CALL
from mcsip.load.verdict import LoadVerdict, ending_of
from mcsip.mc.messages import REQUEST
from mcsip.migration.agreement import SystemRecords
from mcsip.net.network import TransportError
from mcsip.nodes import agreement
from mcsip.nodes.agreement import Agree
from mcsip.nodes.client import Client
from mcsip.nodes.client_outcome import MigrationOutcome
from mcsip.nodes.mc_gateway import McGateway
from mcsip.store.port import Store
from mcsip.topology.injection import Order, read_injection

from .world import job, loaded, shipped

DRIVEN = (
    "authorization/success", "authorization/refused-profile-not-permitted", "onward/success",
    "return-home/success", "data/forwarded", "calls/forwarded", "calls/redirected",
    "general/triggered-by-the-primary", "without-interconnection/success",
)  # fmt: skip


@pytest.mark.parametrize("name", DRIVEN)
def test_a_procedure_under_load_ends_well_with_users_who_call_again(name: str) -> None:
    result = loaded(name, users=8, rate=4.0, duration_s=5.0, sample_every=4)
    statistics = result.statistics
    assert (statistics.due, statistics.failures, statistics.details) == (20, 0, [])
    assert result.agreement.verdict is Agree.YES
    assert result.sampled is not None
    assert (result.sampled.users, result.sampled.broken) == (2, [])
    assert result.sampled.check.messages > 0
    assert result.faults == ()


def test_records_of_all_users_are_compared() -> None:
    found = loaded(users=20, rate=10.0, duration_s=2.0, reset=False).agreement
    assert (found.verdict, found.away, found.visitors) == (Agree.YES, 20, 20)


def test_a_half_migrated_user_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    forgetful = "sip:alice-3@primary.example"
    read = agreement._records

    def forget(domain: str, store: Store) -> SystemRecords:
        records = read(domain, store)
        users = tuple(each for each in records.users if each.user != forgetful)
        return replace(records, users=users)

    monkeypatch.setattr(agreement, "_records", forget)
    wanted = job(users=5, rate=5.0, duration_s=1.0, reset=False)
    result = run_load(replace(wanted, quiet_s=1.0))
    assert result.agreement.verdict is Agree.NO
    assert [each.user for each in result.agreement.found] == [forgetful]


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("mcsip.load.run.settled_agreement", "ZeroDivisionError: a bug"),
        ("mcsip.load.run.check_trace", "the rules could not be asked: ZeroDivisionError: a bug"),
    ],
)
def test_nothing_that_fails_after_the_calls_costs_the_result(
    where: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(where, broken)
    result = loaded(users=2, rate=2.0, duration_s=1.0, sample_every=1)
    assert result.statistics.calls.ok == 2
    ending = ending_of(result)
    assert ending.verdict is LoadVerdict.ERROR
    assert reason in ending.reasons[0]


def test_who_is_followed_no_further_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcsip.load.sample.MAX_KEPT", 100)
    result = loaded(users=8, rate=1.0, duration_s=8.0, sample_every=1)
    sampled = result.sampled
    assert sampled is not None
    assert (sampled.users + sampled.cut, sampled.broken) == (8, [])
    assert 0 < sampled.users < 8
    assert f"enough: {sampled.cut} no further" in render_result(result)
    rules = report_of(result).rules
    assert rules is not None
    assert (rules.users, rules.cut) == (sampled.users, sampled.cut)
    assert ending_of(result).verdict is LoadVerdict.PASS


class Heard(Observer):
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.notices: list[str] = []

    def on_notice(self, text: str) -> None:
        self.notices.append(text)


def test_users_who_are_away_from_an_earlier_run_are_told_of(tmp_path: Path) -> None:
    def notices(users: int) -> list[str]:
        wanted = job(users=users, rate=4.0, duration_s=1.0, reset=False)
        options = replace(wanted.options, data_dir=tmp_path)
        observer = Heard()
        run_load(replace(wanted, options=options), observer)
        return observer.notices

    assert notices(1) == []
    assert notices(4)[0].startswith("sip:alice-1@primary.example is away since an earlier run:")
    assert notices(4)[0].startswith("4 users of the load are away since an earlier run:")


@pytest.mark.parametrize("name", ["calls/cancelled", "return-home/retention"])
def test_scenarios_that_let_time_pass_end_within_the_grace(name: str) -> None:
    wanted = job(shipped(name), users=60, rate=1.0, duration_s=3.0, reset=False)
    observer = Heard()
    result = run_load(replace(wanted, grace_s=10 + wanted.plan.idle_s), observer)
    assert result.statistics.failures == 0, result.statistics.details
    assert result.statistics.calls.ok == 3
    assert not observer.notices  # 3 calls never take more than 60 users


def test_too_few_users_for_calls_that_last_are_told_of_before() -> None:
    observer = Heard()
    run_load(job("calls/by-partner-id", users=5, rate=10.0, duration_s=1.0), observer)
    assert observer.notices == ["each call lets 1 s pass: at 10/s it takes more than 10 users (-n)"]


def test_the_same_seed_gives_the_same_load_and_another_one_another() -> None:
    def measured(seed: int) -> tuple[object, ...]:
        result = loaded("onward/success", users=3, seed=seed, sample_every=1)
        assert result.sampled is not None
        octets = [entry.data for entry in result.sampled.trace.entries]
        return report_of(result).steps, octets

    assert measured(1) == measured(1)
    assert measured(1)[1] != measured(2)[1]


class Stall:
    """A gateway that takes nothing in for a while, and then everything at once.

    Args:
        begin_s, end_s: of the loop's time.
    """

    def __init__(self, begin_s: float, end_s: float) -> None:
        self._begin_s, self._end_s = begin_s, end_s

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real, stall = McGateway.start, self

        async def start(gateway: McGateway) -> None:
            await real(gateway)
            loop = asyncio.get_running_loop()
            receive = gateway.endpoint.handle_received

            def late(*what: Any) -> None:
                if stall._begin_s <= loop.time() < stall._end_s:
                    loop.call_at(stall._end_s, partial(receive, *what))
                else:
                    receive(*what)

            monkeypatch.setattr(gateway.endpoint, "handle_received", late)

        monkeypatch.setattr(McGateway, "start", start)


def stalled(monkeypatch: pytest.MonkeyPatch, users: int) -> LoadResult:
    Stall(4.0, 6.0).install(monkeypatch)
    return loaded(users=users, rate=10.0, duration_s=10.0)


def test_a_peer_that_stalls_does_not_slow_the_load_and_all_who_waited_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = stalled(monkeypatch, users=100)
    statistics = result.statistics
    assert statistics.due == statistics.begun == 100
    assert statistics.lag.max_s == pytest.approx(0.0, abs=1e-6)
    begun = [point.begun for point in statistics.points[:-1]]
    assert all(abs(count - 10) <= 1 for count in begun)
    # 20 of 100 calls were due while it stalled, from just before its end to 2 s before it
    migrate = statistics.steps["migrate"].latency
    assert migrate.count == 100
    assert migrate.percentile(75) == pytest.approx(0.01, abs=0.01)
    assert migrate.percentile(90) == pytest.approx(1.0, abs=0.15)
    assert migrate.max_s == pytest.approx(2.0, abs=0.15)
    assert result.agreement.verdict is Agree.YES


def test_with_too_few_users_calls_that_nobody_could_make_are_failures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    statistics = stalled(monkeypatch, users=5).statistics
    assert statistics.due == 100
    assert 10 <= statistics.missed[NO_FREE_USER] <= 16
    assert statistics.begun + statistics.missed.total() == 100


def test_users_of_a_file_take_the_place_of_generated_ones(tmp_path: Path) -> None:
    scenario = shipped("authorization/success")
    lines = [f"sip:u{n}@primary.example;sip:v{n}@primary.example\n" for n in range(4)]
    (tmp_path / "users.csv").write_text("RANDOM\n" + "".join(lines))
    injection = read_injection(tmp_path / "users.csv", scenario.topology)
    assert injection.order is Order.RANDOM
    wanted = replace(job(scenario, reset=False), copies=injection.copies, order=injection.order)
    result = run_load(wanted)
    assert result.statistics.failures == 0
    assert result.agreement.away == 4
    assert result.agreement.verdict is Agree.YES


def test_users_who_go_home_after_a_call_make_whole_procedures() -> None:
    def asked(*, reset: bool) -> int:
        result = loaded(users=1, rate=0.1, duration_s=50.0, sample_every=1, reset=reset)
        assert result.statistics.calls.ok == 5
        assert result.sampled is not None
        trace = result.sampled.trace
        at_primary = (e for e in find_exchanges(trace) if e.receiver == "primary.server")
        return sum(each.message == REQUEST for each in at_primary)

    assert asked(reset=True) == 5
    assert asked(reset=False) == 1  # the partner serves the user already


def test_users_who_never_get_home_make_no_second_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their second calls would be another procedure."""

    async def lost(_: Client) -> MigrationOutcome:
        raise TransportError("refused")

    monkeypatch.setattr(Client, "return_home", lost)
    result = run_load(replace(job(users=4, rate=4.0, duration_s=2.0), thresholds=(NO_FAILURE,)))
    statistics = result.statistics
    assert (statistics.due, statistics.begun) == (8, 8)
    assert (statistics.calls.ok, statistics.calls.failed, statistics.not_reset) == (4, 4, 4)
    assert statistics.steps["migrate"].ok == 4
    ending = ending_of(result)
    assert (ending.verdict, ending.reasons) == (LoadVerdict.MISSED, ("missed: failures<=0",))


def test_thresholds_are_held_against_what_was_measured() -> None:
    result = loaded(thresholds=["p95(migrate)<1s", "p95(migrate)<1us", "failures<1%"])
    assert [crossing.met for crossing in result.crossings] == [True, False, True]


def test_calls_of_a_scenario_named_call_are_told_apart_from_whole_calls() -> None:
    steps = loaded("calls/at-home", users=2, rate=1.0, duration_s=2.0).statistics.steps
    assert (steps["call"].ok, steps[CALL].ok) == (2, 2)
