"""Private calls by PJSIP: what its program is asked for, and what is made of what it tells."""

import asyncio
from collections.abc import Callable

import pytest

from mcsip.mc.communication import MIGRATED, PRIVATE, Communication, build_communication
from mcsip.mc.services import MCPTT
from mcsip.nodes import pjsua_calls
from mcsip.nodes.call_agent import CallError
from mcsip.nodes.calling import Answering, CallOutcome
from mcsip.nodes.media import Sent
from mcsip.nodes.pjsua_client import PjsuaClient
from mcsip.nodes.pjsua_process import CrashedError, RefusedError
from mcsip.pjsua.wire import octets_of, pack
from mcsip.sip.sdp import Direction

from .pjsua_world import Played, answer, make_client
from .world import BOB

ELSEWHERE = "sip:visitor@partner.example"


def ended(call: object, status: int = 200) -> dict[str, object]:
    return {"event": "ended", "call": call, "status": status, "reason": "Over"}


def established(call: object) -> dict[str, object]:
    return {"event": "established", "call": call, "status": 200, "reason": "OK"}


def on_call(client: PjsuaClient, program: Played, *told: dict[str, object]) -> None:
    """Let PJSIP tell this of each call that it is asked to make."""
    on_command(client, program, "call", *told)


def on_command(client: PjsuaClient, program: Played, do: str, *told: dict[str, object]) -> None:
    """Let PJSIP tell this of the call of each command of a kind."""

    def tell(line: dict[str, object]) -> dict[str, object]:
        for event in told:
            client._on_event({**event, "call": line["call"]})
        return {}

    program.answers[do] = tell


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not done():  # noqa: ASYNC110
            await asyncio.sleep(0)


def redirection() -> dict[str, object]:
    about = Communication(MCPTT, target=BOB, forwarding_reason=MIGRATED)
    fields = f"Contact: <{ELSEWHERE}>\r\nContent-Type: {MCPTT.content_type}\r\n"
    return {"event": "answered", **answer(302, "Moved", fields, build_communication(about))}


def test_a_call_is_asked_for_as_ours_asks_and_established() -> None:
    async def test() -> None:
        client, program = make_client()
        on_call(client, program, established(""))
        outcome = await client.calls.call(BOB, media=True)
        assert (outcome.result, outcome.status) == ("established", 200)
        assert client.calls.in_call
        (line,) = program.of("call")
        assert line["uri"] == client.env.directory.psi("primary.server")
        assert BOB.encode() in octets_of(line, "info")
        fields = line["fields"]
        assert isinstance(fields, list)
        assert [name for name, _ in fields].count("Accept-Contact") == 2
        on_command(client, program, "hang_up", ended(""))
        await client.calls.hang_up()
        assert not client.calls.in_call

    asyncio.run(test())


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([{"event": "answered", **answer(486)}, ended("")], CallOutcome("busy", 486)),
        ([{"event": "answered", **answer(603)}, ended("")], CallOutcome("refused", 603)),
        ([ended("", 503)], CallOutcome("failed", None, "no-answer", "Over")),
        ([redirection(), ended("")], CallOutcome("redirected", 302)),
    ],
)
def test_a_call_that_comes_to_nothing(told: list[dict[str, object]], expected: CallOutcome) -> None:
    async def test() -> None:
        client, program = make_client()
        on_call(client, program, *told)
        outcome = await client.calls.call(BOB, follow=False)
        assert (outcome.result, outcome.status) == (expected.result, expected.status)
        assert outcome.reason == expected.reason
        assert not client.calls.in_call

    asyncio.run(test())


def test_a_redirection_is_followed_with_a_new_call() -> None:
    async def test() -> None:
        client, program = make_client()

        def tell(line: dict[str, object]) -> dict[str, object]:
            call = line["call"]
            again = len(program.of("call")) > 1
            events = [established(call)] if again else [redirection(), ended(call)]
            for event in events:
                client._on_event({**event, "call": call})
            return {}

        program.answers["call"] = tell
        outcome = await client.calls.call(BOB)
        assert (outcome.result, outcome.redirected) == ("established", (ELSEWHERE,))
        first, second = program.of("call")
        assert ELSEWHERE.encode() not in octets_of(first, "info")
        assert ELSEWHERE.encode() in octets_of(second, "info")

    asyncio.run(test())


def test_a_caller_gives_up() -> None:
    async def test() -> None:
        client, program = make_client()

        def end(line: dict[str, object]) -> dict[str, object]:
            client._on_event({"event": "answered", "call": line["call"], **answer(487)})
            client._on_event(ended(line["call"], 487))
            return {}

        program.answers["hang_up"] = end
        outcome = await client.calls.call(BOB, give_up_s=0.01)
        assert (outcome.result, outcome.status) == ("cancelled", 487)

    asyncio.run(test())


