"""The token endpoint of an identity management server, on Authlib: forms in, answers out.

Authlib dispatches by grant type, authenticates the client (RFC 6749 2.3.1) and puts errors into
words (5.2); ``Idms`` decides. Three grants: password (4.3), token exchange (RFC 8693), and the JWT
bearer grant (RFC 7523), which the token request at the partner uses. No grant of Authlib's own is
taken: those write tokens to their log.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    BaseGrant,
    ClientMixin,
    InvalidClientError,
    InvalidRequestError,
    OAuth2Error,
    OAuth2Payload,
    OAuth2Request,
    TokenEndpointMixin,
)

from mcsip.mc.idms import Idms
from mcsip.mc.oauth import (
    GRANT_EXCHANGE,
    GRANT_JWT_BEARER,
    GRANT_PASSWORD,
    GRANTS,
    INVALID_GRANT,
    INVALID_REQUEST,
    INVALID_TARGET,
    TYPE_ACCESS_TOKEN,
    TYPE_JWT,
    IdmsError,
    Issued,
)
from mcsip.nodes.identities import OAuthClient
from mcsip.nodes.idms_access import EXCHANGE_CLAUSE, REQUEST_CLAUSE, note_text
from mcsip.nodes.idms_https import MC_ID, REASON

Form = Mapping[str, Sequence[str]]
_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]
_PLAIN = frozenset(map(chr, (*range(0x20, 0x22), *range(0x23, 0x5C), *range(0x5D, 0x7F))))
"""What an error description may hold: RFC 6749 5.2 [gen]."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered to a token request.

    Attributes:
        status: HTTP status code.
        body: the JSON object; never shown, as it may hold a token.
        headers: header fields besides those of JSON.
    """

    status: int
    body: Mapping[str, object] = field(repr=False)
    headers: Sequence[tuple[str, str]] = ()


class _Error(OAuth2Error):
    """A refusal of ``Idms``, as Authlib words errors."""

    def __init__(self, fault: IdmsError) -> None:
        super().__init__(error=fault.error, description=plain(fault.message))
        self.reason = fault.reason


def plain(text: str) -> str:
    """Return a text with nothing that an error description may not hold (RFC 6749 5.2)."""
    return "".join(letter if letter in _PLAIN else "?" for letter in text)


class _Client(ClientMixin):
    """A registered client, as Authlib sees it."""

    def __init__(self, client: OAuthClient) -> None:
        self.client = client

    def get_client_id(self) -> str:
        return self.client.client_id

    def check_client_secret(self, client_secret: str) -> bool:
        given = client_secret.encode("utf-8", "replace")
        return hmac.compare_digest(self.client.secret.encode(), given)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method in _AUTH_METHODS


class _Payload(OAuth2Payload):
    """The parameters of a form."""

    def __init__(self, form: Form) -> None:
        self._lists = {name: list(values) for name, values in form.items()}

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._lists.items()}

    @property
    def datalist(self) -> dict[str, list[str]]:
        return self._lists


class _Request(OAuth2Request):
    """A token request."""

    def __init__(self, uri: str, form: Form, authorization: str | None) -> None:
        headers = {} if authorization is None else {"Authorization": authorization}
        super().__init__("POST", uri, headers=headers)
        self.payload = self.read = _Payload(form)

    @property
    def form(self) -> dict[str, str]:
        return self.read.data


class TokenEndpoint(AuthorizationServer):
    """Answers token requests.

    Args:
        idms: decides.
        clients: the registered clients by ID.
        wall: tells the time, in seconds since the epoch.
        note: is told what was done or refused: clause and text, without secrets.
    """

    def __init__(
        self,
        idms: Idms,
        clients: Mapping[str, OAuthClient],
        wall: Callable[[], float],
        note: Callable[[str, str], None],
    ) -> None:
        super().__init__()
        self.idms = idms
        self.wall = wall
        self._clients = clients
        self._note = note
        for grant in (_Password, _Exchange, _Bearer):
            self.register_grant(grant)
        self.register_client_auth_method("client_secret_basic", _basic)

    def answer(self, form: Form, authorization: str | None) -> Answer:
        """Answer a token request.

        Args:
            form: its parameters; one without a value is as good as none (RFC 6749 3.2).
            authorization: its Authorization header field.
        """
        read = {name: [each for each in values if each] for name, values in form.items()}
        read = {name: values for name, values in read.items() if values}
        request = _Request(f"{self.idms.issuer}/token", read, authorization)
        wrong = _malformed(read, authorization)
        if wrong is not None:
            return self.handle_error_response(request, wrong)
        answer: object = self.create_token_response(request)
        assert isinstance(answer, Answer)
        return answer

    def report(self, clause: str, outcome: Issued | IdmsError) -> None:
        """Tell what was done or refused."""
        self._note(clause, note_text(self.idms.issuer, outcome))

    # What Authlib asks of a server

    def query_client(self, client_id: str) -> ClientMixin | None:  # type: ignore[override]  # the stub knows no None
        """Return a registered client."""
        known = self._clients.get(client_id)
        return None if known is None else _Client(known)

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Tell nobody: there are no listeners."""

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        """Return the request: it is one already."""
        return request

    def handle_error_response(
        self,
        request: OAuth2Request,  # noqa: ARG002  # Authlib's interface
        error: OAuth2Error,
    ) -> Answer:
        """Return the answer of an error, with our own reason where there is one."""
        status, body, headers = error()
        reason = {REASON: error.reason} if isinstance(error, _Error) else {}
        return Answer(status, {**body, **reason}, tuple(headers))

    def handle_response(self, status: int, body: Mapping[str, object], headers: object) -> Answer:
        """Return the answer of a grant, or of an error."""
        listed = headers if isinstance(headers, list) else []
        return Answer(status, body, tuple(listed))


