"""The MC service server: RFC 3261 8.2 in its order, dispatch by body, failing stores."""

import asyncio
import logging
from collections.abc import Awaitable
from itertools import pairwise
from typing import Any

import pytest

from mcsip.mc.info import Info, build_info
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, USER_AUTHORISATION
from mcsip.mc.multipart import Part, build_multipart
from mcsip.mc.services import MCVIDEO
from mcsip.nodes.mc_server import HELD_WAITS_S, MAX_CONFLICTS
from mcsip.sip.message import Response
from mcsip.store.port import (
    Change,
    ConflictError,
    HeldError,
    Store,
    StoreError,
    UnavailableError,
)

from .world import (
    ALICE,
    INFO,
    World,
    in_memory,
    make_topology,
    mc_message,
    message_of,
    request_info,
    response_info,
    running,
    written,
)

VISITOR = "sip:visitor-x@partner.example"
SERVER = "sip:server@partner.example"


def ask(data: Any, node: str = "partner.server") -> Response:
    """Send one request to a server and return its answer."""
    kept: list[Response] = []

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            octets = data(world) if callable(data) else data
            kept.append(await peer.ask(octets, world.target(node)))

    in_memory(test())
    return kept[0]


def test_options_is_answered() -> None:
    """RFC 3261 11.2."""
    assert ask(written("OPTIONS", SERVER)).status == 200


@pytest.mark.parametrize(
    ("data", "status", "field", "value"),
    [
        (written("FROB", SERVER), 501, "allow", "MESSAGE"),
        (written("SUBSCRIBE", SERVER), 405, "allow", "MESSAGE"),
        (written("MESSAGE", "tel:+1", to="<sip:a@b.example>"), 416, None, None),
        (written("MESSAGE", SERVER, fields=["Require: magic"]), 420, "unsupported", "magic"),
        (written(uri=SERVER, content_type="text/plain", body=b"x"), 415, "accept", INFO),
        (
            written(uri=SERVER, content_type=INFO, body=b"x", fields=["Content-Encoding: gzip"]),
            415,
            "accept-encoding",
            "identity",
        ),
        (written("CANCEL", SERVER), 481, None, None),
        (written(uri=SERVER), 400, None, None),
        (written(uri=SERVER, content_type="multipart/mixed;boundary=x", body=b"--x--"), 400, None, None),
        (written("PUBLISH", SERVER, fields=["Event: dialog"]), 489, "allow-events", "poc-settings"),
    ],
    ids=["501", "405", "416", "420", "415", "415 encoding", "481", "no body", "multipart", "489"],
)  # fmt: skip
def test_the_checks_of_a_uas(
    data: bytes, status: int, field: str | None, value: str | None
) -> None:
    """RFC 3261 8.2.1, 8.2.2.1, 8.2.2.3, 8.2.3, 9.2; RFC 3903 6."""
    response = ask(data)
    assert response.status == status
    assert response.to.tag
    if field is not None:
        assert value in response.items(field)


def test_an_optional_body_that_is_not_understood_is_ignored() -> None:
    """RFC 3261 8.2.3: ``handling=optional``; then there is no info body."""
    optional = ["Content-Disposition: render;handling=optional"]
    data = written(uri=SERVER, content_type="text/plain", body=b"x", fields=optional)
    assert ask(data).status == 400


def test_a_merged_request_is_482() -> None:
    """RFC 3261 8.2.2.2: the same request by another way."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            target = world.target("partner.server")
            first = written("OPTIONS", SERVER, via="SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKone")
            again = written("OPTIONS", SERVER, via="SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKtwo")
            udp = world.target("partner.server", "UDP")
            assert (
                await peer.ask(first.replace(b"192.0.2.9", peer.address("UDP").host.encode()), udp)
            ).status == 200
            assert (
                await peer.ask(again.replace(b"192.0.2.9", peer.address("UDP").host.encode()), udp)
            ).status == 482
            assert target.transport == "TCP"

    in_memory(test())


@pytest.mark.parametrize(
    ("make", "status"),
    [
        (lambda w: request_info(w, partner_id="sip:x@elsewhere.example", primary_id="sip:a@elsewhere.example", client_id="urn:uuid:1", access_token="t"), 404),
        (lambda w: response_info(w, partner_id="sip:x@elsewhere.example"), 404),
        (lambda w: request_info(w, partner_id=VISITOR), 400),
        (lambda w: request_info(w, partner_id=VISITOR, profile_index=None, client_id="urn:uuid:1", access_token="t"), 400),
        (lambda w: response_info(w, partner_id=VISITOR, primary_id="tel:+1"), 400),
        (lambda w: response_info(w, partner_id=VISITOR, success=None), 400),
        (lambda w: response_info(w, partner_id=VISITOR), 481),
    ],
    ids=["not our user", "not our visitor", "no token on the client hop", "no profile",
         "primary ID is none", "no result", "nobody waits"],
)  # fmt: skip
def test_messages_go_to_the_side_that_they_belong_to(make: Any, status: int) -> None:
    """What must and must not stand in a body on each hop: TS 23.280 tables 10.6.3.2.1."""
    assert ask(lambda w: mc_message(make(w), SERVER)).status == status


def test_a_token_between_systems_is_refused() -> None:
    """It ends at the partner's server (step 3)."""

    def data(world: World) -> bytes:
        info = request_info(world, partner_id=VISITOR, access_token="a.b.c")
        return mc_message(info, "sip:server@primary.example")

    assert ask(data, "primary.server").status == 400


