"""Where the target of a communication is now, as the records of an MC service server say.

Private calls and short data alike come from a client of the server, or from another server,
directly or through gateways. They go towards the server of the target's MC service ID, whose record
says where the user is (TR 23.781 6.x.1 [seed]):

=========================  =========================================================================
user of ours, at home      delivered to the client
user of ours, migrated     sent on to the partner system, or the caller is redirected (23.280
                           10.16.5 [read])
visitor, active            delivered to the client
visitor who has left       sent back to the primary system while the mapping is retained (23.280
                           10.6.3.3 step 11, 10.6.3.3.2.1 NOTE 2 [seed]), marked with who did so
functional alias           delivered to the client of who has activated it (23.280 10.16.3 [seed])
anybody else               404
=========================  =========================================================================

A system that sent a communication back does not get it again: 482.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcsip.mc.communication import Communication
from mcsip.mc.identity import canonical_id
from mcsip.mc.roles import Role
from mcsip.mc.xml import BodyError
from mcsip.migration.decision import Decision, Reason
from mcsip.migration.policy import ForMigrated
from mcsip.migration.records import PartnerRecord, PartnerStatus
from mcsip.migration.routing import Hop
from mcsip.nodes.bodies import asserted_identity
from mcsip.sip.message import Request

if TYPE_CHECKING:
    from mcsip.nodes.mc_server import McServer

ROUTING = "TR 23.781 6.x.1"
REDIRECTION = "TS 23.280 10.16.5"
ALIAS = "TS 23.280 10.16.3"
SENT_BACK = "TS 23.280 10.6.3.3 step 11"


@dataclass(frozen=True, slots=True)
class Deliver:
    """To the client of a user who is here.

    Attributes:
        about: what its info body says.
    """

    about: Communication


@dataclass(frozen=True, slots=True)
class SendOn:
    """To the next node towards the server of the target.

    Attributes:
        about: what its info body says.
        hop: the next node.
    """

    about: Communication
    hop: Hop


@dataclass(frozen=True, slots=True)
class Redirect:
    """Back to the caller, who tries again.

    Attributes:
        new_id: the MC service ID that the user has where it is.
    """

    new_id: str


Where = Deliver | SendOn | Redirect | Decision


class Whereabouts:
    """Says from whom a server takes communications, and where they go.

    Args:
        server: the server.
    """

    def __init__(self, server: "McServer") -> None:
        self._server = server

    def admit(self, request: Request, about: Communication) -> Communication | Decision:
        """Return what a communication says with the caller that is believed, or why it is refused.

        Args:
            request: the request that began it.
            about: what its info body says.

        Raises:
            BodyError: it does not say who began it for whom.
            IdentityError: an MC service ID is none.
        """
        server = self._server
        if about.target is None:
            raise BodyError("the communication names no target")
        about = replace(about, target=canonical_id(about.target))
        # Where there is no SIP core nobody asserts anything: the client's own word must do.
        believed = () if server.system.core else ("p-preferred-identity",)
        sender = asserted_identity(request, *believed)
        node = server.env.directory.node_of_psi(sender) if sender else None
        if node is not None:
            origin = server.env.topology.system_of(node).domain
            refused = self._check_origin(origin)
            if refused is not None:
                return refused
            if about.caller is None:
                raise BodyError("the communication names no caller")
            return about
        caller = canonical_id(sender) if sender else None
        if caller is None or not self._is_served(caller):
            return Decision(Reason.CALLER_UNKNOWN, sender or "nobody")
        # What a client says of itself is not taken, and it knows of no way through partners.
        return replace(about, caller=caller, partner_system=None, returned_by=())

    def _is_served(self, caller: str) -> bool:
        """Tell whether a caller is a user of ours, or an active visitor."""
        server = self._server
        if caller in server.system.users:
            return True
        visitor = server.store.partner_by_partner_id(caller) or server.store.partner(caller)
        return visitor.in_force.status is PartnerStatus.ACTIVE

    def _check_origin(self, origin: str) -> Decision | None:
        """Refuse what comes from a system without interconnection (TS 23.280 5.2.9.1 [seed])."""
        own = self._server.domain
        if origin == own:
            return None
        agreement = self._server.env.topology.agreements.between(own, origin)
        if agreement is None:
            return Decision(Reason.NO_AGREEMENT, f"{own} and {origin}")
        if not agreement.interconnection:
            return Decision(Reason.NO_INTERCONNECTION, f"{own} and {origin}")
        return None

    def find(self, about: Communication) -> Where:
        """Return where a communication that was admitted goes.

        Raises:
            IdentityError: the target is no MC service ID.
        """
        server, target = self._server, about.target
        assert target is not None, "admitted"
        way = self._towards(about)
        if isinstance(way, Decision) or way.hop.node != server.name:
            return way
        if target in server.system.functional_aliases:
            holder = server.aliases.holder(target)
            if holder is None:
                return Decision(Reason.ALIAS_NOT_ACTIVE, target)
            server.note("", ALIAS, f"{target} is {holder}")
            return Deliver(replace(about, target=holder))
        if target in server.system.users:
            return self._user(target, about)
        return self._visitor(about)

    def _towards(self, about: Communication) -> SendOn | Decision:
        """Return the next hop towards the server of a target, in this system or another."""
        assert about.target is not None, "admitted"
        hop = self._server.router.next_hop(
            about.target, at=Role.MC_SERVER, domain=about.target_domain
        )
        return hop if isinstance(hop, Decision) else SendOn(about, hop)

    def _user(self, target: str, about: Communication) -> Where:
        """Find a user of ours: at home or migrated."""
        server = self._server
        record = server.store.primary(target)
        if record.partner is None:
            return Deliver(about)
        if record.partner in about.returned_by:
            return Decision(Reason.SENT_BACK, record.partner)
        redirects = server.system.migrated_users is ForMigrated.REDIRECT
        if redirects and record.partner_id is not None:
            server.note(
                "", REDIRECTION, f"{target} has migrated: redirected to {record.partner_id}"
            )
            return Redirect(record.partner_id)
        server.note("", ROUTING, f"{target} has migrated: forwarded to {record.partner}")
        there = replace(
            about,
            target=record.partner_id or target,
            partner_system=None if record.partner_id else record.partner,
        )
        return self._towards(there)

    def _visitor(self, about: Communication) -> Where:
        """Find a visitor: here, or gone."""
        server = self._server
        record = self._record(about)
        match record.status:
            case PartnerStatus.ACTIVE:
                return Deliver(about)
            case PartnerStatus.PENDING:
                return Decision(Reason.NOT_YET_HERE)
            case PartnerStatus.RETAINED if server.domain in about.returned_by:
                return Decision(Reason.SENT_BACK, server.domain)
            case PartnerStatus.RETAINED:
                server.note("", SENT_BACK, f"{record.user} has left: sent back to the primary")
                back = replace(
                    about,
                    target=record.user,
                    partner_system=None,
                    returned_by=(*about.returned_by, server.domain),
                )
                return self._towards(back)
            case PartnerStatus.ABSENT:
                return Decision(Reason.TARGET_UNKNOWN, record.user)

    def _record(self, about: Communication) -> PartnerRecord:
        """Return what counts of a visitor's record."""
        store = self._server.store
        assert about.target is not None, "admitted"
        record = store.partner_by_partner_id(about.target) or store.partner(about.target)
        return record.in_force