def _malformed(form: Form, authorization: str | None) -> OAuth2Error | None:
    """Return what is wrong with the form of a request, whatever its grant (RFC 6749 3.2, 5.2)."""
    for name, values in form.items():
        # RFC 8693 2.1 allows several targets; more than one is refused as such.
        if len(values) > 1 and name not in {"resource", "audience"}:
            return InvalidRequestError(plain(f"the parameter {name[:40]} is repeated"))
    if "grant_type" not in form:
        return InvalidRequestError("there is no grant_type")
    if form["grant_type"][0] not in GRANTS:
        description = "the grant type is none of password, token exchange, JWT bearer"
        return OAuth2Error(error="unsupported_grant_type", description=description)
    if authorization is not None and "client_secret" in form:
        return InvalidRequestError("the client authenticates in two ways at a time")
    return None


def _basic(
    query: Callable[[str], ClientMixin | None], request: OAuth2Request
) -> ClientMixin | None:
    """Authenticate a client by HTTP Basic (RFC 6749 2.3.1).

    Both parts should be form-encoded, but not every client does so; a client ID with colons, as
    ``urn:uuid:`` has, is then told apart by the last one.
    """
    given = (request.headers or {}).get("Authorization")
    if given is None:
        return None
    scheme, _, value = given.partition(" ")
    text = ""
    if scheme.lower() == "basic":
        try:
            text = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            text = ""
    encoded, _, secret = text.partition(":")
    raw, _, raw_secret = text.rpartition(":")
    for name, word in ((unquote_plus(encoded), unquote_plus(secret)), (raw, raw_secret)):
        client = query(name)
        if client is not None and client.check_client_secret(word):
            return client
    raise InvalidClientError(description="client authentication failed", status_code=401)


class _Grant(BaseGrant, TokenEndpointMixin):
    """What all grants have in common: the client is authenticated, the decision is put in words."""

    TOKEN_ENDPOINT_AUTH_METHODS = _AUTH_METHODS
    CLAUSE = ""

    def validate_token_request(self) -> None:
        """Authenticate the client."""
        self.request.client = self.authenticate_token_endpoint_client()

    def create_token_response(self) -> tuple[int, Mapping[str, object], list[tuple[str, str]]]:  # type: ignore[override]  # the stub says text where Authlib passes the object on
        """Ask for the decision."""
        server = self.server
        assert isinstance(server, TokenEndpoint)
        assert self.request.client is not None
        try:
            issued = self.decide(server.idms, self.request.client.get_client_id(), server.wall())
        except IdmsError as fault:
            server.report(self.CLAUSE, fault)
            raise _Error(fault) from None
        server.report(self.CLAUSE, issued)
        return 200, self.words(issued), list(self.TOKEN_RESPONSE_HEADER)

    def decide(self, idms: Idms, client_id: str, wall: float) -> Issued:
        """Return what is issued; raises IdmsError and OAuth2Error."""
        raise NotImplementedError

    def words(self, issued: Issued) -> dict[str, object]:
        """Return a successful answer (RFC 6749 5.1)."""
        return {
            "access_token": issued.token,
            "token_type": "Bearer",
            "expires_in": int(issued.expires_in_s),
            "scope": issued.scope,
            MC_ID: issued.mc_id,
        }

    def required(self, name: str) -> str:
        """Return a parameter that must be there."""
        value = self.request.form.get(name)
        if value is None:
            raise InvalidRequestError(f"there is no {name}")
        return value