@pytest.mark.parametrize(
    ("message", "node", "status"),
    [(USER_AUTHORISATION, "partner.server", 403), (DEAUTHORIZATION, "primary.server", 404)],
)
def test_a_message_for_the_other_side_is_refused(message: str, node: str, status: int) -> None:
    def data(world: World) -> bytes:
        system = "partner.example" if message == USER_AUTHORISATION else None
        info = Info(
            world.sim.env.service, message,
            primary_id=ALICE, partner_id=VISITOR, partner_system=system,
        )  # fmt: skip
        return mc_message(info, SERVER)

    assert ask(data, node).status == status


def test_a_request_in_a_multipart_body_is_taken() -> None:
    def data(world: World) -> bytes:
        sound = mc_message(request_info(world, partner_id=VISITOR), "sip:server@primary.example")
        part = Part(INFO, sound.partition(b"\r\n\r\n")[2])
        content_type, octets = build_multipart([part, Part("text/plain", b"hello")])
        return written(
            uri="sip:server@primary.example",
            content_type=content_type,
            body=octets,
            fields=["P-Asserted-Identity: <sip:server@partner.example>"],
        )

    assert ask(data, "primary.server").status == 200


VIDEO = "application/vnd.3gpp.mcvideo-info+xml"


@pytest.mark.parametrize("in_a_multipart", [False, True])
@pytest.mark.parametrize("method", ["MESSAGE", "PUBLISH", "INVITE"])
def test_another_mc_service_is_none_of_ours(method: str, *, in_a_multipart: bool) -> None:
    """RFC 3261 8.2.3: 415, with what is understood; the body itself is as good as any."""
    body = build_info(Info(MCVIDEO, REQUEST, primary_id=ALICE, partner_id=VISITOR, profile_index=2))
    kind = VIDEO
    if in_a_multipart:
        kind, body = build_multipart([Part(VIDEO, body)])
    fields = ["Contact: <sip:a@192.0.2.1>"] if method == "INVITE" else []
    fields += ["Event: poc-settings"] if method == "PUBLISH" else []
    answer = ask(written(method, SERVER, content_type=kind, body=body, fields=fields))
    assert answer.status == 415
    understood = set(answer.items("accept"))
    assert {INFO, "multipart/mixed"} < understood
    assert not any(VIDEO in each for each in understood)
    assert ("application/sdp" in understood) == (method == "INVITE")


def test_what_cannot_be_stored_is_not_accepted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Durable before answered: when the commit fails, the answer is 500 and nothing is sent."""
    caplog.set_level(logging.ERROR)

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.admit()

            def fail(*_: object) -> None:
                raise StoreError("the disk is full")

            with monkeypatch.context() as patch:
                patch.setattr(world.server("partner.server").store, "commit", fail)
                outcome = await world.alice.migrate("partner", 2)
            assert (outcome.result, outcome.status) == ("failed", 500)
            assert not world.requests("partner.server", "partner.gateway")
            assert [r.getMessage() for r in caplog.records] == ["partner.server: the disk is full"]
            assert (await world.alice.migrate("partner", 2)).result == "success"

    in_memory(test())


class Failing:
    """Commits that fail: so often by one error, then no more."""

    def __init__(
        self, patch: pytest.MonkeyPatch, store: Store, error: StoreError, times: int = 10**6
    ) -> None:
        self.tries: list[float] = []
        self._commit, self._error, self._times = store.commit, error, times
        patch.setattr(store, "commit", self._fail)

    def _fail(self, *changes: Change) -> Awaitable[None]:
        self.tries.append(asyncio.get_running_loop().time())
        if len(self.tries) <= self._times:
            raise self._error
        return self._commit(*changes)

    def waits_s(self) -> list[float]:
        """Return what lies between the tries, in seconds."""
        return [round(b - a, 3) for a, b in pairwise(self.tries)]


HELD = HeldError("held", frozenset({ALICE}))
BESIDE = HeldError("held", frozenset({"sip:another@primary.example"}))


@pytest.mark.parametrize(
    ("error", "waits_s"),
    [
        (HELD, [0.1, 0.2, 0.4]),
        (HeldError("by whom?", frozenset()), [0.1, 0.2, 0.4]),
        (BESIDE, [0, 0, 0]),
        (ConflictError("changed"), [0, 0, 0]),
    ],
)
def test_who_holds_a_record_delays_its_own_user(
    monkeypatch: pytest.MonkeyPatch, error: StoreError, waits_s: list[float]
) -> None:
    """A decision is made again: at once, but for that on a record which somebody holds."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.admit()
            with monkeypatch.context() as patch:
                failing = Failing(patch, world.store("partner.server"), error, times=3)
                assert (await world.alice.migrate("partner", 2)).result == "success"
            assert failing.waits_s()[:3] == waits_s

    in_memory(test())


