"""The client's way to an identity management server over HTTPS (TS 33.180 5.1.4 [read]).

Imported only where a topology has such a server: aiohttp is not loaded otherwise. The server's
certificate is checked, name and chain. Nothing is logged here: requests and answers hold secrets.
"""

import asyncio
import base64
import json
import ssl
from collections.abc import Mapping
from urllib.parse import quote_plus

import aiohttp

from mcsip.errors import NetworkError
from mcsip.mc.jws import TOKEN_INVALID
from mcsip.mc.oauth import (
    GRANT_EXCHANGE,
    GRANT_JWT_BEARER,
    GRANT_PASSWORD,
    NOT_AUTHENTICATED,
    TYPE_ACCESS_TOKEN,
    TYPE_JWT,
    UNKNOWN_PARTNER,
    IdmsError,
)
from mcsip.nodes.environment import Environment
from mcsip.nodes.identities import OAuthClient
from mcsip.nodes.idms_access import Granted
from mcsip.topology import NodeSpec

TIMEOUT_S = 10.0
"""How long a client waits for an answer, in seconds [ours]."""
MAX_ANSWER_OCTETS = 65_536
"""Longest answer that is read [ours]."""
REASON = "mcsip_reason"
"""Member of an error answer that holds the key of the reason [ours]."""
MC_ID = "mc_id"
"""Member of a token answer that holds the MC service ID of the user [ours]."""
_BY_ERROR = {
    "invalid_client": NOT_AUTHENTICATED,
    "invalid_target": UNKNOWN_PARTNER,
    "invalid_scope": "token-wrong-scope",
}


class HttpsAccess:
    """One identity management server, as one client sees it.

    Args:
        node: the server's node.
        client: who asks.
        env: what all nodes have in common.
        name: the client's name.
    """

    def __init__(self, node: NodeSpec, client: OAuthClient, env: Environment, name: str) -> None:
        self._node = node
        self._client = client
        self._env = env
        self._name = name

    async def login(self, username: str, password: str, scope: str) -> Granted:
        """Get an access token as a user of this system."""
        return await self._ask(
            {
                "grant_type": GRANT_PASSWORD,
                "username": username,
                "password": password,
                "scope": scope,
            }
        )

    async def exchange(self, subject_token: str, target: str) -> Granted:
        """Get a security token for a partner (TS 33.180 B.7.2, RFC 8693 2.1)."""
        return await self._ask(
            {
                "grant_type": GRANT_EXCHANGE,
                "subject_token": subject_token,
                "subject_token_type": TYPE_ACCESS_TOKEN,
                "requested_token_type": TYPE_JWT,
                "resource": target,
            }
        )

    async def redeem(self, security_token: str, scope: str) -> Granted:
        """Get an access token for a security token (TS 33.180 B.7.4, RFC 7523 2.1)."""
        return await self._ask(
            {"grant_type": GRANT_JWT_BEARER, "assertion": security_token, "scope": scope}
        )

    async def _ask(self, form: Mapping[str, str]) -> Granted:
        """Send a token request; raises IdmsError and NetworkError."""
        target = self._env.directory.target(self._node.name)
        host = f"[{target.host}]" if ":" in target.host else target.host
        try:
            async with (
                asyncio.timeout(TIMEOUT_S),
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self._context())) as http,
                http.post(
                    f"https://{host}:{target.port}/token",
                    data=form,
                    headers={"Authorization": basic(self._client), "Accept": "application/json"},
                    allow_redirects=False,
                ) as answer,
            ):
                body = await answer.content.read(MAX_ANSWER_OCTETS)
                return _read(answer.status, body)
        except TimeoutError:
            raise NetworkError(f"{self._node.name} did not answer in {TIMEOUT_S:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            why = type(error).__name__
            raise NetworkError(f"{self._node.name} cannot be reached: {why}") from error

    def _context(self) -> ssl.SSLContext:
        """Return what the server's certificate is checked with: the client's authorities."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        for party in (self._name, self._node.name):
            config = self._env.tls.get(party)
            if config is not None:
                context.load_verify_locations(config.authorities)
        return context


def basic(client: OAuthClient) -> str:
    """Return the Authorization field of a client: both parts form-encoded (RFC 6749 2.3.1)."""
    text = f"{quote_plus(client.client_id)}:{quote_plus(client.secret)}"
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def _read(status: int, body: bytes) -> Granted:
    """Return the token of an answer (RFC 6749 5.1); raises IdmsError for an error (5.2)."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise NetworkError(f"the identity management server answered {status} without JSON")
    token = answer.get("access_token")
    if status == 200 and isinstance(token, str):
        mc_id = answer.get(MC_ID)
        return Granted(token, mc_id if isinstance(mc_id, str) else None)
    error = answer.get("error")
    if not isinstance(error, str):
        raise NetworkError(f"the identity management server answered {status} without an error")
    reason = answer.get(REASON)
    text = answer.get("error_description")
    raise IdmsError(
        error,
        reason if isinstance(reason, str) else _BY_ERROR.get(error, TOKEN_INVALID),
        text if isinstance(text, str) else error,
    )
