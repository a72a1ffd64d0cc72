"""The home side: a user is authorised in the own system (TS 24.379 7.2, 7.3 [read]).

The client publishes ``Event: poc-settings`` with its access token. When the user was migrated, this
is the return of TS 23.280 10.6.3.3.2.1 [seed]: the primary's record goes home, and the partner is
owed the de-authorization notification.
"""

from typing import TYPE_CHECKING

from mcsip.mc.authorisation import EVENT, ServiceAuthorisation, parse_authorisation
from mcsip.mc.functional_alias import EVENT as ALIAS_EVENT
from mcsip.mc.identity import canonical_id
from mcsip.mc.xml import BodyError
from mcsip.migration.decision import REASONS, Decision, Reason
from mcsip.nodes.bodies import info_part
from mcsip.sip.build import build_response
from mcsip.sip.message import Request
from mcsip.sip.transaction import ServerTransaction

if TYPE_CHECKING:
    from mcsip.nodes.mc_server import McServer

#: How long an authorisation by PUBLISH lasts when the client does not say, in seconds [ours].
DEFAULT_EXPIRES_S = 3600


class HomeSide:
    """What an MC service server does for users who are authorised in their own system.

    Args:
        server: the server.
    """

    def __init__(self, server: "McServer") -> None:
        self._server = server

    def on_publish(self, transaction: ServerTransaction, request: Request) -> None:
        """Take a PUBLISH.

        Raises:
            BodyError: its body cannot be read.
        """
        event = (request.first("event") or "").partition(";")[0].strip()
        if event == ALIAS_EVENT:
            self._server.aliases.on_publish(transaction, request)
            return
        if event != EVENT:  # RFC 3903 6: 489 Bad Event
            token = self._server.env.ids.token()
            fields = [("Allow-Events", EVENT), ("Allow-Events", ALIAS_EVENT)]
            response = build_response(request, 489, to_tag=token, fields=fields)
            self._server.answer(transaction, response)
            return
        part = info_part(request)
        if part is None:
            raise BodyError("the request has no info body")
        wanted = parse_authorisation(part[1], part[0])
        self._server.handle(transaction, self._authorise(transaction, request, wanted))

    async def _authorise(
        self, transaction: ServerTransaction, request: Request, wanted: ServiceAuthorisation
    ) -> None:
        """Check the token; on success the user is at home."""
        server = self._server
        user = canonical_id(str(request.from_.uri))
        decision = self._check(user, wanted)
        server.note("", "TS 24.379 7.3", f"service authorisation of {user}: {decision.text}")
        if not decision.permitted:
            server.refuse(transaction, decision)
            return
        step = await server.primary.return_home(user)
        expires_s = request.expires
        fields = [
            ("SIP-ETag", server.env.ids.token()),  # RFC 3903 6
            ("Expires", str(DEFAULT_EXPIRES_S if expires_s is None else expires_s)),
        ]
        token = server.env.ids.token()
        response = build_response(request, 200, to_tag=token, fields=fields)
        server.endpoint.respond(transaction, response)
        server.primary.deliver_effects(step)

    def _check(self, user: str, wanted: ServiceAuthorisation) -> Decision:
        server = self._server
        if user not in server.system.users:
            return Decision(Reason.USER_UNKNOWN)
        fault = server.token_fault(wanted.access_token, wanted.service, server.domain, user)
        return Decision(REASONS[fault]) if fault else Decision()
