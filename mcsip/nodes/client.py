"""The MC service client: it authenticates, registers, and asks to migrate (TS 23.280 10.6.3.3)."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcsip.errors import McsipError, NetworkError
from mcsip.mc.authorisation import EVENT, ServiceAuthorisation, build_authorisation
from mcsip.mc.info import Info, UnknownMessageError, build_info, parse_info
from mcsip.mc.messages import REQUEST, RESPONSE, TRIGGER
from mcsip.mc.oauth import IdmsError
from mcsip.mc.profile import PartnerAccess
from mcsip.mc.request import Identities, build_mc_request
from mcsip.mc.roles import Role
from mcsip.mc.xml import BodyError
from mcsip.migration.routing import serving_server
from mcsip.net.network import RequestTimeoutError, TransportError
from mcsip.nodes.base import Node
from mcsip.nodes.bodies import INFO_CONTENT_TYPES, info_part, is_short_data
from mcsip.nodes.client_host import ClientHost
from mcsip.nodes.client_outcome import MigrationOutcome, outcome_of, outcome_of_answer
from mcsip.nodes.environment import Environment
from mcsip.nodes.identities import Identities as IdentityManagements
from mcsip.nodes.identities import TokenKind, client_urn
from mcsip.nodes.proxying import route_uri
from mcsip.nodes.roaming import Roaming
from mcsip.nodes.routes import system_route
from mcsip.nodes.visit import Visit
from mcsip.sip.build import build_request, build_response
from mcsip.sip.message import Request, Response
from mcsip.sip.stack import Target
from mcsip.sip.transaction import ServerTransaction
from mcsip.sip.uas import Capabilities, is_of_call
from mcsip.topology import ClientSpec, System
from mcsip.topology.address import parse_address
from mcsip.trace import Peer

if TYPE_CHECKING:
    from mcsip.nodes.calling import Calls
    from mcsip.nodes.client_call import CallClient
    from mcsip.nodes.client_data import DataClient

CAPABILITIES = Capabilities(
    methods=frozenset({"MESSAGE", "OPTIONS"}), content_types=INFO_CONTENT_TYPES
)
#: How long a registration is asked for, in seconds [ours].
REGISTRATION_S = 3600


@dataclass(frozen=True, slots=True)
class AuthenticationOutcome:
    """How a request for credentials ended.

    Attributes:
        result: "success", "refused" (an identity management server said no) or "failed" (one could
            not be asked).
        reason: key of the reason, or None.
        text: the reason for people.
        by_domain: domain of the system that refused, or could not be asked; None for success.
    """

    result: str
    reason: str | None = None
    text: str = ""
    by_domain: str | None = None


AUTHENTICATED = AuthenticationOutcome("success")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client has for one MC system.

    Attributes:
        mc_id: the MC service ID that it uses there, and registers with.
        token: the access token for its MC service servers, or None.
        outcome: how it got it, or why it did not.
    """

    mc_id: str
    token: str | None = field(repr=False)
    outcome: AuthenticationOutcome = AUTHENTICATED


