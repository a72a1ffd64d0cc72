"""Kamailio with its tls module between the gateways of two systems: a relay by mutual TLS."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mcsip.net.virtual import run_real
from mcsip.nodes.client import Client
from tests.interop.secure import Secure, alice, logged, make_systems
from tests.interop.tools import process, tool, until_bound
from tests.ports import free_port
from tests.system.serving import Served

pytestmark = [pytest.mark.interop, pytest.mark.slow]

CONFIGURATION = """\
debug=1
log_stderror=yes
children=1
tcp_children=2
auto_aliases=no
dns=no
enable_tls=yes
listen=tls:127.0.0.1:{port}
loadmodule "pv.so"
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "maxfwd.so"
loadmodule "tls.so"
modparam("tls", "config", "{tls}")
request_route {{
    if (!mf_process_maxfwd_header("70")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if ($rd == "primary.example") {{ $du = "sip:127.0.0.1:{primary};transport=tls"; }}
    else if ($rd == "partner.example") {{ $du = "sip:127.0.0.1:{partner};transport=tls"; }}
    else {{ sl_send_reply("404", "Not Found"); exit; }}
    t_relay();
}}
"""
PROFILES = """\
[server:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
private_key = {key}
certificate = {certificate}
ca_list = {authority}
[client:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
private_key = {key}
certificate = {certificate}
ca_list = {authority}
"""


@pytest.fixture(scope="module")
def kamailio() -> str:
    found = tool("kamailio", "kamailio")
    if not list(Path("/usr/lib").glob("*/kamailio/modules/tls.so")):
        tool("kamailio-tls-modules", "kamailio-tls-modules")
    return found


@asynccontextmanager
async def relay(kamailio: str, secure: Secure, port: int, certificate: str) -> AsyncIterator[Path]:
    """Run Kamailio between the two gateways; return its log."""
    own, key = secure.certificate(certificate)
    profiles = secure.folder / "tls.cfg"
    profiles.write_text(PROFILES.format(key=key, certificate=own, authority=secure.authority))
    configuration = secure.folder / "kamailio.cfg"
    gateways = {name: secure.port(f"{name}.gateway") for name in ("primary", "partner")}
    configuration.write_text(CONFIGURATION.format(port=port, tls=profiles, **gateways))
    log = secure.folder / "kamailio.log"
    options = ("-DD", "-E", "-m", "64", "-f", configuration, "-Y", secure.folder)
    async with process(kamailio, *options, log=log, group=True) as run:
        await until_bound(port, run, log)
        yield log


@asynccontextmanager
async def systems(secure: Secure, port: int) -> AsyncIterator[dict[str, Served]]:
    """Serve the primary and the partner, which reach each other through the relay."""
    others = {"primary": "partner", "partner": "primary"}
    served = {
        name: secure.served(
            name, file=secure.apart(name, {f"{other}.gateway": f"127.0.0.1:{port}"})
        )
        for name, other in others.items()
    }
    try:
        for each in served.values():
            await each.start()
        yield served
        for each in served.values():
            assert await each.end() == 0
            assert [line for line in each.log_lines() if line["level"] == "error"] == []
    finally:
        for each in served.values():
            await each.close()


def play(
    kamailio: str, folder: Path, names: tuple[str, ...], scenario: Callable[..., Awaitable[None]]
) -> None:
    """Let a relay whose certificate names some domains stand between the two systems."""

    async def run() -> None:
        secure = await make_systems(folder)
        port = free_port()
        named = [option for name in names for option in ("--name", name)]
        await secure.certs("--domain", "relay.example", *named)
        certificate = "relay.example" + "".join(f"-as-{name}" for name in names)
        async with (
            relay(kamailio, secure, port, certificate) as log,
            systems(secure, port) as served,
            alice(secure.file) as client,
        ):
            await client.authenticate("partner")
            assert await client.register("partner") == 200
            await scenario(client, served, log)

    run_real(run())


def test_a_relay_that_may_speak_for_both(kamailio: str, tmp_path: Path) -> None:
    """TS 23.280 10.6.3.3 and 10.6.3.3.2.2 through it, each hop with certificates on both sides."""

    async def scenario(client: Client, served: dict[str, Served], log: Path) -> None:
        assert (await client.migrate("partner", 2)).result == "success"
        assert (await client.return_home()).result == "success"

    play(kamailio, tmp_path, ("primary.example", "partner.example"), scenario)


def test_a_relay_that_may_speak_for_nobody(kamailio: str, tmp_path: Path) -> None:
    """RFC 5922 7.3: the partner's gateway looks for the primary and finds the relay."""

    async def scenario(client: Client, served: dict[str, Served], log: Path) -> None:
        outcome = await client.migrate("partner", 2)
        assert (outcome.result, outcome.reason) == ("failed", "primary-unreachable")
        text = "the peer's certificate names relay.example, expected primary.example"
        assert await logged(served["partner"], text)

    play(kamailio, tmp_path, (), scenario)


def test_a_relay_that_may_speak_for_one_of_them(kamailio: str, tmp_path: Path) -> None:
    """It is taken for the primary by the partner; the primary does not take it for the partner."""

    async def scenario(client: Client, served: dict[str, Served], log: Path) -> None:
        outcome = await client.migrate("partner", 2)
        assert (outcome.result, outcome.reason) == ("refused", "wrong-certificate")
        assert await logged(served["primary"], "was refused: 403")

    play(kamailio, tmp_path, ("primary.example",), scenario)
