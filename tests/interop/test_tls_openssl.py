"""OpenSSL's s_client and s_server at the other end of mutual TLS (RFC 3261 26.3.1, RFC 5922)."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mcsip.mc.messages import DEAUTHORIZATION, USER_AUTHORISATION
from mcsip.net.virtual import run_real
from tests.interop.secure import Secure, logged, make_systems, message
from tests.interop.tools import LIMIT_S, process, tool, until_bound
from tests.nodes.world import written
from tests.system.serving import Served

pytestmark = [pytest.mark.interop, pytest.mark.slow]

GATEWAY = "sip:gateway@primary.example"


@pytest.fixture(scope="module")
def openssl() -> str:
    return tool("openssl", "openssl")


class Client:
    """One s_client: what is written to it goes through TLS, what comes back it prints."""

    def __init__(self, run: asyncio.subprocess.Process) -> None:
        self._run = run

    async def ask(self, data: bytes) -> str:
        """Send a request and return the final response, or "" when the connection has ended."""
        self.write(data)
        while True:
            said = await self.said()
            if not said.startswith("SIP/2.0 1"):
                return said

    def write(self, data: bytes) -> None:
        """Send octets."""
        assert self._run.stdin is not None
        self._run.stdin.write(data)

    def has_said(self) -> bool:
        """Tell whether anything was printed that nobody has taken."""
        assert self._run.stdout is not None
        return bool(self._run.stdout._buffer)  # type: ignore[attr-defined]  # what is there by now

    async def said(self) -> str:
        """Return the next message, or "" when the connection has ended."""
        assert self._run.stdout is not None
        try:
            async with asyncio.timeout(LIMIT_S):
                head = await self._run.stdout.readuntil(b"\r\n\r\n")
                length = re.search(rb"\r\nContent-Length: *(\d+)", head)
                assert length is not None, head
                return (head + await self._run.stdout.readexactly(int(length[1]))).decode()
        except asyncio.IncompleteReadError:
            return ""

    async def ended(self) -> int:
        """Wait until it has ended; return its exit code, which is not 0 when TLS failed."""
        return await asyncio.wait_for(self._run.wait(), LIMIT_S)


@asynccontextmanager
async def s_client(
    openssl: str, secure: Secure, port: int, certificate: str | None, *options: str
) -> AsyncIterator[Client]:
    """Connect to a port of ours; OpenSSL checks our chain and our name."""
    arguments: list[str | Path] = [
        openssl, "s_client", "-connect", f"127.0.0.1:{port}", "-quiet", "-ign_eof",
        "-CAfile", secure.authority, "-verify_return_error",
        "-verify_hostname", "primary.example", *options,
    ]  # fmt: skip
    if certificate is not None:
        own, key = secure.certificate(certificate)
        arguments += ["-cert", own, "-key", key]
    log = secure.folder / "s_client.log"
    async with process(*arguments, log=log, stdin=asyncio.subprocess.PIPE) as run:
        yield Client(run)


def play(
    folder: Path, scenario: Callable[[Secure, Served], Awaitable[None]], *, inside: str = "tls"
) -> None:
    """Serve the gateway and the server of the primary, and let a scenario happen."""

    async def run() -> None:
        secure = await make_systems(folder, inside=inside)
        served = secure.served("primary.gateway", "primary.server")
        try:
            await served.start()
            await scenario(secure, served)
            assert await served.end() == 0
            assert [line for line in served.log_lines() if line["level"] == "error"] == []
        finally:
            await served.close()

    run_real(run())


def claim(branch: str, sender: str = "sip:gateway@partner.example") -> bytes:
    """Return a message of the partner, which the primary takes or not."""
    return message(USER_AUTHORISATION, GATEWAY, sender, branch=branch)


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_s_client_with_a_certificate(openssl: str, tmp_path: Path, version: str) -> None:
    """The partner's certificate, the partner's identity: taken, and sent on to the server."""

    async def scenario(secure: Secure, served: Served) -> None:
        port = secure.port("primary.gateway")
        async with s_client(openssl, secure, port, "partner.gateway", version) as client:
            for name in ("one", "two"):
                assert (await client.ask(claim(name))).startswith("SIP/2.0 200 ")

    play(tmp_path, scenario)


def test_s_client_asks_a_server_without_mutual_tls(openssl: str, tmp_path: Path) -> None:
    """Nodes behind the border ask nobody for a certificate: OPTIONS is answered."""

    async def scenario(secure: Secure, served: Served) -> None:
        port = secure.port("primary.server")
        async with s_client(openssl, secure, port, None) as client:
            answer = await client.ask(written("OPTIONS", "sip:server@primary.example"))
            assert answer.startswith("SIP/2.0 200 ")

    play(tmp_path, scenario)


def test_a_system_that_speaks_for_another(openssl: str, tmp_path: Path) -> None:
    """RFC 5922 7.3: the third system's certificate, the partner's identity."""

    async def scenario(secure: Secure, served: Served) -> None:
        port = secure.port("primary.gateway")
        async with s_client(openssl, secure, port, "third.gateway") as client:
            refused = await client.ask(claim("lie"))
            assert refused.startswith("SIP/2.0 403 ")
            assert "wrong-certificate: " in refused
            assert "sip:gateway@partner.example from " in refused
            own = await client.ask(claim("own", "sip:gateway@third.example"))
            assert "wrong-certificate: " not in own, "the connection goes on, the lie does not"
            assert "wrong-origin: " in own

    play(tmp_path, scenario)


Prepare = Callable[[Secure], Awaitable[str | None]]


async def no_certificate(_: Secure) -> None:
    return None


async def expired(secure: Secure) -> str:
    await secure.certs("--domain", "partner.example", "--expired")
    return "partner.example-expired"


async def wrong_name(secure: Secure) -> str:
    await secure.certs("--domain", "partner.example", "--name", "nowhere.example")
    return "partner.example-as-nowhere.example"


async def unknown_authority(secure: Secure) -> str:
    await secure.certs("--domain", "partner.example", folder="others")
    return "../others/partner.example"


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize(
    ("prepare", "text"),
    [
        (no_certificate, "is refused: the peer shows no certificate"),
        (expired, "is refused: the peer's certificate is refused: certificate has expired"),
        (unknown_authority, "is refused: the peer's certificate is refused: unable to get local"),
        (
            wrong_name,
            ": the peer's certificate names nowhere.example, expected one of partner.example,",
        ),
    ],
    ids=["no-certificate", "expired", "unknown-authority", "wrong-name"],
)
def test_s_client_that_is_refused(
    openssl: str, tmp_path: Path, prepare: Prepare, text: str, version: str
) -> None:
    """Closed at once, one line in the log; a connection that was there before goes on."""

    async def scenario(secure: Secure, served: Served) -> None:
        port = secure.port("primary.gateway")
        bad = await prepare(secure)
        async with s_client(openssl, secure, port, "partner.gateway") as good:
            before = await good.ask(claim("before"))
            async with s_client(openssl, secure, port, bad, version) as client:
                assert await client.ask(claim("bad")) == ""
                await client.ended()
            after = await good.ask(claim("after"))
            assert before.split("\r\n")[0] == after.split("\r\n")[0]
        (line,) = await logged(served, text)
        assert line["level"] == "warning"
        assert line["message"].startswith("TLS ")

    play(tmp_path, scenario)


def test_plain_text_on_the_tls_port(tmp_path: Path) -> None:
    async def scenario(secure: Secure, served: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", secure.port("primary.gateway"))
        writer.write(claim("plain"))
        assert b"SIP/2.0" not in await asyncio.wait_for(reader.read(), LIMIT_S)
        writer.close()
        (line,) = await logged(served, "the peer does not speak TLS")
        assert line["level"] == "warning"

    play(tmp_path, scenario)


def test_s_client_at_a_plain_port(openssl: str, tmp_path: Path) -> None:
    """It would wait for our handshake: it is told at once, by the end of the connection."""

    async def scenario(secure: Secure, served: Served) -> None:
        port = secure.port("primary.server")  # TCP: the nodes inside speak no TLS to each other
        async with s_client(openssl, secure, port, None) as client:
            assert await client.ended() != 0
        (line,) = await logged(served, "the peer begins TLS")
        assert line["level"] == "warning"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(written("OPTIONS", "sip:server@primary.example"))
        assert await asyncio.wait_for(reader.readline(), LIMIT_S) == b"SIP/2.0 200 OK\r\n"
        writer.close()

    play(tmp_path, scenario, inside="tcp")


# --- s_server in the place of the partner's gateway


@asynccontextmanager
async def s_server(
    openssl: str, secure: Secure, port: int, certificate: str, *options: str
) -> AsyncIterator[Client]:
    """Listen in the place of a gateway; OpenSSL asks for our certificate and checks it."""
    own, key = secure.certificate(certificate)
    arguments: Sequence[str | Path] = [
        openssl, "s_server", "-accept", f"127.0.0.1:{port}", "-quiet",
        "-cert", own, "-key", key, "-CAfile", secure.authority,
        "-Verify", "3", "-verify_return_error", *options,
    ]  # fmt: skip
    log = secure.folder / "s_server.log"
    async with process(*arguments, log=log, stdin=asyncio.subprocess.PIPE) as run:
        await until_bound(port, run, log)
        yield Client(run)


def answer_to(request: str) -> bytes:
    """Return a 200 to a request that was printed."""
    kept = ("Via:", "From:", "To:", "Call-ID:", "CSeq:")
    lines = [line for line in request.split("\r\n") if line.startswith(kept)]
    return "\r\n".join(["SIP/2.0 200 OK", *lines, "Content-Length: 0", "", ""]).encode()


async def outward(openssl: str, secure: Secure, branch: str) -> str:
    """Let the primary's server say something to the partner, through its gateway."""
    port = secure.port("primary.gateway")
    data = message(DEAUTHORIZATION, GATEWAY, "sip:server@primary.example", branch=branch)
    async with s_client(openssl, secure, port, "primary.server") as server:
        return await server.ask(data)


