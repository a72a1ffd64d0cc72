"""The HTTPS endpoint of an identity management server, on aiohttp (TS 33.180 5.1.4 [read]).

    POST /token                                    token requests (RFC 6749 3.2)
    GET  /jwks                                     keys (RFC 7517 5)
    GET  /.well-known/openid-configuration         discovery (OpenID Connect Discovery 1.0, 4)
    GET  /.well-known/oauth-authorization-server   the same (RFC 8414 3)

What comes in may hold passwords and tokens, so nothing of it is logged, in no case.
"""

import asyncio
import json
import logging
import ssl
from collections.abc import Callable
from urllib.parse import parse_qs

from aiohttp import hdrs, web

from mcsip.errors import NetworkError
from mcsip.nodes.idms_oauth import Answer, TokenEndpoint
from mcsip.trace import Peer

MAX_FORM_OCTETS = 65_536
"""Longest token request that is read [ours]."""
MAX_FIELDS = 64
"""Most parameters of a token request [ours]."""
READ_TIMEOUT_S = 10.0
"""How long a request's body may take to arrive, in seconds [ours]."""
SHUTDOWN_S = 0.1
"""How long requests may still take when the node stops, in seconds [ours]."""
_FORM = "application/x-www-form-urlencoded"
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

log = logging.getLogger(__name__)


class _NothingOfRequests(logging.Filter):
    """Replaces what aiohttp says of a request it cannot read, which quotes the request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record without its contents."""
        kind = record.exc_info[0] if record.exc_info else None
        record.msg = "a request could not be handled: %s"
        record.args = (kind.__name__ if kind is not None else "malformed",)
        record.exc_info = record.exc_text = None
        return True


_http_log = logging.getLogger(f"{__name__}.http")
_http_log.addFilter(_NothingOfRequests())


class IdmsServer:
    """The HTTPS server of one identity management server.

    Args:
        endpoint: answers token requests.
        context: its certificate.
        wall: tells the time, in seconds since the epoch.
    """

    def __init__(
        self, endpoint: TokenEndpoint, context: ssl.SSLContext, wall: Callable[[], float]
    ) -> None:
        self._endpoint = endpoint
        self._context = context
        self._wall = wall
        self._base = ""
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> Peer:
        """Listen; return where.

        Raises:
            NetworkError: the address cannot be bound.
        """
        app = web.Application(client_max_size=MAX_FORM_OCTETS, logger=_http_log)
        app.router.add_post("/token", self._on_token)
        app.router.add_get("/jwks", self._on_jwks)
        app.router.add_get("/.well-known/openid-configuration", self._on_metadata)
        app.router.add_get("/.well-known/oauth-authorization-server", self._on_metadata)
        self._runner = web.AppRunner(
            app, logger=_http_log, access_log=None, shutdown_timeout=SHUTDOWN_S
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, ssl_context=self._context, reuse_address=True)
        try:
            await site.start()
        except OSError as error:
            await self.stop()
            raise NetworkError(f"cannot listen on {host}:{port}: {error.strerror}") from error
        bound = self._runner.addresses[0][1]
        shown = f"[{host}]" if ":" in host else host
        self._base = f"https://{shown}:{bound}"
        return Peer(host, bound)

    async def stop(self) -> None:
        """Close all connections."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    # Requests

    async def _on_metadata(self, _request: web.Request) -> web.Response:
        return web.json_response(self._endpoint.idms.metadata(self._base))

    async def _on_jwks(self, _request: web.Request) -> web.Response:
        return web.json_response(self._endpoint.idms.jwks(self._wall()))

    async def _on_token(self, request: web.Request) -> web.Response:
        """Answer a token request, whatever it holds."""
        if request.content_type != _FORM:
            return _refused(400, f"a token request is {_FORM}")
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                body = await request.read()
            fields = parse_qs(
                body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
            )
        except web.HTTPRequestEntityTooLarge:
            return _refused(413, f"a token request has at most {MAX_FORM_OCTETS} octets")
        except TimeoutError:
            return _refused(408, "the request did not arrive")
        except ValueError:
            return _refused(400, "the form cannot be read")
        try:
            answer = self._endpoint.answer(fields, request.headers.get(hdrs.AUTHORIZATION))
        except Exception as error:  # noqa: BLE001  # the border: what went wrong may quote secrets
            log.error(  # noqa: TRY400  # for the same reason
                "a token request crashed: %s", type(error).__name__
            )
            return _refused(500, "the server failed", error="server_error")
        return _response(answer)


def _response(answer: Answer) -> web.Response:
    response = web.Response(
        status=answer.status,
        text=json.dumps(answer.body),
        content_type="application/json",
        headers=_NO_STORE,
    )
    for name, value in answer.headers:
        if name.lower() not in {"content-type", "cache-control", "pragma"}:
            response.headers[name] = value
    return response


def _refused(status: int, text: str, error: str = "invalid_request") -> web.Response:
    return _response(Answer(status, {"error": error, "error_description": text}))
