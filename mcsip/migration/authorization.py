"""The checks of migration: the partner's first, the primary's, and the partner's alone.

Each check takes what the node knows and returns a ``Decision``. A check changes nothing and never
raises.

    initial_check   at the partner,  TS 23.280 10.6.3.3 step 2
    primary_check   at the primary,  TS 23.280 10.6.3.3 step 6
    local_check     at a partner without interconnection, TR 23.700-90 7.X.2 step 2
"""

from collections.abc import Iterable

from mcsip.migration.decision import PERMITTED, REASONS, Decision, Outcome, Reason
from mcsip.migration.policy import Agreement, HomeUser, OnFailure, ProvisionedUser, VisitorRule


def _token_decision(fault: str) -> Decision:
    reason = REASONS.get(fault, Reason.TOKEN_INVALID)
    return Decision(reason if reason.key.startswith("token-") else Reason.TOKEN_INVALID)


def initial_check(
    user: str, primary: str, visitors: Iterable[VisitorRule], *, token_fault: str | None = None
) -> Decision:
    """Decide at the partner whether a visitor may ask to migrate (TS 23.280 10.6.3.3 step 2).

    The token comes first, then the general check (does anybody from this primary system come
    in?), then the check of this user (TR 23.781 6.x step 2 [seed]). Agreements are not looked at
    here: the way to the primary needs them, see ``routing``.

    Args:
        user: MC service ID in the primary system, as the request gives it.
        primary: domain of the user's primary system.
        visitors: the partner's list.
        token_fault: key of what is wrong with the access token (``token-expired``, ...), or None.
    """
    if token_fault is not None:
        return _token_decision(token_fault)
    rules = [rule for rule in visitors if rule.from_domain == primary]
    if not rules:
        return Decision(Reason.VISITORS_NOT_ACCEPTED, primary)
    if any(rule.users is None or user in rule.users for rule in rules):
        return PERMITTED
    return Decision(Reason.VISITOR_NOT_PERMITTED, user)


def agreement_check(agreement: Agreement | None, primary: str, partner: str) -> Decision:
    """Decide whether two systems agreed that users migrate this way (TS 23.280 5.2.9.1).

    Args:
        agreement: the agreement of the two systems, or None.
        primary: domain of the primary system.
        partner: domain of the partner system.
    """
    if agreement is None:
        return Decision(Reason.NO_AGREEMENT, f"{primary} and {partner}")
    if not agreement.permits(primary, partner):
        return Decision(Reason.DIRECTION_NOT_AGREED, f"from {primary} to {partner}")
    return PERMITTED


def primary_check(
    user: HomeUser | None,
    profile_index: int | None,
    agreement: Agreement | None,
    *,
    primary: str,
    partner: str,
) -> Decision:
    """Decide at the primary whether a user may migrate (TS 23.280 10.6.3.3 step 6).

    "To verify that migration is permitted to that partner MC system by this MC service user using
    the indicated MC service user profile": first the systems, then the user, then the profile.

    Args:
        user: the user, or None when the primary does not know the ID.
        profile_index: the selected user profile, or None when the request names none.
        agreement: the agreement of the two systems, or None.
        primary: domain of this system.
        partner: domain of the system that asks.
    """
    systems = agreement_check(agreement, primary, partner)
    if not systems.permitted:
        return systems
    if agreement is not None and not agreement.interconnection:
        return Decision(Reason.NO_INTERCONNECTION, f"{primary} and {partner}")
    if user is None:
        return Decision(Reason.USER_UNKNOWN)
    if profile_index is None:
        return Decision(Reason.BAD_REQUEST, "no selected user profile")
    profile = user.profiles.get(profile_index)
    if profile is None:
        return Decision(Reason.PROFILE_UNKNOWN, f"profile {profile_index}")
    if partner in profile.migrate_to:
        return PERMITTED
    reason = Reason.PARTNER_NOT_PERMITTED if profile.migrate_to else Reason.PROFILE_NOT_PERMITTED
    others = sorted(p.index for p in user.profiles.values() if partner in p.migrate_to)
    hint = f"; it is permitted with profile {', '.join(map(str, others))}" if others else ""
    return Decision(reason, f"profile {profile_index}, partner {partner}{hint}")


def local_check(
    provisioned: ProvisionedUser | None,
    profile_index: int | None,
    agreement: Agreement | None,
    *,
    primary: str,
    partner: str,
    has_certificate: bool,
    token_fault: str | None = None,
) -> Decision:
    """Decide at a partner without interconnection, which cannot ask (TR 23.700-90 7.X.2 step 2).

    Args:
        provisioned: the partner's own entry for the user, or None.
        profile_index: the selected user profile, or None when the request names none.
        agreement: the agreement of the two systems, or None.
        primary: domain of the user's primary system.
        partner: domain of this system.
        has_certificate: whether the primary's signing certificate is provisioned here
            (TS 33.180 5.1.4.2).
        token_fault: key of what is wrong with the token, or None.
    """
    systems = agreement_check(agreement, primary, partner)
    if not systems.permitted:
        return systems
    if not has_certificate:
        return Decision(Reason.NO_CERTIFICATE, primary)
    if token_fault is not None:
        return _token_decision(token_fault)
    if provisioned is None:
        return Decision(Reason.NOT_PROVISIONED)
    if profile_index is None:
        return Decision(Reason.BAD_REQUEST, "no selected user profile")
    if profile_index not in provisioned.profiles:
        return Decision(Reason.PROFILE_UNKNOWN, f"profile {profile_index}")
    return PERMITTED


def grants_after(agreement: Agreement | None, reason: Reason) -> bool:
    """Tell whether a partner serves the user although the migration failed (TS 23.280 5.2.9.1).

    Args:
        agreement: the agreement of the two systems, or None.
        reason: why the migration did not happen.
    """
    return (
        agreement is not None
        and agreement.on_failure is OnFailure.GRANT_LOCALLY
        and reason.outcome is Outcome.FAILED
    )