Choose = Callable[[Secure], Awaitable[str]]


async def good(_: Secure) -> str:
    return "partner.gateway"


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_s_server_gets_what_the_gateway_sends(openssl: str, tmp_path: Path, version: str) -> None:
    """OpenSSL has checked our certificate before it prints the first octet."""

    async def scenario(secure: Secure, served: Served) -> None:
        port = secure.port("partner.gateway")
        async with s_server(openssl, secure, port, "partner.gateway", version) as partner:
            asked = asyncio.ensure_future(outward(openssl, secure, "out"))
            request = await partner.said()
            assert request.startswith("MESSAGE sip:gateway@partner.example SIP/2.0\r\n")
            assert "\r\nP-Asserted-Identity: <sip:gateway@primary.example>\r\n" in request
            partner.write(answer_to(request))
            assert (await asked).startswith("SIP/2.0 200 ")

    play(tmp_path, scenario)


@pytest.mark.parametrize(
    ("prepare", "text"),
    [
        (expired, "TLS: the peer's certificate is refused: certificate has expired"),
        (unknown_authority, "TLS: the peer's certificate is refused: unable to get local issuer"),
        (wrong_name, "the peer's certificate names nowhere.example, expected partner.example"),
    ],
    ids=["expired", "unknown-authority", "wrong-name"],
)
def test_s_server_that_is_refused(openssl: str, tmp_path: Path, prepare: Choose, text: str) -> None:
    """The sender is told at once (500, RFC 3261 16.9 and 16.7), the log says why, nothing was sent."""

    async def scenario(secure: Secure, served: Served) -> None:
        certificate = await prepare(secure)
        async with s_server(openssl, secure, secure.port("partner.gateway"), certificate) as server:
            told = await outward(openssl, secure, "refused")
            assert told.startswith("SIP/2.0 500 ")
            assert not server.has_said()
        assert await logged(served, text)

    play(tmp_path, scenario)