@pytest.mark.parametrize(
    ("answering", "statuses"),
    [
        (Answering.ACCEPT, [180, 200]),
        (Answering.RING, [180]),
        (Answering.BUSY, [486]),
        (Answering.DECLINE, [180, 603]),
    ],
)
def test_a_call_that_comes_in(answering: Answering, statuses: list[int]) -> None:
    async def test() -> None:
        client, program = make_client()
        client.calls.answering = answering
        client._on_event(invited("in-1"))
        await until(lambda: not client._work)
        assert [line["status"] for line in program.of("answer")] == statuses
        assert client.calls.callers == [BOB]

    asyncio.run(test())


def invited(call: str, session_type: str = PRIVATE) -> dict[str, object]:
    body = build_communication(Communication(MCPTT, caller=BOB, session_type=session_type))
    head = "INVITE sip:a@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKa\r\nFrom: <sip:b@h>;tag=1"
    head += (
        f"\r\nTo: <sip:a@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Type: {MCPTT.content_type}"
    )
    octets = f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    return {"event": "invited", "call": call, "octets": pack(octets)}


def test_a_second_call_is_told_that_the_client_is_busy_and_another_kind_is_refused() -> None:
    async def test() -> None:
        client, program = make_client()
        client._on_event(invited("in-1"))
        client._on_event(established("in-1"))
        client._on_event(invited("in-2"))
        client._on_event(invited("in-3", "prearranged"))
        await until(lambda: not client._work)
        said = {line["call"]: line["status"] for line in program.of("answer")}
        assert said == {"in-1": 200, "in-2": 486, "in-3": 403}

    asyncio.run(test())


def test_audio_is_counted_by_pjsip() -> None:
    async def test() -> None:
        client, program = make_client()
        on_call(client, program, established(""))
        await client.calls.call(BOB, media=True)
        counts = iter([(10, 5, 0), (30, 24, 0), (40, 25, 0), (50, 60, 1)])

        def count(_line: dict[str, object]) -> dict[str, object]:
            sent, received, lost = next(counts, (60, 60, 1))
            return {"sent": sent, "received": received, "lost": lost}

        program.answers["counts"] = count
        sent = await client.calls.talk(25)
        assert sent.packets >= 25
        assert sent.digest == ""
        await until(lambda: client.calls.has_heard(Sent(0, 25)))
        await until(lambda: not client.calls.has_heard(Sent(0, 25)))  # one was lost
        client.calls.stop()

    asyncio.run(test())


def test_a_change_is_answered_or_not() -> None:
    async def test() -> None:
        client, program = make_client()
        with pytest.raises(CallError, match="is in no call"):
            await client.calls.change(Direction.SENDONLY)
        on_call(client, program, established(""))
        await client.calls.call(BOB)

        def change(line: dict[str, object]) -> dict[str, object]:
            client._on_event({"event": "answered", "call": line["call"], **answer(488)})
            return {}

        program.answers["change"] = change
        assert await client.calls.change(Direction.SENDONLY) == 488
        assert program.of("change")[0]["direction"] == "sendonly"
        on_command(client, program, "change", ended(""))
        with pytest.raises(CallError, match="nobody answered"):
            await client.calls.change(Direction.SENDRECV)

    asyncio.run(test())


def test_a_change_waits_while_another_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 3261 14.1: no second INVITE in a dialog; any other refusal of PJSIP is told at once."""

    async def test() -> None:
        client, program = make_client()
        on_call(client, program, established(""))
        await client.calls.call(BOB)
        busy = "pjsua_call_reinvite2() error: Invalid operation (PJ_EINVALIDOP)"
        faults = iter([busy, busy])

        def change(line: dict[str, object]) -> dict[str, object]:
            if fault := next(faults, None):
                raise RefusedError(fault)
            client._on_event({"event": "answered", "call": line["call"], **answer(200)})
            return {}

        program.answers["change"] = change
        assert await client.calls.change(Direction.SENDONLY) == 200
        assert len(program.of("change")) == 3
        faults = iter(["no memory"])
        with pytest.raises(RefusedError, match="no memory"):
            await client.calls.change(Direction.SENDRECV)
        monkeypatch.setattr(pjsua_calls, "UNDER_WAY_S", 0.0)
        faults = iter([busy])
        with pytest.raises(RefusedError, match="PJ_EINVALIDOP"):
            await client.calls.change(Direction.SENDRECV)

    monkeypatch.setattr(pjsua_calls, "UNDER_WAY_PAUSE_S", 0.0)
    asyncio.run(test())


def test_a_crash_in_a_call_is_told_to_whoever_waits() -> None:
    async def test() -> None:
        client, program = make_client()
        calling = asyncio.ensure_future(client.calls.call(BOB))
        await until(lambda: bool(program.of("call")))
        await asyncio.sleep(0)
        client._on_crash(CrashedError("PJSIP of alice-ue was ended by SIGABRT"))
        with pytest.raises(CrashedError, match="SIGABRT"):
            await asyncio.wait_for(calling, 5)
        assert not client.calls.in_call

    asyncio.run(test())
