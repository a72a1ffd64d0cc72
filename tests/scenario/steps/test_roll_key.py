"""The step roll_key: a new key signs, tokens of the old one stay valid."""

from pathlib import Path

from .playing import faults, no_meaning, play, verdicts


def test_a_token_of_the_old_key_still_admits(tmp_path: Path) -> None:
    """RFC 7517 5."""
    steps = """
- authenticate: {client: alice-ue, in: partner}
- roll_key: {system: partner}
- register: {client: alice-ue, in: partner}
- migrate: {client: alice-ue, to: partner, profile: 2}
"""
    run = play(tmp_path, steps)
    assert verdicts(run) == ["pass"] * 4
    assert run.result.steps[1].title == "partner signs tokens with a new key"


def test_names_are_checked(tmp_path: Path) -> None:
    assert faults(tmp_path, "- roll_key: {system: partnr}") == ["there is no system 'partnr'"]


def test_a_server_that_is_not_ours_hears_of_no_new_key(tmp_path: Path) -> None:
    """Unless an identity management server of ours publishes it (RFC 7517 5)."""
    sut = "primary.server=udp:192.0.2.1:5060"
    said = no_meaning(tmp_path, "- roll_key: {system: primary}", sut)
    assert said == "primary.server is not ours: it cannot be told of a new key from here"
    assert no_meaning(tmp_path, "- roll_key: {system: partner}", sut) == ""
