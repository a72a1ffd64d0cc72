"""Functional aliases at an MC service server: activated by PUBLISH, called like users.

A functional alias is defined in one MC system; a user who has migrated there may activate it, and
is then called by it (TS 23.280 5.2.9.1, 10.16.3 [seed]). An activation is committed before it is
answered, and good for the stay in which it was made: once the user has been de-authorized, or has
come again, nobody is behind the alias. One user at a time has an alias; who comes last takes it
over [ours].
"""

from typing import TYPE_CHECKING

from mcsip.mc.functional_alias import PIDF_TYPE, parse_publication
from mcsip.mc.identity import canonical_id
from mcsip.mc.xml import BodyError
from mcsip.migration.decision import Decision, Reason
from mcsip.migration.records import PartnerRecord, PartnerStatus
from mcsip.nodes.bodies import asserted_identity
from mcsip.sip.build import build_response
from mcsip.sip.message import Request
from mcsip.sip.transaction import ServerTransaction
from mcsip.store.port import Activation

if TYPE_CHECKING:
    from mcsip.nodes.mc_server import McServer

CLAUSE = "TS 23.280 10.16.3"
#: How long an activation lasts when the client does not say, in seconds; it lasts as long as the
#: stay whatever is said, but for 0, which ends it [ours].
DEFAULT_EXPIRES_S = 3600


class AliasSide:
    """What an MC service server does for functional aliases.

    Args:
        server: the server.
    """

    def __init__(self, server: "McServer") -> None:
        self._server = server

    def holder(self, alias: str) -> str | None:
        """Return the MC service ID, here, of who is behind an alias, or None."""
        server = self._server
        activation = server.store.activation(alias)
        if activation is None or activation.user is None:
            return None
        if activation.user in server.system.users:
            at_home = server.store.primary(activation.user).partner is None
            return activation.user if at_home else None
        record = server.store.partner(activation.user).in_force
        same = record.status is PartnerStatus.ACTIVE and record.attempt == activation.attempt
        return (record.partner_id or record.user) if same else None

    def on_publish(self, transaction: ServerTransaction, request: Request) -> None:
        """Take a PUBLISH of ``Event: presence``.

        Raises:
            BodyError: its body cannot be read.
            IdentityError: the user's MC service ID is none.
        """
        if request.content_type != PIDF_TYPE:
            raise BodyError("the request has no presence information")
        aliases = parse_publication(request.body).aliases
        believed = () if self._server.system.core else ("p-preferred-identity",)
        sender = asserted_identity(request, *believed)
        user = canonical_id(sender) if sender else None
        self._server.handle(transaction, self._publish(transaction, request, user, aliases))

    async def _publish(
        self,
        transaction: ServerTransaction,
        request: Request,
        user: str | None,
        aliases: tuple[str, ...],
    ) -> None:
        """Check, commit, and answer."""
        server = self._server
        record = self._visitor(user)
        known = record.user if record is not None else user
        decision = self._check(record, user, aliases)
        server.note("", CLAUSE, f"functional alias {', '.join(aliases)}: {decision.text}")
        if not decision.permitted:
            server.refuse(transaction, decision)
            return
        expires_s = DEFAULT_EXPIRES_S if request.expires is None else request.expires
        attempt = record.attempt if record is not None else ""
        since = server.env.clock.wall()
        holder = known if expires_s else None
        changes = [Activation(alias, holder, attempt, since) for alias in aliases]
        await server.decide(lambda: (None, changes))
        token = server.env.ids.token()
        fields = [("SIP-ETag", server.env.ids.token()), ("Expires", str(expires_s))]  # RFC 3903 6
        server.answer(transaction, build_response(request, 200, to_tag=token, fields=fields))

    def _visitor(self, user: str | None) -> PartnerRecord | None:
        """Return the record of the visitor who has an ID, or None when a user of ours has it."""
        store = self._server.store
        if user is None or user in self._server.system.users:
            return None
        return (store.partner_by_partner_id(user) or store.partner(user)).in_force

    def _check(
        self, record: PartnerRecord | None, user: str | None, aliases: tuple[str, ...]
    ) -> Decision:
        if user is None or (record is not None and record.status is not PartnerStatus.ACTIVE):
            return Decision(Reason.CALLER_UNKNOWN, user or "nobody")
        names = {user} if record is None else {user, record.user}
        for alias in aliases:
            if alias not in self._server.system.functional_aliases:
                return Decision(Reason.ALIAS_UNKNOWN, alias)
            users = self._server.system.functional_aliases[alias]
            if users is not None and not names & users:
                return Decision(Reason.ALIAS_NOT_PERMITTED, alias)
        return Decision()
