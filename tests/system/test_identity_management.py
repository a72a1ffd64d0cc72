"""Identity management over HTTPS as a whole: clients of another make, files, and what nobody sees.

TR 23.700-90 7.X.2; TS 33.180 5.1.4, B.7, B.8; RFC 6749, RFC 7523, RFC 8693.
"""

import asyncio
import base64
import logging
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc import jwt
from joserfc.jwk import KeySet

from mcsip.cli.main import run_cli
from mcsip.mc.info import Info
from mcsip.mc.keys import PrivateKey, SigningKey
from mcsip.mc.messages import REQUEST
from mcsip.mc.oauth import GRANT_EXCHANGE, GRANT_JWT_BEARER, TYPE_ACCESS_TOKEN, TYPE_JWT
from mcsip.net.sockets import SocketNetwork
from mcsip.topology.load import load_topology
from tests.nodes.idms_world import (
    GUEST,
    PARTNER_IDMS,
    SCOPE,
    WITH_IDMS,
    authorities_of,
    base_of,
    client_of,
    on_sockets,
    password_of,
    real_world,
)
from tests.nodes.world import ALICE, World, mc_message, merged, running

ROOT = Path(__file__).resolve().parents[2]
HTTPS = ROOT / "scenarios/without-interconnection/identity-management.yaml"


class ForeignClient:
    """Requests with Authlib's OAuth client: it knows nothing of this project."""

    def __init__(self, world: World, system: str, method: str) -> None:
        client = client_of(world.sim.identities, world.sim.topology)
        self._session = OAuth2Session(
            client.client_id, client.secret, token_endpoint_auth_method=method, scope=SCOPE
        )
        self._session.verify = ca = authorities_of(world, system)
        self._session.trust_env = False  # else REQUESTS_CA_BUNDLE wins over verify
        place = f"{base_of(world, system)}/.well-known/openid-configuration"
        with requests.Session() as plain:
            plain.trust_env = False
            self.document: Mapping[str, Any] = plain.get(place, verify=ca).json()
            self.keys: Any = plain.get(self.document["jwks_uri"], verify=ca).json()

    def token(self, grant: str, **parameters: str) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self._session.fetch_token(
            self.document["token_endpoint"], grant_type=grant, **parameters
        )
        return answer

    def close(self) -> None:
        self._session.close()


# RFC 9864 renames EdDSA to Ed25519; PyJWT and most others know the old name only.
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_client_of_another_make_gets_a_token_that_the_server_accepts(method: str) -> None:
    def whole_way(world: World) -> str:
        home = ForeignClient(world, "primary", method)
        away = ForeignClient(world, "partner", method)
        try:
            password = password_of(world.sim.identities)
            access = home.token("password", username=ALICE, password=password)
            security = home.token(
                GRANT_EXCHANGE,
                subject_token=access["access_token"],
                subject_token_type=TYPE_ACCESS_TOKEN,
                resource=PARTNER_IDMS,
            )
            assert security["issued_token_type"] == TYPE_JWT
            read = jwt.decode(
                security["access_token"], KeySet.import_key_set(home.keys), algorithms=["EdDSA"]
            )
            assert {"iss", "sub", "aud", "exp", "iat"} <= read.claims.keys()  # TS 33.180 B.8
            granted = away.token(GRANT_JWT_BEARER, assertion=security["access_token"], scope=SCOPE)
            read = jwt.decode(
                granted["access_token"], KeySet.import_key_set(away.keys), algorithms=["EdDSA"]
            )
            assert read.claims["mcptt_id"] == GUEST
            return str(granted["access_token"])
        finally:
            home.close()
            away.close()

    async def test() -> None:
        async with real_world() as world:
            token = await asyncio.to_thread(whole_way, world)
            request = Info(
                world.sim.env.service,
                REQUEST,
                primary_id=ALICE,
                partner_id=GUEST,
                client_id="urn:uuid:00000000-0000-4000-8000-000000000001",
                access_token=token,
                profile_index=1,
            )
            peer = await world.peer()
            data = mc_message(request, world.server("partner.server").psi)
            answer = await peer.ask(data, world.target("partner.server"))
            assert answer.status == 200
            assert world.partner().status == "active"
            assert world.primary().status == "home"

    on_sockets(test())


# Certificates as X.509 files


def write_key(folder: Path, name: str, private: PrivateKey) -> None:
    (folder / f"{name}.key").write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    certificate = SigningKey(private).certificate("primary.example", 1_700_000_000.0, 1e9)
    (folder / f"{name}.pem").write_bytes(certificate)


async def outcome_with_files(folder: Path, trusted: str) -> str | None:
    import yaml

    from tests.nodes.world import BASE

    changes = {
        "systems": {
            "primary": {"signing": {"certificate": "signing.pem", "key": "signing.key"}},
            "partner": {"trusted_certificates": [trusted]},
        }
    }
    path = folder / "files.topology.yaml"
    path.write_text(yaml.safe_dump(merged(merged(BASE, WITH_IDMS), changes)))
    async with running(load_topology(path), network=SocketNetwork()) as world:
        outcome = await world.alice.authenticate("primary", for_system="partner")
        if outcome.result == "success":
            assert await world.alice.register("partner") == 200
            assert (await world.alice.migrate("partner", 1)).result == "success"
        return outcome.reason


