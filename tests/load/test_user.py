"""One user of a load: its steps, its events, and from when latencies count, in virtual time."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcsip.load.crowd import Crowd, CrowdOptions
from mcsip.load.failure import CRASH, OK, UNEXPECTED, Failure, Kind
from mcsip.load.plan import make_plan
from mcsip.load.user import CALL, RESET, StepEvent
from mcsip.net.network import TransportError
from mcsip.net.virtual import run_virtual
from mcsip.nodes.call_agent import NoAnswerError
from mcsip.nodes.client import Client
from mcsip.nodes.client_call import CallClient
from mcsip.nodes.client_outcome import MigrationOutcome
from mcsip.scenario.context import StepContext
from mcsip.scenario.load import Scenario
from mcsip.scenario.model import RunOptions
from mcsip.topology.copies import numbered_copies

from .world import shipped, written


class Heard:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.events: list[StepEvent] = []

    def on_event(self, event: StepEvent) -> None:
        self.events.append(event)

    @property
    def steps(self) -> list[str]:
        return [event.step for event in self.events]


def heard(
    scenario: Scenario,
    *,
    runs: int = 1,
    late_s: float = 0.0,
    followed: bool = False,
    reset: bool = False,
    before: Callable[[Crowd], Any] = lambda crowd: None,
) -> list[StepEvent]:
    """Return what is heard when one user makes calls that begin so much later than due."""

    async def main() -> list[StepEvent]:
        plan, listener = make_plan(scenario), Heard()
        options = CrowdOptions(1, sample_every=int(followed), settle_s=120.0, reset=reset)
        crowd = Crowd(plan, numbered_copies(scenario.topology, 1), listener, options)
        await crowd.start()
        try:
            before(crowd)
            for _ in range(runs):
                due = asyncio.get_running_loop().time()
                await asyncio.sleep(late_s)
                ended_well = await crowd.users[0].run_once(due)
                call = next(each for each in reversed(listener.events) if each.step == CALL)
                assert ended_well == (call.outcome == OK)
                await asyncio.sleep(1.0)
        finally:
            await crowd.stop()
        return listener.events

    return run_virtual(main())


def test_every_step_is_told_and_then_the_whole_call() -> None:
    events = heard(shipped("authorization/success"))
    assert [event.step for event in events] == ["authenticate", "register", "migrate", CALL]
    assert {event.outcome for event in events} == {OK}


def test_a_call_takes_as_long_as_its_steps() -> None:
    *steps, call = heard(shipped("authorization/success"))
    assert call.latency_s == pytest.approx(sum(step.latency_s for step in steps))
    assert call.latency_s > 0


def test_a_call_that_begins_late_is_measured_from_when_it_was_due() -> None:
    punctual = heard(shipped("authorization/success"))
    late = heard(shipped("authorization/success"), late_s=2.0)
    assert late[0].latency_s == pytest.approx(punctual[0].latency_s + 2.0)
    assert late[2].latency_s == pytest.approx(punctual[2].latency_s, abs=0.05)
    assert late[-1].latency_s == pytest.approx(punctual[-1].latency_s + 2.0, abs=0.05)


def test_a_user_may_call_again_and_again() -> None:
    events = heard(shipped("onward/success"), runs=4)
    assert len(events) == 4 * 5
    assert {event.outcome for event in events} == {OK}


def test_expectations_are_judged_in_the_first_call_of_a_user_who_is_followed(
    tmp_path: Path,
) -> None:
    steps = """\
  - authenticate: {client: alice-ue, in: partner}
  - expect_messages: [[alice-ue, partner.server, migration-service-authorization-request]]
"""
    scenario = written(tmp_path, steps, settle_s=1.0)
    unseen = heard(scenario)
    assert [event.step for event in unseen] == ["authenticate", CALL]
    first, expectation, call, *again = heard(scenario, followed=True, runs=2)
    assert (first.outcome, expectation.step) == (OK, "expect_messages")
    assert (expectation.outcome, expectation.kind) == (UNEXPECTED, Kind.UNEXPECTED)
    assert "own.yaml:5:" in expectation.detail
    assert call.kind is Kind.UNEXPECTED
    assert call.latency_s == first.latency_s  # what the expectation took is not counted
    assert [event.outcome for event in again] == [OK, OK]


def test_who_answers_otherwise_than_expected_is_a_functional_failure(tmp_path: Path) -> None:
    steps = """\
  - authenticate: {client: alice-ue, in: partner}
  - register: {client: alice-ue, in: partner}
  - migrate: {client: alice-ue, to: partner, profile: 1}
  - return_home: {client: alice-ue}
