"""The way of a client through identity management, step by step (TS 33.180 5.1.4, B.7 [read]).

Into a system where the user has an account: log in there. Into a partner system: log in at the own
system, exchange the access token for a security token, and that for the partner's access token.
Whoever was asked last is whoever refused.
"""

from mcsip.mc.certificates import issuer_of
from mcsip.mc.services import SERVICES
from mcsip.nodes.environment import Environment
from mcsip.nodes.identities import Identities, TokenKind, client_urn
from mcsip.nodes.idms_access import Granted, IdmsAccess, access_to
from mcsip.topology import ClientSpec, System

NO_TOKEN = Granted("")
"""What a client has that goes without a token."""


class Visit:
    """One request for credentials.

    Args:
        spec: the client.
        env: what all nodes have in common.
        identities: the identity management of all systems.
        home: the system that is asked first.
        partner: the system that the credentials are for; it may be the same.
    """

    def __init__(
        self,
        spec: ClientSpec,
        env: Environment,
        identities: Identities,
        home: System,
        partner: System,
    ) -> None:
        self._spec = spec
        self._env = env
        self._identities = identities
        self._client = identities.oauth_client(spec)
        self._home = home
        self._partner = partner
        self.asked = home
        """The system whose server was asked last."""

    def _ask(self, system: System) -> IdmsAccess:
        self.asked = system
        return access_to(system, self._identities, self._client, self._env, self._spec.name)

    def _scope(self, kind: TokenKind) -> str:
        service = self._env.service
        if kind is TokenKind.WRONG_SCOPE:
            service = next(other for other in SERVICES.values() if other is not service)
        return f"openid {service.scope}"

    async def with_account(self, user: str, own_id: str, kind: TokenKind) -> Granted:
        """Get an access token where the user has an account; one that is wrong is made here.

        Args:
            user: MC service ID in the primary system.
            own_id: MC service ID in the system that is asked.
            kind: what the token is to be like.

        Raises:
            IdmsError: the server says no.
            NetworkError: the server cannot be asked.
        """
        if kind is TokenKind.VALID:
            password = self._identities.password(user)
            return await self._ask(self._home).login(user, password, self._scope(kind))
        token = self._identities.token(
            self._home,
            own_id,
            self._env.service,
            client_urn(self._spec),
            audience=self._home.domain,
            kind=kind,
            wall=self._env.clock.wall(),
        )
        return Granted(token or "")

    async def with_security_token(self, user: str, kind: TokenKind) -> Granted:
        """Get an access token of a partner by a security token (TS 33.180 B.7.2 to B.7.5).

        Args:
            user: MC service ID in the primary system.
            kind: what the security token is to be like.

        Raises:
            IdmsError: a server says no.
            NetworkError: a server cannot be asked.
        """
        if kind is TokenKind.NONE:
            return NO_TOKEN
        home = self._ask(self._home)
        password = self._identities.password(user)
        access = await home.login(user, password, self._scope(TokenKind.VALID))
        match kind:
            case TokenKind.VALID | TokenKind.REPLAYED | TokenKind.WRONG_SCOPE:
                security = (
                    await home.exchange(access.token, issuer_of(self._partner.domain))
                ).token
            case _:
                security = self._identities.wrong_security_token(
                    self._home,
                    user,
                    self._client.client_id,
                    self._partner,
                    kind,
                    self._env.clock.wall(),
                )
        partner = self._ask(self._partner)
        granted = await partner.redeem(security, self._scope(kind))
        if kind is TokenKind.REPLAYED:
            granted = await partner.redeem(security, self._scope(kind))
        return granted