@pytest.mark.parametrize(
    "private",
    [
        ed25519.Ed25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP256R1()),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["Ed25519", "P-256", "RSA"],
)
def test_signing_certificates_are_provisioned_as_files(tmp_path: Path, private: PrivateKey) -> None:
    """TS 33.180 5.1.4.2: out of band."""
    write_key(tmp_path, "signing", private)

    async def test() -> None:
        assert await outcome_with_files(tmp_path, "signing.pem") is None
        assert await outcome_with_files(tmp_path, "primary") is None

    on_sockets(test())


def test_a_certificate_of_another_key_is_of_no_use(tmp_path: Path) -> None:
    write_key(tmp_path, "signing", ed25519.Ed25519PrivateKey.generate())
    write_key(tmp_path, "older", ed25519.Ed25519PrivateKey.generate())

    async def test() -> None:
        assert await outcome_with_files(tmp_path, "older.pem") == "token-invalid"

    on_sockets(test())


def test_a_certificate_that_has_expired_is_of_no_use(tmp_path: Path) -> None:
    write_key(tmp_path, "signing", ed25519.Ed25519PrivateKey.generate())
    key = SigningKey.from_pem((tmp_path / "signing.key").read_bytes())
    (tmp_path / "expired.pem").write_bytes(key.certificate("primary.example", 1.6e9, 60.0))

    async def test() -> None:
        assert await outcome_with_files(tmp_path, "expired.pem") == "no-certificate"

    on_sockets(test())


# What nobody sees


def test_keys_tokens_and_passwords_are_written_nowhere(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Every file of a run, its output and its log at the lowest level."""
    caplog.set_level(logging.DEBUG)
    secrets: set[str] = set()
    sign = SigningKey.sign

    def signing(key: SigningKey, claims: Mapping[str, object]) -> str:
        token = sign(key, claims)
        pem = key._private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        raw = key._private.private_bytes_raw()  # type: ignore[union-attr]  # Ed25519 here
        secrets.update((token, *token.split("."), pem.decode().splitlines()[1]))
        secrets.update((raw.hex(), base64.b64encode(raw).decode()))
        return token

    monkeypatch.setattr(SigningKey, "sign", signing)
    from mcsip.nodes import identities, idms_https

    derive = identities.derive

    def deriving(seed: str, purpose: str) -> bytes:
        made = derive(seed, purpose)
        secrets.add(made.hex())
        return made

    monkeypatch.setattr(identities, "derive", deriving)
    basic = idms_https.basic

    def authorizing(client: identities.OAuthClient) -> str:
        made = basic(client)
        secrets.add(made.partition(" ")[2])
        return made

    monkeypatch.setattr(idms_https, "basic", authorizing)
    out = tmp_path / "out"
    extra = [
        *("--json", str(tmp_path / "r.json")), *("--junit", str(tmp_path / "r.xml")),
        *("--pcap", str(tmp_path / "r.pcap")), *("--mermaid", str(tmp_path / "r.mmd")),
    ]  # fmt: skip
    for file in (HTTPS, HTTPS.with_name("refused-over-https.yaml")):
        assert run_cli(["-vv", "run", str(file), "--out", str(out), *extra]) == 0
    assert len(secrets) > 20
    printed = capfd.readouterr()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 6
    seen = [caplog.text, printed.out, printed.err]
    seen += (path.read_bytes().decode("latin-1") for path in files)
    harmless = {token for token in secrets if token.startswith("eyJhbGciOiJFZERTQSIs")} - {
        token for token in secrets if token.count(".") == 2
    }  # headers say nothing
    for secret in secrets - harmless:
        assert not any(secret in text for text in seen), secret[:12]


@pytest.mark.parametrize(
    "file",
    ["authorization/success.yaml", "without-interconnection/success.yaml"],
)
def test_without_such_a_server_nothing_of_https_is_loaded(tmp_path: Path, file: str) -> None:
    """The start-up budget: a scenario loads what it needs."""
    code = (
        "import sys\n"
        "from mcsip.cli.main import run_cli\n"
        f"arguments = ['run', '-q', {str(ROOT / 'scenarios' / file)!r}, '--out', {str(tmp_path)!r}]\n"
        "assert run_cli(arguments) == 0\n"
        "print(sorted({'aiohttp', 'authlib', 'joserfc', 'requests'} & sys.modules.keys()))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert run.stdout.strip().splitlines()[-1:] == ["[]"], run.stderr


def test_the_contract_asks_nobody_at_home(shared: Path, tmp_path: Path) -> None:
    """Not one message to the primary, whose record stays as it was (TR 23.700-90)."""
    file = shared / "contract/without-interconnection.scenario.yaml"
    for options in ([], ["--network", "memory"], ["-t", "tls"], ["--service", "all"]):
        assert run_cli(["run", "-q", str(file), "--out", str(tmp_path), *options]) == 0