"""
    *_, migrate, call = heard(written(tmp_path, steps))
    assert migrate.step == "migrate"  # and nobody returned home
    assert migrate.outcome.startswith("result: refused, by: primary.server, reason: ")
    assert (migrate.kind, call.kind) == (Kind.UNEXPECTED, Kind.UNEXPECTED)
    assert "alice-ue-1 migrates to partner" in migrate.detail


@pytest.mark.parametrize(
    ("node", "kind"),
    [("partner.core", Kind.UNREACHABLE), ("primary.gateway", Kind.OVERLOADED)],
)
def test_who_cannot_be_reached_is_a_matter_of_load(node: str, kind: Kind) -> None:
    def gone(crowd: Crowd) -> None:
        asyncio.get_running_loop().create_task(crowd.simulation.stop_node(node))

    events = heard(shipped("authorization/success"), before=gone, late_s=0.5)
    assert events[-1].kind is kind
    assert not kind.is_functional


def test_a_fault_of_ours_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Client, "register", broken)
    *_, register, call = heard(shipped("authorization/success"))
    assert (register.outcome, register.kind) == (CRASH, Kind.CRASH)
    assert call.kind is Kind.CRASH


def failing(monkeypatch: pytest.MonkeyPatch, times: int, error: Exception) -> list[StepEvent]:
    """Return what is heard of three calls where the first ways home fail."""
    real, tried = Client.return_home, 0

    async def return_home(client: Client) -> MigrationOutcome:
        nonlocal tried
        tried += 1
        if tried <= times:
            raise error
        return await real(client)

    monkeypatch.setattr(Client, "return_home", return_home)
    return heard(shipped("authorization/success"), runs=3, reset=True)


STEPS = ["authenticate", "register", "migrate", CALL]


def test_a_user_who_did_not_get_home_goes_home_before_its_next_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events = failing(monkeypatch, 1, TransportError("refused"))
    assert [event.step for event in events] == [
        *(*STEPS, RESET), RESET, *(*STEPS, RESET), *(*STEPS, RESET),
    ]  # fmt: skip
    failed = [event for event in events if event.kind is not None]
    assert [(e.step, e.outcome, e.kind, e.after_ok) for e in failed] == [
        (RESET, "transport", Kind.UNREACHABLE, True)
    ]


def test_who_cannot_get_home_makes_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    events = failing(monkeypatch, 3, TransportError("refused"))
    assert [event.step for event in events] == [*STEPS, RESET, RESET, CALL, RESET, CALL]
    assert [event.after_ok for event in events if event.step == RESET] == [True, False, False]
    assert [event.kind for event in events if event.step == CALL] == [
        None,
        Kind.UNREACHABLE,
        Kind.UNREACHABLE,
    ]


def test_a_fault_of_ours_on_the_way_home_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    events = failing(monkeypatch, 1, ZeroDivisionError("a bug"))
    assert [event.outcome for event in events if event.step == RESET] == [CRASH, OK, OK, OK]


def test_what_is_broken_off_is_told_once() -> None:
    async def broken_off_after(seconds: float) -> list[StepEvent]:
        scenario = shipped("authorization/success", RunOptions(network="memory", service="mcptt"))
        listener = Heard()
        copies = numbered_copies(scenario.topology, 1)
        crowd = Crowd(make_plan(scenario), copies, listener, CrowdOptions(1, reset=True))
        await crowd.start()
        try:
            call = asyncio.ensure_future(crowd.users[0].run_once())
            await asyncio.sleep(seconds)
            crowd.users[0].break_off(Failure("too late", Kind.UNFINISHED, "too late"))
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
        finally:
            await crowd.stop()
        return listener.events

    def failed(events: list[StepEvent]) -> list[tuple[str, bool]]:
        return [(event.step, event.after_ok) for event in events if event.kind is not None]

    whole = heard(shipped("authorization/success"), reset=True)
    migrate, call = whole[2], whole[3]
    assert failed(run_virtual(broken_off_after(migrate.at - 0.001))) == [
        ("migrate", False),
        (CALL, False),
    ]
    assert failed(run_virtual(broken_off_after(call.at + 0.001))) == [(RESET, True)]


@pytest.mark.parametrize(
    ("transport", "kind", "outcome"),
    [("udp", Kind.NO_ANSWER, "request-timeout"), ("tcp", Kind.UNREACHABLE, "transport")],
)
def test_a_core_of_somebody_else_that_does_not_answer_is_a_matter_of_load(
    transport: str, kind: Kind, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(crowd: Crowd) -> None:
        asyncio.get_running_loop().create_task(crowd.simulation.stop_node("partner.core"))

    monkeypatch.setattr(StepContext, "is_foreign", lambda _, name: name.startswith("partner."))
    over = RunOptions(network="memory", transport=transport)
    events = heard(shipped("authorization/success", over), before=gone, late_s=0.5)
    assert [(e.step, e.outcome, e.kind) for e in events if e.kind is not None] == [
        ("register", outcome, kind),
        (CALL, outcome, kind),
    ]


def test_an_end_that_nobody_answers_is_a_matter_of_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unanswered(_: CallClient) -> None:
        raise NoAnswerError("nobody answered the BYE: 408")

    monkeypatch.setattr(CallClient, "hang_up", unanswered)
    events = heard(written(tmp_path, f"{AT_HOME}  - hang_up: {{client: bob-ue}}\n"))
    assert (events[-2].step, events[-2].kind) == ("hang_up", Kind.NO_ANSWER)


AT_HOME = """\
  - authenticate: {client: alice-ue, in: primary}
  - register: {client: alice-ue, in: primary}
  - authenticate: {client: bob-ue, in: primary}
  - register: {client: bob-ue, in: primary}
  - call: {from: bob-ue, to: alice-ue}
