"""The step authenticate: which token a client gets, and what the partner thinks of it."""

from pathlib import Path

import pytest

from .playing import faults, play, verdicts


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("expired", "token-expired"),
        ("forged", "token-invalid"),
        ("wrong-audience", "token-wrong-audience"),
        ("wrong-scope", "token-wrong-scope"),
        ("wrong-id", "token-wrong-id"),
    ],
)
def test_a_token_that_is_wrong_on_purpose(tmp_path: Path, token: str, reason: str) -> None:
    steps = f"""
- authenticate: {{client: alice-ue, in: partner, token: {token}}}
- register: {{client: alice-ue, in: partner}}
- migrate: {{client: alice-ue, to: partner, profile: 2}}
  expect: {{result: refused, by: partner.server, reason: {reason}}}
"""
    assert verdicts(play(tmp_path, steps)) == ["pass", "pass", "pass"]


def test_the_title_names_a_token_that_is_not_valid(tmp_path: Path) -> None:
    run = play(tmp_path, "- authenticate: {client: alice-ue, in: partner, token: expired}")
    assert run.result.steps[0].title == "alice-ue authenticates in partner (expired token)"


def test_names_are_checked(tmp_path: Path) -> None:
    wrong = "- authenticate: {client: alize-ue, in: partnr, for: nobody}"
    assert faults(tmp_path, wrong) == [
        "there is no client 'alize-ue'",
        "there is no system 'partnr'",
        "there is no system 'nobody'",
    ]