def test_s_server_that_refuses_our_certificate(openssl: str, tmp_path: Path) -> None:
    """A peer that trusts another authority: its alert is the reason that we give."""

    async def scenario(secure: Secure, served: Served) -> None:
        await secure.certs("--domain", "partner.example", folder="others")
        trusts = ("-CAfile", str(secure.folder / "others" / "ca.pem"))
        port = secure.port("partner.gateway")
        async with s_server(openssl, secure, port, "partner.gateway", *trusts):
            told = await outward(openssl, secure, "refused")
            assert told.startswith("SIP/2.0 500 ")
        text = "the peer refuses us: unknown ca"
        assert await logged(served, text)

    play(tmp_path, scenario)


def test_a_plain_server_in_the_place_of_the_gateway(openssl: str, tmp_path: Path) -> None:
    """It says something else than TLS: refused at once."""

    async def scenario(secure: Secure, served: Served) -> None:
        def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail.example ESMTP\r\n")
            writer.close()

        port = secure.port("partner.gateway")
        async with await asyncio.start_server(greet, "127.0.0.1", port):
            assert (await outward(openssl, secure, "plain")).startswith("SIP/2.0 500 ")
        text = "TLS: the peer does not speak TLS"
        assert await logged(served, text)

    play(tmp_path, scenario)
