"""Reasons and decisions: what the user is told."""

from mcsip.migration.decision import PERMITTED, REASONS, Decision, Reason


def test_every_reason_is_complete() -> None:
    assert len(REASONS) == len(Reason)
    for reason in Reason:
        row = reason.value
        assert row.text[0].islower()
        assert not row.text.endswith(".")
        assert row.clause.startswith(("TS ", "TR ", "RFC "))
        assert 400 <= row.status < 700
        assert row.warning in (None, 100, 101, 141, 145, 164, 179)
        assert row.grade in ("seed", "read", "2nd", "gen", "ours")


def test_a_decision_in_a_sentence() -> None:
    assert (PERMITTED.permitted, PERMITTED.text) == (True, "permitted")
    assert Decision(detail="profile 2 may").text == "profile 2 may"
    refused = Decision(Reason.SIMULTANEOUS, "profile 3")
    assert (refused.permitted, refused.text) == (False, f"{Reason.SIMULTANEOUS.text}: profile 3")
    assert Decision(Reason.SIMULTANEOUS).text == Reason.SIMULTANEOUS.text