class Client(Node):
    """One MC service client.

    Args:
        spec: its entry in the topology.
        env: what all nodes have in common.
        identities: the identity management of all systems.
        host: at whose endpoint it is; None: it has one of its own.
    """

    def __init__(
        self,
        spec: ClientSpec,
        env: Environment,
        identities: IdentityManagements,
        host: ClientHost | None = None,
    ) -> None:
        super().__init__(spec, env, Role.CLIENT)
        self._host = host
        self._label = ""
        self.mc_id = spec.mc_id
        self._spec = spec
        self.client_id = client_urn(spec)
        self._identities = identities
        self._credentials: dict[str, Credentials] = {}
        self._responses: dict[str, asyncio.Future[Info]] = {}
        self._call_id = env.ids.token()
        self._cseq = 0
        #: Name of the system whose services the client uses now.
        self.place = spec.system
        self.roaming = Roaming(self)
        self._data: DataClient | None = None
        self._own_calls: CallClient | None = None

    # What most runs have no need of is made, and imported, when it is first asked for

    @property
    def data(self) -> "DataClient":
        """What it does with short data."""
        if self._data is None:
            from mcsip.nodes.client_data import DataClient

            self._data = DataClient(self)
        return self._data

    @property
    def own_calls(self) -> "CallClient":
        """What it does with private calls by its own user agent."""
        if self._own_calls is None:
            from mcsip.nodes.client_call import CallClient

            self._own_calls = CallClient(self)
            if self.running:
                self._own_calls.start()
        return self._own_calls

    @property
    def calls(self) -> "Calls":
        """What it does with private calls, by whatever user agent."""
        return self.own_calls

    async def start(self) -> None:
        """Listen, and be ready for calls."""
        if self._host is None:
            await super().start()
        else:
            self._endpoint = self._host.endpoint
            self._label = self._host.take_in(self)
        if self._own_calls is not None:
            self._own_calls.start()

    async def stop(self) -> None:
        """Stop listening, and forget all calls."""
        if self._own_calls is not None:
            self._own_calls.stop()
        if self._host is not None:
            self._host.let_go(self._label)
            self._endpoint = None  # it is the host's, who stops it
        await super().stop()

    @property
    def is_guest(self) -> bool:
        """Whether it is at the endpoint of a host."""
        return self._host is not None

    def contact(self, transport: str) -> str:
        """Return the Contact URI of the client on a transport; its label stands in it, if any."""
        uri = contact_uri(self.endpoint.address(transport), transport)
        scheme, _, rest = uri.partition(":")
        return f"{scheme}:{self._label}@{rest}" if self._label else uri

    def forget(self) -> None:
        """Forget what others have sent to it: a scenario begins anew."""
        if self._data is not None:
            self._data.received.clear()
        if self._own_calls is not None:
            self._own_calls.callers.clear()

    # What a scenario asks for

    async def authenticate(
        self, system: str, *, for_system: str | None = None, token: TokenKind = TokenKind.VALID
    ) -> AuthenticationOutcome:
        """Get credentials from the identity management of a system.

        For a partner: log in at the own system, exchange the access token there for a security
        token, and that at the partner for its access token (TS 33.180 5.1.4, B.7 [read]).

        Args:
            system: name of the system that is asked.
            for_system: name of the partner that a security token is for (TR 23.700-90), or None
                for an access token of the system itself.
            token: what the security token, or else the access token, is to be like.

        Returns:
            How it ended. A client that was refused does not ask to migrate.
        """
        issuer = self.env.topology.systems[system]
        at = self.env.topology.systems[for_system] if for_system else issuer
        visit = Visit(self._spec, self.env, self._identities, issuer, at)
        self._credentials.pop(at.name, None)
        try:
            if for_system is not None:
                granted = await visit.with_security_token(self.mc_id, token)
            else:
                granted = await visit.with_account(self.mc_id, self._id_in(at), token)
        except IdmsError as fault:
            outcome = AuthenticationOutcome(
                "refused", fault.reason, fault.message, visit.asked.domain
            )
        except NetworkError as error:
            outcome = AuthenticationOutcome("failed", "unreachable", str(error), visit.asked.domain)
        else:
            mc_id = granted.mc_id or self._id_in(at)
            self._credentials[at.name] = Credentials(mc_id, granted.token or None)
            return AUTHENTICATED
        self._credentials[at.name] = Credentials(self._id_in(at), None, outcome)
        return outcome

    async def register(self, system: str) -> int:
        """Register with the SIP core of a system (TS 23.280 10.1.6.2 [read]).

        Returns:
            The final status code.

        Raises:
            NetworkError: the SIP core cannot be reached, or does not answer.
            McsipError: the system has no SIP core.
        """
        at = self.env.topology.systems[system]
        if at.core is None:
            raise McsipError(f"{system} has no SIP core to register with")
        return await self._register(at, self._id_in(at), self._core_target(at))

    async def _register(self, at: System, mc_id: str, target: Target) -> int:
        """Send a REGISTER for an MC service ID; return the final status code."""
        self._cseq += 1
        request = build_request(
            "REGISTER",
            f"sip:{at.domain}",
            from_=f"<{mc_id}>;tag={self.env.ids.token()}",
            to=f"<{mc_id}>",
            call_id=self._call_id,
            cseq=self._cseq,
            fields=[
                ("Contact", f"<{self.contact(target.transport)}>"),
                ("Expires", str(REGISTRATION_S)),
            ],
        )
        return (await self.endpoint.request(request, target)).status

    async def migrate(self, system: str, profile: int, *, repeat: int = 1) -> MigrationOutcome:
        """Ask for service authorization for migration, and wait for how it ends (steps 1 to 12).

        Args:
            system: name of the partner system.
            profile: index of the selected user profile.
            repeat: how often the request of step 1 is sent.

        Raises:
            McsipError: the client has not authenticated there.
        """
        at = self.env.topology.systems[system]
        credentials = self._credentials.get(system)
        if credentials is None:
            raise McsipError(f"{self.name} has not authenticated in {system}")
        if credentials.outcome.result != "success":
            said = credentials.outcome
            return MigrationOutcome(said.result, said.reason, said.text, said.by_domain, Role.IDMS)
        waiting: asyncio.Future[Info] = asyncio.get_running_loop().create_future()
        self._responses[credentials.mc_id] = waiting
        try:
            asked = [self._ask(at, credentials, profile) for _ in range(repeat)]
            answers = await asyncio.gather(*asked)
            answer = next((a for a in answers if isinstance(a, Response) and a.status < 300), None)
            if answer is None:
                return self.not_accepted(answers[-1])
            try:
                async with asyncio.timeout(self.env.client_timeout_s):
                    outcome = outcome_of(await waiting, answer.status)
            except TimeoutError:
                waited = f"no response within {self.env.client_timeout_s:g} s"
                return MigrationOutcome("failed", "no-response", waited, status=answer.status)
            if outcome.result == "success":
                self.place = system
            return outcome
        finally:
            self._responses.pop(credentials.mc_id, None)

    async def return_home(self) -> MigrationOutcome:
        """Be authorised in the primary system again (TS 23.280 10.6.3.3.2.1, pre-condition).

        The client authenticates and registers there, and publishes its access token
        (TS 24.379 7.3 [read]).

        Raises:
            NetworkError: the SIP core cannot be reached, or does not answer.
        """
        home = self.system
        await self.authenticate(home.name)
        status = await self.register(home.name)
        if status != 200:
            return MigrationOutcome("failed", "not-registered", status=status)
        credentials = self._credentials[home.name]
        service = self.env.service
        wanted = ServiceAuthorisation(service, credentials.token or "", self.client_id)
        psi, target, route = self.way_to_server(home, self.mc_id)
        request = build_mc_request(
            "PUBLISH",
            service,
            build_authorisation(wanted),
            self.env.ids,
            uri=psi,
            to=psi,
            sender=Identities(self.mc_id, self.mc_id, asserted=False),
            route=route,
            fields=[("Event", EVENT), ("Expires", str(REGISTRATION_S))],
        )
        answer = await self.send(request, target)
        if isinstance(answer, MigrationOutcome) or answer.status >= 300:
            return self.not_accepted(answer)
        self.place = home.name
        return MigrationOutcome("success", status=answer.status)

    # Requests

    def way_to_server(self, system: System, mc_id: str) -> tuple[str, Target, str | None]:
        """Return the PSI of the server of an ID, where to send to, and the Route value."""
        route = system_route(system)
        server = serving_server(mc_id, route.servers, route.assignments)
        access = self._access(system)
        psi = access.psi if access is not None and access.psi else self.env.directory.psi(server)
        target = self._core_target(system) if system.core else self.target_of(server)
        return psi, target, _route(target) if system.core else None

    def _access(self, system: System) -> PartnerAccess | None:
        """Return the access information of a partner in the user's profiles (5.2.9.1 [seed])."""
        user = self.system.users.get(self.mc_id)
        profiles = sorted(user.profiles.items()) if user is not None else ()
        found = (profile.access.get(system.domain) for _, profile in profiles)
        return next((access for access in found if access is not None), None)

    def _core_target(self, system: System) -> Target:
        """Return where the SIP core of a system is reached: as the user's profiles say, if so."""
        assert system.core is not None
        known = self.target_of(system.core.name)
        access = self._access(system)
        if access is None or access.core is None:
            return known
        address = parse_address(access.core)
        return Target(address.transport or known.transport, address.host, address.port)

    async def send(self, request: Request, target: Target) -> Response | MigrationOutcome:
        """Send a request; return its answer, or why there is none."""
        try:
            return await self.endpoint.request(request, target)
        except RequestTimeoutError as error:
            return MigrationOutcome("failed", "no-answer", str(error))
        except TransportError as error:
            return MigrationOutcome("failed", "unreachable", str(error))

    def id_in(self, system: System) -> str:
        """Return the MC service ID that the client uses in a system: it has registered with it."""
        credentials = self._credentials.get(system.name)
        return self._id_in(system) if credentials is None else credentials.mc_id

    def _id_in(self, system: System) -> str:
        if system.name == self.spec.system:
            return self.mc_id
        return self._identities.visitor_id(system, self.mc_id)

    async def _ask(
        self, system: System, credentials: Credentials, profile: int
    ) -> Response | MigrationOutcome:
        """Send the request of step 1; return its answer, or why there is none."""
        info = Info(
            self.env.service,
            REQUEST,
            primary_id=self.mc_id,
            partner_id=None if credentials.mc_id == self.mc_id else credentials.mc_id,
            client_id=self.client_id,
            access_token=credentials.token,
            profile_index=profile,
        )
        psi, target, route = self.way_to_server(system, credentials.mc_id)
        request = build_mc_request(
            "MESSAGE",
            self.env.service,
            build_info(info),
            self.env.ids,
            uri=psi,
            to=psi,
            sender=Identities(credentials.mc_id, credentials.mc_id, asserted=False),
            route=route,
        )
        return await self.send(request, target)

    def not_accepted(self, answer: Response | MigrationOutcome) -> MigrationOutcome:
        """Return the outcome when a request, such as that of step 1, was not accepted."""
        if isinstance(answer, MigrationOutcome):
            return answer
        return outcome_of_answer(answer, self.env.directory)

    # What comes in

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        """Take the response of step 12, or whatever else is sent to a client."""
        if is_of_call(request):
            self.own_calls.on_request(transaction, request)
            return
        if not self.is_acceptable(transaction, request, CAPABILITIES):
            return
        try:
            status, reason = self.take(request)
        except BodyError as fault:
            status, reason = fault.status, fault.message
        answer = build_response(request, status, reason, to_tag=self.env.ids.token())
        self.answer(transaction, answer)

    def on_ack(self, request: Request) -> None:
        """Take the ACK to a 2xx: it is about a call."""
        self.own_calls.on_ack(request)

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:
        """Take a CANCEL: it is about a call."""
        self.own_calls.on_cancel(transaction, request)

    def take(self, request: Request) -> tuple[int, str | None]:
        """Take a request's body; return the status and reason phrase of the answer.

        Raises:
            BodyError: the body cannot be read.
        """
        if request.method == "OPTIONS":
            return 200, None
        if is_short_data(request):
            return self.data.take(request)
        part = info_part(request)
        if part is None:
            return 400, "the request has no info body"
        try:
            info = parse_info(part[1], part[0])
        except UnknownMessageError as fault:
            return 403, fault.message
        waiting = self._responses.get(info.partner_id or info.primary_id or "")
        if info.message == TRIGGER:
            return self.roaming.take_trigger(info)
        if info.message == RESPONSE and waiting is not None and not waiting.done():
            waiting.set_result(info)
        return 200, None


def contact_uri(address: Peer, transport: str) -> str:
    """Return the Contact URI of a UE at an address."""
    return route_uri(address, transport).removesuffix(";lr")


def _route(target: Target) -> str:
    return f"<{route_uri(Peer(target.host, target.port), target.transport)}>"