@pytest.mark.parametrize(
    ("error", "status", "again", "tries"),
    [
        (HELD, 500, "5", 1 + len(HELD_WAITS_S)),
        (ConflictError("changed"), 500, "5", MAX_CONFLICTS),
        (UnavailableError("lost"), 503, "5", 1),
        (StoreError("the disk is full"), 500, None, 1),
    ],
    ids=["held", "changed", "lost", "full"],
)
def test_a_refusal_says_whether_it_will_pass(
    monkeypatch: pytest.MonkeyPatch, error: StoreError, status: int, again: str | None, tries: int
) -> None:
    """RFC 3261 21.5.1, 21.5.4, 20.33: a record is about its user, lost records about the server."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            await world.migrate()
            failing = Failing(monkeypatch, world.store("partner.server"), error)
            told = Info(
                world.sim.env.service,
                DEAUTHORIZATION,
                primary_id=ALICE,
                partner_id=world.partner().partner_id,
            )
            data = mc_message(told, SERVER)
            response = await peer.ask(data, world.target("partner.server"))
            assert (response.status, response.first("retry-after")) == (status, again)
            assert len(failing.tries) == tries
            assert world.partner().status == "active"

    in_memory(test())


@pytest.mark.parametrize(("error", "status"), [(UnavailableError("lost"), 503), (HELD, 500)])
def test_records_that_cannot_be_read_are_no_fault_of_the_node(
    monkeypatch: pytest.MonkeyPatch, error: StoreError, status: int
) -> None:
    """Calls and short data read before they answer: they are answered all the same."""

    def fail(*_: object) -> None:
        raise error

    async def test(service: str) -> None:
        async with running(make_topology(service=service)) as world:
            await world.admit(world.bob, "primary")
            with monkeypatch.context() as patch:
                patch.setattr(world.store("primary.server"), "primary", fail)
                if service == "mcdata":
                    told = await world.bob.data.send(ALICE, "hi")
                    assert told.status == 500, "a proxy does not pass on 503 (RFC 3261 16.7)"
                else:
                    assert (await world.bob.calls.call(ALICE)).status == 500
            server, sent = "primary.server", ("MESSAGE", "INVITE")
            answers = [m for e in world.sent(server) if (m := message_of(e)).cseq.method in sent]
            last = answers[-1]
            assert isinstance(last, Response)
            assert (last.status, last.first("retry-after")) == (status, "5")
            assert not world.sim.env.faults

    for service in ("mcptt", "mcdata"):
        in_memory(test(service))


def test_a_primary_that_cannot_store_is_asked_again_by_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The request is refused with 500 on the way: the client is told that it failed."""

    async def test() -> None:
        async with running(make_topology()) as world:

            def fail(*_: object) -> None:
                raise StoreError("the disk is full")

            with monkeypatch.context() as patch:
                patch.setattr(world.server("primary.server").store, "commit", fail)
                outcome = await world.migrate()
            assert (outcome.result, outcome.reason) == ("failed", "primary-unreachable")
            await world.settle()
            assert world.primary().status == "home"
            assert world.partner().status == "absent"

    in_memory(test())


def test_records_in_memory_survive_a_stop() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            await world.migrate()
            await world.sim.stop_node("primary.server")
            await world.sim.start_node("primary.server")
            assert world.primary(ALICE).status == "migrated"

    in_memory(test())


def test_it_stays_idle_until_something_comes_due() -> None:
    """The end of the mapping of a user who has left."""

    async def test() -> None:
        async with running(make_topology(), retention_s=600.0) as world:
            await world.migrate()
            assert (await world.alice.return_home()).result == "success"
            await world.settle()
            server = world.server("partner.server")
            assert server.stays_idle(300.0)
            assert not server.stays_idle(700.0)

    in_memory(test())


def test_calls_go_on_after_a_stop_and_all_sides_can_be_made_at_once() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            server = world.server("primary.server")
            server.make_all_sides()
            agent = server.calls.agent
            await world.sim.stop_node(server.name)
            with pytest.raises(AssertionError, match="not running"):
                _ = server.calls.agent
            await world.sim.start_node(server.name)
            assert server.calls.agent is not agent

    in_memory(test())
