"""Signals while a load runs: each ends what runs, and what was done is told of."""

import asyncio
import signal
import threading
from typing import Any

import pytest

from mcsip.load.crowd import Crowd
from mcsip.load.interruption import SIGNALS, Interruption
from mcsip.load.run import LoadResult, run_load
from mcsip.load.verdict import LoadVerdict, ending_of
from mcsip.nodes.agreement import Agree, Agreement
from mcsip.nodes.client import Client

from .world import job


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_what_runs(number: signal.Signals) -> None:
    heard: list[str] = []
    before = signal.getsignal(number)
    with Interruption() as interruption:
        interruption.ends(lambda: heard.append("ended"))
        signal.raise_signal(number)
        signal.raise_signal(number)
    assert (heard, interruption.count) == (["ended"] * 2, 2)
    assert signal.getsignal(number) is before


def test_where_nothing_can_be_ended_it_is_a_keyboard_interrupt() -> None:
    with Interruption(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)


def test_elsewhere_than_in_the_main_thread_nothing_is_done() -> None:
    before, found = signal.getsignal(signal.SIGINT), []

    def listen() -> None:
        with Interruption():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()
    assert found == [before]


def interrupted() -> LoadResult:
    with Interruption() as interruption:
        return run_load(job(users=5, rate=10.0, duration_s=10.0), None, interruption)


def test_in_the_calls_it_ends_the_load_with_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    real, registered = Client.register, 0

    async def register(client: Client, system: str) -> int:
        nonlocal registered
        registered += 1
        if registered == 20:
            signal.raise_signal(signal.SIGTERM)
        return await real(client, system)

    monkeypatch.setattr(Client, "register", register)
    result = interrupted()
    assert result.interrupted
    assert 0 < result.statistics.calls.ok == result.statistics.begun < 100
    assert result.agreement.verdict is Agree.YES


def test_in_the_wait_for_the_records_it_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    async def waiting(*_: Any, enough: asyncio.Event, **__: Any) -> Agreement:
        signal.raise_signal(signal.SIGINT)
        await enough.wait()
        return Agreement(Agree.OPEN, waiting=3)

    monkeypatch.setattr("mcsip.load.run.settled_agreement", waiting)
    result = interrupted()
    assert result.interrupted
    assert result.statistics.calls.ok == 100
    assert ending_of(result).verdict is LoadVerdict.INCONC


def test_while_the_nodes_stop_it_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Crowd.stop

    async def stop(crowd: Crowd) -> None:
        signal.raise_signal(signal.SIGINT)
        await real(crowd)

    monkeypatch.setattr(Crowd, "stop", stop)
    assert interrupted().statistics.calls.ok == 100


def test_before_the_first_call_there_is_nothing_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    async def start(_: Crowd) -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(Crowd, "start", start)
    with pytest.raises(KeyboardInterrupt):
        interrupted()
