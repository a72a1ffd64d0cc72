"""The step expect_record: only what is written is compared (TS 23.280 10.6.3.3 steps 7, 11)."""

from pathlib import Path

import pytest

from .playing import MIGRATED, faults, play

USER = "sip:alice@primary.example"


@pytest.mark.parametrize(
    ("record", "wrong"),
    [
        ("status: migrated", None),
        ("status: migrated, partner: partner.example, profile: 2", None),
        ("partner: partner", None),
        ("status: home", "status"),
        ("profile: 1", "profile"),
        ("partner: primary.example", "partner"),
        ("partner_id: sip:x@partner.example", "partner_id"),
    ],
)
def test_the_record_of_a_primary(tmp_path: Path, record: str, wrong: str | None) -> None:
    steps = f"{MIGRATED}- expect_record:\n    primary.server: {{user: {USER}, {record}}}\n"
    step = play(tmp_path, steps).result.steps[1]
    failed = [f.message for f in step.findings if f.verdict.value == "fail"]
    assert failed == ([f"primary.server holds another {wrong} of {USER}"] if wrong else [])


def test_nobody_has_migrated_yet(tmp_path: Path) -> None:
    run = play(
        tmp_path,
        f"- expect_record:\n    primary.server: {{user: {USER}, status: home}}\n"
        f"    partner.server: {{user: {USER}, status: absent}}\n",
    )
    assert run.result.verdict.value == "pass"


def test_names_are_checked(tmp_path: Path) -> None:
    wrong = f"""
- expect_record:
    primary.gateway: {{user: {USER}}}
    primary.server: {{user: sip:zoe@primary.example, status: active}}
    partner.server: {{user: {USER}, status: asleep, partner: nowhere.example}}
"""
    assert faults(tmp_path, wrong) == [
        "'primary.gateway' is a mc-gateway, expected a mc-server",
        "there is no user 'sip:zoe@primary.example'",
        "the record of a primary is never 'active'",
        "there is no status 'asleep'",
        "no system has the domain 'nowhere.example'",
    ]
