"""The checks: TS 23.280 10.6.3.3 steps 2 and 6, TR 23.700-90 7.X.2 step 2."""

import pytest

from mcsip.migration.authorization import grants_after, initial_check, local_check, primary_check
from mcsip.migration.decision import Decision, Outcome, Reason
from mcsip.migration.policy import (
    Agreement,
    Direction,
    HomeUser,
    OnFailure,
    ProvisionedUser,
    UserProfile,
    VisitorRule,
)

P, B = "primary.example", "b.example"
ALICE = "sip:alice@primary.example"
PROFILES = {
    1: UserProfile(1, "home"),
    2: UserProfile(2, "abroad", frozenset({B})),
    3: UserProfile(3, "elsewhere", frozenset({"c.example"})),
}
USER = HomeUser(ALICE, PROFILES)
BOTH = Agreement(P, B)
TOKENS = [r for r in Reason if r.key.startswith("token-")]


@pytest.mark.parametrize(
    ("visitors", "reason"),
    [
        ([VisitorRule(P)], None),
        ([VisitorRule(P, frozenset({ALICE}))], None),
        ([VisitorRule(P, frozenset()), VisitorRule(P)], None),
        ([], Reason.VISITORS_NOT_ACCEPTED),
        ([VisitorRule("c.example")], Reason.VISITORS_NOT_ACCEPTED),
        ([VisitorRule(P, frozenset({"sip:bob@primary.example"}))], Reason.VISITOR_NOT_PERMITTED),
    ],
    ids=["general", "this user", "several rules", "no rule", "other system", "other user"],
)
def test_initial_check(visitors: list[VisitorRule], reason: Reason | None) -> None:
    """TS 23.280 10.6.3.3 step 2; TR 23.781 6.x step 2: general, specific, or both."""
    assert initial_check(ALICE, P, visitors).reason is reason


@pytest.mark.parametrize("reason", TOKENS, ids=lambda r: r.key)
def test_token_comes_first(reason: Reason) -> None:
    decision = initial_check(ALICE, P, [], token_fault=reason.key)
    assert decision.reason is reason
    assert (reason.status, reason.warning) == (403, 101)


@pytest.mark.parametrize("fault", ["no such fault", "user-unknown", ""])
def test_unknown_token_fault_is_a_bad_token(fault: str) -> None:
    assert (
        initial_check(ALICE, P, [VisitorRule(P)], token_fault=fault).reason is Reason.TOKEN_INVALID
    )


@pytest.mark.parametrize(
    ("user", "profile", "agreement", "reason"),
    [
        (USER, 2, BOTH, None),
        (USER, 2, Agreement(P, B, Direction.A_TO_B), None),
        (USER, 2, Agreement(B, P, Direction.A_TO_B), Reason.DIRECTION_NOT_AGREED),
        (USER, 2, Agreement(P, B, Direction.NONE), Reason.DIRECTION_NOT_AGREED),
        (USER, 2, None, Reason.NO_AGREEMENT),
        (USER, 2, Agreement(P, B, interconnection=False), Reason.NO_INTERCONNECTION),
        (None, 2, BOTH, Reason.USER_UNKNOWN),
        (USER, None, BOTH, Reason.BAD_REQUEST),
        (USER, 9, BOTH, Reason.PROFILE_UNKNOWN),
        (USER, 1, BOTH, Reason.PROFILE_NOT_PERMITTED),
        (USER, 3, BOTH, Reason.PARTNER_NOT_PERMITTED),
    ],
)
def test_primary_check(
    user: HomeUser | None, profile: int | None, agreement: Agreement | None, reason: Reason | None
) -> None:
    """TS 23.280 10.6.3.3 step 6: the partner, the user, the profile; 5.2.9.1."""
    decision = primary_check(user, profile, agreement, primary=P, partner=B)
    assert decision.reason is reason
    assert decision.permitted is (reason is None)


def test_refusal_says_what_would_do() -> None:
    decision = primary_check(USER, 1, BOTH, primary=P, partner=B)
    assert decision.text == (
        "the selected user profile permits no migration: "
        "profile 1, partner b.example; it is permitted with profile 2"
    )
    assert Decision().text == "permitted"


PROVISIONED = ProvisionedUser(ALICE, "sip:v@b.example", {1: UserProfile(1, "guest")})
ALONE = Agreement(P, B, interconnection=False)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"agreement": None}, Reason.NO_AGREEMENT),
        ({"agreement": Agreement(B, P, Direction.A_TO_B)}, Reason.DIRECTION_NOT_AGREED),
        ({"has_certificate": False}, Reason.NO_CERTIFICATE),
        ({"token_fault": "token-replayed"}, Reason.TOKEN_REPLAYED),
        ({"token_fault": "token-expired"}, Reason.TOKEN_EXPIRED),
        ({"provisioned": None}, Reason.NOT_PROVISIONED),
        ({"profile_index": None}, Reason.BAD_REQUEST),
        ({"profile_index": 2}, Reason.PROFILE_UNKNOWN),
    ],
)
def test_local_check(changes: dict[str, object], reason: Reason | None) -> None:
    """TR 23.700-90 7.X.2: certificate, token, provisioned user and profile; nobody is asked."""
    given: dict[str, object] = {
        "provisioned": PROVISIONED,
        "profile_index": 1,
        "agreement": ALONE,
        "has_certificate": True,
        "token_fault": None,
    } | changes
    decision = local_check(primary=P, partner=B, **given)  # type: ignore[arg-type]  # rows of a table
    assert decision.reason is reason


@pytest.mark.parametrize("reason", Reason, ids=lambda r: r.key)
def test_grants_after_failure_only(reason: Reason) -> None:
    """TS 23.280 5.2.9.1: in case of failure the agreement decides; a refusal stays one."""
    granting = Agreement(P, B, on_failure=OnFailure.GRANT_LOCALLY)
    assert grants_after(granting, reason) is (reason.outcome is Outcome.FAILED)
    assert not grants_after(BOTH, reason)
    assert not grants_after(None, reason)
