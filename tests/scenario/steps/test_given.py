"""The step given: a precondition is brought about, or nothing was learnt."""

from pathlib import Path

from .playing import MIGRATED, faults, play, verdicts


def test_the_whole_procedure_runs(tmp_path: Path) -> None:
    run = play(
        tmp_path,
        f"{MIGRATED}- expect_record:\n"
        "    partner.server: {user: sip:alice@primary.example, status: active, profile: 2}\n",
    )
    assert verdicts(run) == ["pass", "pass"]
    assert run.result.steps[0].title == "given: alice-ue has migrated to partner with profile 2"


def test_a_core_that_does_not_answer_is_inconclusive(tmp_path: Path) -> None:
    run = play(tmp_path, f"- stop: {{node: partner.core}}\n{MIGRATED}")
    assert verdicts(run) == ["pass", "inconc"]


def test_names_are_checked(tmp_path: Path) -> None:
    assert faults(tmp_path, "- given: {client: x, migrated_to: y, profile: 2}") == [
        "there is no client 'x'",
        "there is no system 'y'",
    ]
