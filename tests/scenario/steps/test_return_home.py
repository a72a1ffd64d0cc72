"""The step return_home: TS 23.280 10.6.3.3.2.1."""

from pathlib import Path

from .playing import MIGRATED, faults, play, verdicts


def test_a_migrated_user_returns(tmp_path: Path) -> None:
    run = play(
        tmp_path,
        f"{MIGRATED}- return_home: {{client: alice-ue}}\n"
        "- expect_record:\n"
        "    primary.server: {user: sip:alice@primary.example, status: home}\n"
        "    partner.server: {user: sip:alice@primary.example, status: retained}\n",
    )
    assert verdicts(run) == ["pass", "pass", "pass"]
    assert run.result.steps[1].title == "alice-ue returns home"


def test_another_result_than_expected(tmp_path: Path) -> None:
    steps = f"{MIGRATED}- return_home: {{client: alice-ue}}\n  expect: {{result: refused}}\n"
    assert verdicts(play(tmp_path, steps)) == ["pass", "fail"]


def test_names_are_checked(tmp_path: Path) -> None:
    assert faults(tmp_path, "- return_home: {client: x}") == ["there is no client 'x'"]
