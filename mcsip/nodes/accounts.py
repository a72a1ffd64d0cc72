"""What the identity management server of a system knows of users, made from the topology.

Its own users are those of the topology, and whoever a client presents, so that the refusal of
strangers can be seen where the standard has it: at the MC service server of the primary. Users of
other systems have an account of their own here, "the ID that the partner issued" [ours], unless the
two systems are not interconnected: then only a security token lets them in (TR 23.700-90 7.X.2,
TS 33.180 5.1.4).
"""

import hmac
from collections.abc import Callable

from mcsip.errors import McsipError
from mcsip.mc.identity import canonical_id, check_mc_id, domain_of
from mcsip.migration.authorization import agreement_check
from mcsip.migration.decision import Reason
from mcsip.topology import System, Topology


class TopologyAccounts:
    """The users that one identity management server knows.

    Args:
        topology: all systems.
        system: the server's system.
        password_of: the password of a user, by MC service ID in the primary system.
        visitor_id: the MC service ID that a system issues to a user of another one.
    """

    def __init__(
        self,
        topology: Topology,
        system: System,
        password_of: Callable[[str], str],
        visitor_id: Callable[[System, str], str],
    ) -> None:
        self._topology = topology
        self._system = system
        self._password_of = password_of
        self._visitor_id = visitor_id
        self._presented = {canonical_id(client.mc_id) for client in topology.clients.values()}
        self._provisioned = {
            canonical_id(each.mc_id): each.partner_id for each in reversed(system.provisioned)
        }

    def login(self, username: str, password: str) -> str | None:
        """Return the MC service ID that this system issued for a user, or None."""
        if check_mc_id(username) is not None:
            return None
        user = canonical_id(username)
        wanted = self._password_of(user).encode()
        matches = hmac.compare_digest(wanted, password.encode("utf-8", "replace"))
        if not matches or not self._is_known(user):
            return None
        if domain_of(user) == self._system.domain:
            return user
        return self._issue(user) if self._has_accounts_for(user) else None

    def _is_known(self, user: str) -> bool:
        systems = self._topology.systems.values()
        return user in self._presented or any(user in each.users for each in systems)

    def _issue(self, user: str) -> str | None:
        """Return the ID of a user of another system, or None when all IDs are with others."""
        try:
            return self._visitor_id(self._system, user)
        except McsipError:
            return None

    def _has_accounts_for(self, user: str) -> bool:
        between = self._topology.agreements.between(self._system.domain, domain_of(user))
        return between is None or between.interconnection

    def refusal_to_visit(self, mc_id: str, partner: str) -> str | None:
        """Return the reason for which a user may not visit a partner (TS 23.280 5.2.9.1), or None.

        "Configured with an MC service user profile ... including authorization for migration"
        (TR 23.700-90 7.X.2): one of the user's profiles must list the partner.
        """
        user = self._system.users.get(mc_id)
        if user is None:
            return Reason.USER_UNKNOWN.key
        agreement = self._topology.agreements.between(self._system.domain, partner)
        decision = agreement_check(agreement, self._system.domain, partner)
        if decision.reason is not None:
            return decision.reason.key
        if any(partner in profile.migrate_to for profile in user.profiles.values()):
            return None
        return Reason.PARTNER_NOT_PERMITTED.key

    def visitor_id(self, user: str) -> str | None:
        """Return the MC service ID of this system for a user of another one, or None."""
        if user in self._provisioned:
            return self._provisioned[user]
        between = self._topology.agreements.between(self._system.domain, domain_of(user))
        if between is None or not between.interconnection:
            return None
        return self._issue(user)
