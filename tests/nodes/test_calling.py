"""Private calls, whoever makes them: TS 23.280 10.16.5, RFC 3261 8.1.3.4."""

import asyncio
from collections.abc import Sequence

import pytest

from mcsip.errors import McsipError
from mcsip.mc.communication import MIGRATED, Communication, build_communication
from mcsip.mc.services import MCDATA, MCPTT, Service
from mcsip.nodes.calling import Attempt, Calls, is_migrated
from mcsip.nodes.directory import Directory
from mcsip.nodes.media import Sent
from mcsip.sip.build import build_request, build_response
from mcsip.sip.message import Response
from mcsip.sip.sdp import Direction

from .world import ALICE, BOB, make_topology

ELSEWHERE = "sip:visitor@partner.example"
ESTABLISHED = Attempt(established=True, status=200)


class Scripted(Calls):
    """Calls whose attempts end as a test says."""

    def __init__(self, attempts: Sequence[Attempt], service: Service = MCPTT) -> None:
        super().__init__(service, Directory(make_topology()))
        self.attempts = list(attempts)
        self.called: list[str] = []

    async def attempt(self, to: str, give_up_s: float | None) -> Attempt:
        self.called.append(to)
        return self.attempts.pop(0)

    def prepare(self, *, media: bool) -> None: ...

    @property
    def in_call(self) -> bool:
        return False

    async def talk(self, packets: int) -> Sent:
        raise NotImplementedError

    def has_heard(self, sent: Sent) -> bool:
        raise NotImplementedError

    async def hang_up(self) -> None:
        raise NotImplementedError

    async def change(self, direction: Direction) -> int:
        raise NotImplementedError

    def start(self) -> None: ...

    def stop(self) -> None: ...


def answered(status: int, reason: str | None = None, contact: str = "") -> Attempt:
    body = build_communication(Communication(MCPTT, target=ALICE, forwarding_reason=reason))
    return Attempt(established=False, status=status, answer=answer(status, body, contact))


def answer(status: int, body: bytes = b"", contact: str = "") -> Response:
    invite = build_request(
        "INVITE", "sip:a@b", from_="<sip:a@b>;tag=1", to="<sip:a@b>", call_id="c", cseq=1
    )
    fields = [("Contact", f"<{contact}>")] if contact else []
    content_type = MCPTT.content_type if body else None
    return build_response(invite, status, fields=fields, content_type=content_type, body=body)


@pytest.mark.parametrize(
    ("status", "reason", "migrated"),
    [(302, MIGRATED, True), (302, None, False), (404, MIGRATED, False)],
)
def test_a_redirection_of_a_migrated_user(status: int, reason: str | None, migrated: bool) -> None:
    body = build_communication(Communication(MCPTT, target=ALICE, forwarding_reason=reason))
    assert is_migrated(answer(status, body), MCPTT) is migrated
    assert not is_migrated(answer(302), MCPTT)


@pytest.mark.parametrize(
    ("attempts", "result", "status", "called"),
    [
        ([ESTABLISHED], "established", 200, [ALICE]),
        ([answered(302, MIGRATED, ELSEWHERE), ESTABLISHED], "established", 200, [ALICE, ELSEWHERE]),
        ([answered(302, MIGRATED, ALICE)], "redirected", 302, [ALICE]),
        ([answered(302)], "refused", 302, [ALICE]),
        ([answered(486)], "busy", 486, [ALICE]),
        ([answered(600)], "busy", 600, [ALICE]),
        ([answered(603)], "refused", 603, [ALICE]),
        ([answered(404)], "refused", 404, [ALICE]),
        ([answered(503)], "failed", 503, [ALICE]),
        ([Attempt(established=False, text="timeout")], "failed", None, [ALICE]),
        ([Attempt(established=False, cancelled=True)], "cancelled", None, [ALICE]),
    ],
)
def test_what_becomes_of_a_call(
    attempts: list[Attempt], result: str, status: int | None, called: list[str]
) -> None:
    calls = Scripted(attempts)
    outcome = asyncio.run(calls.call(ALICE))
    assert (outcome.result, outcome.status, calls.called) == (result, status, called)
    assert outcome.redirected == tuple(called[1:])


def test_a_redirection_is_not_followed_where_that_is_not_wanted() -> None:
    calls = Scripted([answered(302, MIGRATED, ELSEWHERE)])
    assert asyncio.run(calls.call(BOB, follow=False)).result == "redirected"
    assert calls.called == [BOB]


def test_mcdata_has_no_private_calls() -> None:
    with pytest.raises(McsipError, match="no private calls"):
        asyncio.run(Scripted([], MCDATA).call(ALICE))