class _Password(_Grant):
    """A user of this system logs in (RFC 6749 4.3) [ours]."""

    GRANT_TYPE = GRANT_PASSWORD
    CLAUSE = "TS 23.280 10.6.3.3 pre-condition"

    def decide(self, idms: Idms, client_id: str, wall: float) -> Issued:
        """Check user and password."""
        username, password = self.required("username"), self.required("password")
        return idms.login(client_id, username, password, self.request.form.get("scope"), wall)


class _Bearer(_Grant):
    """A visitor shows a security token (TS 33.180 B.7.4; RFC 7523 2.1)."""

    GRANT_TYPE = GRANT_JWT_BEARER
    CLAUSE = REQUEST_CLAUSE

    def decide(self, idms: Idms, client_id: str, wall: float) -> Issued:
        """Check the security token."""
        assertion = self.required("assertion")
        return idms.redeem(client_id, assertion, self.request.form.get("scope"), wall)


class _Exchange(_Grant):
    """Token exchange (RFC 8693): at the primary for a security token, at the partner of one."""

    GRANT_TYPE = GRANT_EXCHANGE
    CLAUSE = EXCHANGE_CLAUSE

    def decide(self, idms: Idms, client_id: str, wall: float) -> Issued:
        """Check the subject token and the target."""
        form = self.request.form
        token, kind = self.required("subject_token"), self.required("subject_token_type")
        if "actor_token" in form or "actor_token_type" in form:
            raise InvalidRequestError("nobody acts for a user here")
        target = self._target()
        if kind == TYPE_ACCESS_TOKEN:
            if form.get("requested_token_type", TYPE_JWT) != TYPE_JWT:
                raise InvalidRequestError(
                    "only a security token (jwt) is given for an access token"
                )
            if target is None:
                raise OAuth2Error(error=INVALID_TARGET, description="there is no resource")
            return idms.exchange(client_id, token, target, wall)
        if kind != TYPE_JWT:
            raise InvalidRequestError("the subject token is neither an access token nor a jwt")
        if form.get("requested_token_type", TYPE_ACCESS_TOKEN) != TYPE_ACCESS_TOKEN:
            raise InvalidRequestError("only an access token is given for a security token")
        if target not in {None, idms.issuer, idms.domain}:
            raise OAuth2Error(error=INVALID_TARGET, description="the resource is not here")
        try:
            return idms.redeem(client_id, token, form.get("scope"), wall)
        except IdmsError as fault:
            # RFC 8693 2.2.2: a subject token that is not accepted is an invalid request.
            error = INVALID_REQUEST if fault.error == INVALID_GRANT else fault.error
            raise IdmsError(error, fault.reason, fault.message) from None

    def _target(self) -> str | None:
        """Return the one target: ``resource`` or ``audience`` (RFC 8693 2.1)."""
        assert self.request.payload is not None
        lists = self.request.payload.datalist
        targets = {*lists.get("resource", []), *lists.get("audience", [])}
        if len(targets) > 1:
            raise OAuth2Error(error=INVALID_TARGET, description="one target at a time")
        return next(iter(targets), None)

    def words(self, issued: Issued) -> dict[str, object]:
        """Return a successful answer (RFC 8693 2.2.1)."""
        words = {**super().words(issued), "issued_token_type": issued.token_type}
        if issued.token_type == TYPE_JWT:
            words["token_type"] = "N_A"  # noqa: S105  # a type, no token
            del words["scope"], words[MC_ID]
        return words
