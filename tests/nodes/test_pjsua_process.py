"""A program in a process of its own: asked, watched, ended; with programs that misbehave."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine

import pytest

from mcsip.errors import BeyondError, MissingToolError
from mcsip.nodes import pjsua_process
from mcsip.nodes.pjsua_process import CrashedError, Line, PjsuaProcess, RefusedError

HEAD = """
import json, os, signal, sys, time
def tell(**line): print(json.dumps(line), flush=True)
def log(text): print(text, file=sys.stderr, flush=True)
log("it has begun")
"""
ECHO = """
for line in sys.stdin:
    line = json.loads(line)
    if line["do"] == "refuse": tell(answer=line["number"], error="no", cannot=False)
    elif line["do"] == "cannot": tell(answer=line["number"], error="never", cannot=True)
    elif line["do"] == "event": tell(event="happened"); tell(answer=line["number"])
    elif line["do"] == "garbage": print("garbage", flush=True); tell(answer=line["number"])
    elif line["do"] == "die": log("so be it"); os.kill(os.getpid(), line["signal"])
    elif line["do"] == "leave": sys.exit(line["status"])
    elif line["do"] == "sleep": pass
    else: tell(answer=line["number"], said=line["do"])
"""
DEAF = "tell(event='beat'); signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


class Watched:
    """A process, and what it told."""

    def __init__(self, program: str, **options: float) -> None:
        self.events: list[Line] = []
        self.crashes: list[CrashedError] = []
        self.process = PjsuaProcess(
            "alice-ue",
            self.events.append,
            self.crashes.append,
            program=("-c", HEAD + program),
            **options,
        )


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pjsua_process, "check_installed", lambda: None)


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def run(test: Coroutine[object, object, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 30))


def test_commands_are_answered_and_events_told() -> None:
    async def test() -> None:
        watched = Watched(ECHO)
        process = watched.process
        await process.start()
        assert process.running
        assert (await process.ask("hello"))["said"] == "hello"
        answers = await asyncio.gather(*(process.ask(f"number {n}") for n in range(20)))
        assert [answer["said"] for answer in answers] == [f"number {n}" for n in range(20)]
        await process.ask("event")
        assert watched.events == [{"event": "happened"}]
        await process.ask("garbage")
        assert (await process.ask("still"))["said"] == "still"
        await process.stop()
        with pytest.raises(CrashedError, match="does not run"):
            await process.ask("hello")
        assert "it has begun" in process.log
        assert watched.crashes == []

    run(test())


def test_what_cannot_be_done_is_told_from_what_was_refused() -> None:
    async def test() -> None:
        process = Watched(ECHO).process
        await process.start()
        with pytest.raises(RefusedError, match="alice-ue: no"):
            await process.ask("refuse")
        with pytest.raises(BeyondError, match="alice-ue: never"):
            await process.ask("cannot")
        await process.stop()

    run(test())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV])
def test_a_crash_is_told_once_with_the_last_lines_of_the_log(number: signal.Signals) -> None:
    async def test() -> None:
        watched = Watched(ECHO)
        process = watched.process
        await process.start()
        waiting = asyncio.ensure_future(process.ask("sleep"))
        with pytest.raises(CrashedError, match=f"was ended by {number.name}") as error:
            await process.ask("die", {"signal": int(number)})
        assert "so be it" in str(error.value)
        with pytest.raises(CrashedError):
            await waiting
        assert len(watched.crashes) == 1
        with pytest.raises(CrashedError, match=f"was ended by {number.name}"):
            await process.ask("hello")
        await process.stop()
        assert len(watched.crashes) == 1

    run(test())


def test_an_end_by_itself_is_a_crash() -> None:
    async def test() -> None:
        watched = Watched(ECHO)
        await watched.process.start()
        with pytest.raises(CrashedError, match="ended by itself with exit status 3"):
            await watched.process.ask("leave", {"status": 3})
        await watched.process.stop()

    run(test())


def test_no_answer_in_time_ends_the_program() -> None:
    async def test() -> None:
        watched = Watched(ECHO)
        await watched.process.start()
        pid = watched.process.pid
        with pytest.raises(CrashedError, match=r"did not answer 'sleep' within 0\.2 s"):
            await watched.process.ask("sleep", within_s=0.2)
        await until(lambda: not watched.process.running)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        await watched.process.stop()
        assert len(watched.crashes) == 1

    run(test())


def test_silence_is_a_hang_also_when_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pjsua_process, "START_S", 0.3)

    async def test() -> None:
        watched = Watched("time.sleep(60)", silence_s=0.2)
        await watched.process.start()
        await until(lambda: bool(watched.crashes))
        assert "has said nothing for 0.2 s" in str(watched.crashes[0])
        await until(lambda: not watched.process.running)
        await watched.process.stop()

    run(test())


def test_a_program_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pjsua_process, "STOP_S", 0.3)

    async def test() -> None:
        watched = Watched(DEAF)
        await watched.process.start()
        pid = watched.process.pid
        await watched.process.stop()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        assert watched.crashes == []

    run(test())


def test_it_can_be_started_again() -> None:
    async def test() -> None:
        process = Watched(ECHO).process
        for _ in range(2):
            await process.start()
            assert (await process.ask("hello"))["said"] == "hello"
            await process.stop()
        with pytest.raises(CrashedError, match="does not run"):
            await process.ask("hello")

    run(test())


def test_a_line_longer_than_any_of_ours_is_a_crash() -> None:
    async def test() -> None:
        watched = Watched("print('x' * 3_000_000, flush=True); time.sleep(60)")
        await watched.process.start()
        await until(lambda: bool(watched.crashes))
        assert "was ended by SIGKILL" in str(watched.crashes[0])
        await watched.process.stop()

    run(test())


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(MissingToolError, match=r"pip install 'mcsip\[pjsua2\]'; there are wheels"):
        pjsua_process.check_installed()
