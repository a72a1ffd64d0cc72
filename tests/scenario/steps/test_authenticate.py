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


def test_what_is_expected_is_compared(tmp_path: Path) -> None:
    """Without a certificate, the partner's identity management refuses (TS 33.180 5.1.4.2)."""
    steps = """
- authenticate: {client: alice-ue, in: primary, for: partner}
  expect: {result: refused, by: partner.example, reason: no-certificate}
"""
    run = play(tmp_path, steps)
    assert verdicts(run) == ["pass"]
    assert [finding.message for finding in run.result.steps[0].findings] == [
        "result: refused",
        "by: partner.example",
        "reason: no-certificate",
    ]


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ("", "another result than expected"),
        ("{result: refused, by: primary.example}", "another by than expected"),
        ("{result: refused, reason: token-expired}", "another reason than expected"),
    ],
)
def test_another_end_than_expected_fails(tmp_path: Path, expect: str, message: str) -> None:
    """Without expect, a valid token is expected to be granted."""
    steps = "- authenticate: {client: alice-ue, in: primary, for: partner}\n"
    run = play(tmp_path, steps + (f"  expect: {expect}\n" if expect else ""))
    assert verdicts(run) == ["fail"]
    (wrong,) = (each for each in run.result.steps[0].findings if each.message == message)
    assert wrong.actual == (
        "result: refused, by: partner.example, reason: no-certificate"
        " (no signing certificate of its issuer is provisioned)"
    )


def test_the_expectation_is_checked(tmp_path: Path) -> None:
    wrong = """
- authenticate: {client: alice-ue, in: primary, for: primary}
- authenticate: {client: alice-ue, in: primary, token: replayed}
- authenticate: {client: alice-ue, in: primary, for: partner}
  expect: {result: refused, by: partner.idms, reason: because}
- authenticate: {client: alice-ue, in: primary, for: partner}
  expect: {result: success, reason: no-certificate}
"""
    assert faults(tmp_path, wrong) == [
        "a security token is for another system",
        "only a security token is replayed",
        "there is no node 'partner.idms'",
        "there is no reason 'because'",
        "success has no 'reason'",
    ]
