"""Short data at the client: RFC 3261 8.1.3.4, TS 24.379 F.1, TS 24.282 9.2.2."""

import pytest

from mcsip.errors import McsipError
from mcsip.mc.communication import Communication, build_communication
from mcsip.mc.services import MCDATA
from mcsip.nodes.client_data import DataOutcome
from mcsip.sip.build import build_response
from mcsip.sip.message import Request, Response
from mcsip.sip.stack import Target

from .world import ALICE, BOB, in_memory, make_topology, running, written


def redirection(request: Request, contact: str, reason: str | None) -> Response:
    said = Communication(MCDATA, forwarding_reason=reason)
    return build_response(
        request,
        302,
        to_tag="t",
        fields=[("Contact", f"<{contact}>")],
        content_type=MCDATA.content_type,
        body=build_communication(said),
    )


def redirected(*answers: tuple[str, str | None]) -> tuple[DataOutcome, int]:
    """Let a client send to somebody who redirects it; return the outcome and the tries."""
    result: list[DataOutcome] = []
    tries = 0

    async def main() -> None:
        async with running(make_topology(service="mcdata")) as world:
            client = world.bob

            async def send(request: Request, target: Target) -> Response:
                nonlocal tries
                tries += 1
                contact, reason = answers[min(tries, len(answers)) - 1]
                if not contact:
                    return build_response(request, 200, to_tag="t")
                return redirection(request, contact, reason)

            setattr(client, "send", send)  # noqa: B010  # the network, as the test wants it
            result.append(await client.data.send(ALICE, "x"))

    in_memory(main())
    return result[0], tries


def test_the_new_id_is_tried() -> None:
    outcome, tries = redirected(("sip:a@b.example", "migrated"), ("", None))
    assert outcome == DataOutcome("success", 200, redirected=("sip:a@b.example",))
    assert tries == 2


@pytest.mark.parametrize(
    ("contact", "reason"), [("sip:a@b.example", "immediate"), (ALICE, "migrated")]
)
def test_redirections_that_are_not_followed(contact: str, reason: str) -> None:
    """Another reason than migration; the ID that was tried already."""
    outcome, tries = redirected((contact, reason))
    assert (outcome.result, outcome.status, tries) == ("refused", 302, 1)


def test_redirections_that_never_end() -> None:
    ring = ("sip:a@b.example", "migrated"), ("sip:c@d.example", "migrated")
    outcome, tries = redirected(*ring, *ring)
    assert (outcome.result, tries) == ("refused", 3)
    assert outcome.redirected == ("sip:a@b.example", "sip:c@d.example")


def test_other_services_have_no_short_data() -> None:
    async def main() -> None:
        async with running(make_topology()) as world:
            with pytest.raises(McsipError, match="MCPTT has no short data"):
                await world.bob.data.send(ALICE, "x")

    in_memory(main())


def test_short_data_that_cannot_be_read_is_refused() -> None:
    async def main() -> None:
        async with running(make_topology(service="mcdata")) as world:
            peer = await world.peer()
            body = (
                b"--b\r\nContent-Type: application/vnd.3gpp.mcdata-signalling\r\n\r\n\r\n--b--\r\n"
            )
            data = written(uri=BOB, content_type="multipart/mixed;boundary=b", body=body)
            assert (await peer.ask(data, world.target("bob-ue"))).status == 400
            assert not world.bob.data.received

    in_memory(main())