"""


def test_time_that_a_step_lets_pass_is_no_latency(tmp_path: Path) -> None:
    steps = """\
  - wait: {seconds: 7}
  - hang_up: {client: bob-ue}
  - call: {from: bob-ue, to: alice-ue, hold_s: 5}
  - call: {from: bob-ue, to: alice-ue, answer: ring, give_up_s: 3}
    expect: {result: cancelled}
"""
    events = {event.step: event for event in heard(written(tmp_path, AT_HOME + steps))}
    assert {event.outcome for event in events.values()} == {OK}
    assert all(event.latency_s < 0.1 for event in events.values())
    assert events[CALL].at > 15
    assert events[CALL].latency_s == pytest.approx(
        sum(event.latency_s for step, event in events.items() if step != CALL)
    )


def stays_of(name: str, *, reset: bool = False, broken: bool = False) -> dict[str, str]:
    """Return where a user says that it is, after one call."""

    async def main() -> dict[str, str]:
        scenario = shipped(name)
        options = CrowdOptions(1, settle_s=120.0, reset=reset)
        crowd = Crowd(make_plan(scenario), numbered_copies(scenario.topology, 1), Heard(), options)
        await crowd.start()
        try:
            (user,) = crowd.users
            await user.run_once()
            if broken:
                calling = asyncio.ensure_future(user.run_once())
                await asyncio.sleep(0)
                calling.cancel()
                await asyncio.gather(calling, return_exceptions=True)
            return user.stays
        finally:
            await crowd.stop()

    return run_virtual(main())


def test_where_a_user_was_told_that_it_is() -> None:
    """Only of a call that ended as it should something is known."""
    assert stays_of("authorization/success") == {"sip:alice-1@primary.example": "partner.example"}
    assert stays_of("authorization/success", reset=True) == {}
    assert stays_of("return-home/success") == {}
    assert stays_of("authorization/success", broken=True) == {}


def test_what_others_sent_before_is_forgotten() -> None:
    events = heard(shipped("data/at-home"), runs=3, followed=True)
    assert {event.outcome for event in events} == {OK}
