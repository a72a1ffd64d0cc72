"""A client that speaks with PJSIP: what it asks the program for, and makes of its answers."""

import asyncio

import pytest

from mcsip.errors import BeyondError
from mcsip.mc.info import Info, build_info
from mcsip.mc.messages import RESPONSE
from mcsip.net.network import RequestTimeoutError, TransportError
from mcsip.nodes.client_outcome import MigrationOutcome
from mcsip.nodes.pjsua_client import fields_for_pjsip
from mcsip.nodes.pjsua_process import CrashedError
from mcsip.pjsua.wire import octets_of, pack
from mcsip.sip.build import build_request
from mcsip.sip.message import Request, Response
from mcsip.sip.stack import Target
from mcsip.topology.infos import node_info
from mcsip.trace import Mode

from .pjsua_world import answer, make_client
from .world import ALICE, make_topology

CORE = Target("TCP", "127.0.0.1", 5060)


def message(body: bytes = b"body", **fields: str) -> Request:
    given = [(name.replace("_", "-"), value) for name, value in fields.items()]
    return build_request(
        "MESSAGE",
        "sip:server@primary.example",
        from_=f"<{ALICE}>;tag=1",
        to="<sip:server@primary.example>",
        call_id="c",
        cseq=1,
        fields=given,
        content_type="application/x",
        body=body,
    )


def test_pjsip_is_told_what_it_does_not_write_itself() -> None:
    request = message(Accept_Contact="*;a", P_Preferred_Service="urn:x", Route="<sip:h;lr>")
    assert fields_for_pjsip(request) == [
        ["Accept-Contact", "*;a"],
        ["P-Preferred-Service", "urn:x"],
    ]


def test_a_request_and_its_answer() -> None:
    async def test() -> None:
        client, program = make_client()
        program.answers["send"] = lambda _line: answer(403, "No", 'Warning: 399 h "x"\r\n')
        got = await client.send(message(b"\xff\x00"), CORE)
        assert isinstance(got, Response)
        assert (got.status, got.first("warning")) == (403, '399 h "x"')
        (line,) = program.of("send")
        assert line["identity"] == ALICE
        assert line["proxy"] == "<sip:127.0.0.1:5060;transport=tcp;lr>"
        assert (line["method"], line["uri"]) == ("MESSAGE", "sip:server@primary.example")
        assert octets_of(line, "body") == b"\xff\x00"
        assert client.is_idle
        assert not client.stays_idle(0.0), "PJSIP does as it likes"

    asyncio.run(test())


@pytest.mark.parametrize(
    ("status", "reason"), [(408, "no-answer"), (503, "unreachable"), (502, "unreachable")]
)
def test_statuses_that_pjsip_makes_up_are_nobodys_answer(status: int, reason: str) -> None:
    async def test() -> None:
        client, program = make_client()
        program.answers["send"] = lambda _line: {"status": status, "reason": "made up"}
        got = await client.send(message(), CORE)
        assert isinstance(got, MigrationOutcome)
        assert (got.result, got.reason, got.status) == ("failed", reason, None)
        program.answers["register"] = program.answers["send"]
        with pytest.raises(RequestTimeoutError if status == 408 else TransportError):
            await client.register("primary")

    asyncio.run(test())


def test_no_outcome_at_all_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcsip.nodes.pjsua_client.OUTCOME_S", 0.05)

    async def test() -> None:
        client, _ = make_client()
        got = await client.send(message(), CORE)
        assert isinstance(got, MigrationOutcome)
        assert got.reason == "no-answer"
        assert client.is_idle

    asyncio.run(test())


def test_a_message_that_is_too_long_for_pjsip_is_not_sent() -> None:
    async def test() -> None:
        client, program = make_client()
        with pytest.raises(BeyondError, match="at most 4000 octets"):
            await client.send(message(b"x" * 3500), CORE)
        assert program.asked == []
        program.answers["send"] = lambda _line: {
            "status": 503,
            "reason": "Message too long (PJSIP_EMSGTOOLONG)",
        }
        with pytest.raises(BeyondError, match="too long"):
            await client.send(message(b"x" * 3000), CORE)

    asyncio.run(test())


def test_each_identity_registers_in_the_domain_of_its_sip_core() -> None:
    async def test() -> None:
        client, program = make_client()
        program.answers["register"] = lambda _line: answer(200)
        for system in ("primary", "partner"):
            assert await client.register(system) == 200
        home, away = program.of("register")
        assert (home["identity"], home["registrar"]) == (ALICE, "sip:primary.example")
        assert str(away["identity"]).endswith("@partner.example")
        assert away["registrar"] == "sip:partner.example"
        assert client.info().identities == (ALICE, away["identity"])

    asyncio.run(test())


def test_the_response_of_step_12_comes_as_a_message_that_was_answered() -> None:
    async def test() -> None:
        client, program = make_client()
        program.answers["send"] = lambda _line: answer(200)
        await client.authenticate("partner")
        migrating = asyncio.ensure_future(client.migrate("partner", 2))
        while not program.of("send"):  # noqa: ASYNC110
            await asyncio.sleep(0)
        mc_id = client.id_in(client.env.topology.systems["partner"])
        service = client.env.service
        info = Info(service, RESPONSE, primary_id=ALICE, partner_id=mc_id, success=True)
        request = build_request(
            "MESSAGE", "sip:a@h", from_="<sip:s@h>;tag=1", to="<sip:a@h>", call_id="d", cseq=1,
            fields=[("Via", "SIP/2.0/TCP h;branch=z9hG4bKb")],
            content_type=service.content_type, body=build_info(info),
        )  # fmt: skip
        client._on_event({"event": "message", "octets": pack(b"garbage")})
        client._on_event({"event": "message", "octets": pack(request.octets())})
        outcome = await asyncio.wait_for(migrating, 5)
        assert (outcome.result, client.place) == ("success", "partner")

    asyncio.run(test())


def test_a_crash_wakes_whoever_waits() -> None:
    async def test() -> None:
        client, program = make_client()
        program.answers["send"] = lambda _line: answer(200)
        await client.authenticate("partner")
        waiting = asyncio.ensure_future(client.migrate("partner", 2))
        sending = asyncio.ensure_future(client._outcome("nothing", {}))
        while not program.of("nothing"):  # noqa: ASYNC110
            await asyncio.sleep(0)
        client._on_crash(CrashedError("PJSIP of alice-ue was ended by SIGABRT"))
        for future in (waiting, sending):
            with pytest.raises(CrashedError, match="SIGABRT"):
                await asyncio.wait_for(future, 5)
        assert list(client.env.faults) == ["PJSIP of alice-ue was ended by SIGABRT"]

    asyncio.run(test())


def test_a_fault_of_the_program_is_a_fault_of_the_run() -> None:
    async def test() -> None:
        client, _ = make_client()
        client._on_event({"event": "fault", "text": "KeyError: 7"})
        assert list(client.env.faults) == ["PJSIP's program of alice-ue: KeyError: 7"]

    asyncio.run(test())


def test_in_a_trace_it_is_another_make() -> None:
    topology = make_topology({"clients": {"alice-ue": {"backend": "pjsua2"}}})
    assert node_info(topology, "alice-ue").mode is Mode.SUT
    assert node_info(topology, "bob-ue").mode is Mode.SIMULATED
    assert topology.mode("alice-ue") is Mode.SIMULATED
    assert (topology.borrowed, topology.foreign) == (["alice-ue"], [])
    assert (topology.traces("alice-ue"), topology.traces("bob-ue")) == (False, True)
