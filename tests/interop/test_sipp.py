"""A foreign client, SIPp 3.6, asks a running partner server to migrate (TS 23.280 10.6.3.3)."""

import asyncio
import csv
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.identities import TokenKind
from mcsip.sip.message import Message, Request, Response
from mcsip.trace import Direction
from tests.nodes.world import ALICE, World, make_topology, message_of, running

pytestmark = pytest.mark.interop

SCENARIOS = Path(__file__).parent / "sipp"
PROFILE = 2
LIMIT_S = 30


@pytest.fixture(scope="session")
def sipp() -> str:
    """Return the path of SIPp; skip where there is none, but not under CI."""
    found = shutil.which("sipp")
    if found is None:
        reason = "SIPp is not installed (Debian package sip-tester)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@dataclass
class Run:
    """What SIPp did, in its own words."""

    status: int
    messages: str
    errors: str
    statistics: dict[str, str]


async def run_sipp(
    sipp: str, folder: Path, world: World, transport: str, token: str, *, profile: int = PROFILE
) -> Run:
    """Let SIPp send the request of step 1 once; wait until it has ended."""
    topology = world.sim.topology
    partner_id = world.sim.identities.visitor_id(topology.systems["partner"], ALICE)
    psi = world.sim.env.directory.psi("partner.server")
    target = world.target("partner.server", transport)
    fields = folder / "fields.csv"
    fields.write_text(f"SEQUENTIAL\n{token};{partner_id};{ALICE};{profile};{psi}\n")
    process = await asyncio.create_subprocess_exec(
        sipp, f"{target.host}:{target.port}",
        "-sf", SCENARIOS / "authorization-uac.xml",
        "-oocsf", SCENARIOS / "authorization-response.xml",
        "-inf", fields,
        "-t", {"UDP": "u1", "TCP": "t1"}[transport],
        "-i", "127.0.0.1",
        "-m", "1", "-nostdin",
        "-timeout", f"{LIMIT_S // 2}s", "-timeout_error",
        "-trace_msg", "-message_file", folder / "messages.log",
        "-trace_err", "-error_file", folder / "errors.log",
        "-trace_stat", "-stf", folder / "statistics.csv", "-fd", "1",
        cwd=folder,
        env={**os.environ, "TERM": "dumb"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        status = await asyncio.wait_for(process.wait(), LIMIT_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    with (folder / "statistics.csv").open() as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    errors = folder / "errors.log"
    return Run(
        status,
        (folder / "messages.log").read_text(),
        errors.read_text() if errors.exists() else "",
        rows[-1],
    )


def title(message: Message) -> str | int:
    """Return the method of a request, the status of a response."""
    if isinstance(message, Request):
        return message.method
    assert isinstance(message, Response)
    return message.status


async def authorization(sipp: str, folder: Path, transport: str, profile: int) -> None:
    topology = make_topology(transport=transport.lower())
    async with running(topology, network=SocketNetwork()) as world:
        partner = topology.systems["partner"]
        token = world.sim.identities.token(
            partner,
            world.sim.identities.visitor_id(partner, ALICE),
            topology.service,
            world.alice.client_id,
            audience=partner.domain,
            kind=TokenKind.VALID,
            wall=world.sim.env.clock.wall(),
        )
        assert token is not None
        run = await run_sipp(sipp, folder, world, transport, token, profile=profile)
        permitted = profile == PROFILE

        # What SIPp says
        assert run.status == 0, (run.errors, run.messages)
        assert run.statistics["SuccessfulCall(C)"] == "1", run.statistics
        assert run.statistics["FailedCall(C)"] == "0", run.statistics
        assert "SIP/2.0 200 OK" in run.messages
        assert "migration-service-authorization-response" in run.messages
        result = "success" if permitted else "fail"
        assert f"<mcpttString>{result}</mcpttString>" in run.messages

        # What our trace says: request, 200, response, 200, all with SIPp, the way that it came
        here = [e for e in world.trace.entries if e.node == "partner.server"]
        strangers = [e for e in here if world.trace.node_at(e.remote, e.transport) is None]
        said = [(e.direction, title(message_of(e))) for e in strangers]
        assert said == [
            (Direction.RECEIVED, "MESSAGE"),
            (Direction.SENT, 200),
            (Direction.SENT, "MESSAGE"),
            (Direction.RECEIVED, 200),
        ]
        assert {e.transport for e in strangers} == {transport}
        assert len({e.remote for e in strangers}) == 1
        answer = message_of(strangers[-1])
        assert isinstance(answer, Response)
        assert answer.call_id == message_of(strangers[-2]).call_id

        # What the records say
        await world.settle()
        if permitted:
            assert world.primary().status == "migrated"
            assert world.partner().status == "active"
            assert world.primary().partner_id == world.partner().partner_id
        else:
            assert world.primary().status == "home"
            assert world.partner().status == "absent"


@pytest.mark.parametrize("profile", [PROFILE, 1], ids=["permitted", "refused by the primary"])
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_sipp_is_authorized(sipp: str, tmp_path: Path, transport: str, profile: int) -> None:
    """Step 1 from SIPp, its 200; step 12 to SIPp, its 200."""
    run_real(authorization(sipp, tmp_path, transport, profile))
