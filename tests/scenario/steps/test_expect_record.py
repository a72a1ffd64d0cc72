"""The step expect_record: only what is written is compared (TS 23.280 10.6.3.3 steps 7, 11)."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from mcsip.scenario.result import Finding, Verdict
from mcsip.trace import Mode

from .playing import MIGRATED, READY, faults, play, play_as_if

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


class TestServersThatAreNotOurs:
    """Their records cannot be read: what their messages show is compared."""

    MIGRATE = "- migrate: {client: alice-ue, to: partner, profile: 2}\n"
    RECORD = "- expect_record: {%s: {user: sip:alice@primary.example, %s}}\n"

    def judged(
        self, folder: Path, node: str, wanted: str, mode: Mode = Mode.SUT, steps: str = MIGRATE
    ) -> Sequence[Finding]:
        text = f"{READY}{steps}{self.RECORD % (node, wanted)}"
        run = play_as_if(folder, text, **{node.replace(".", "_"): mode})
        return run.result.steps[-1].findings

    @pytest.mark.parametrize(
        ("node", "wanted"),
        [
            ("partner.server", "status: active, basis: primary, profile: 2"),
            ("primary.server", "status: migrated, partner: partner, profile: 2"),
        ],
    )
    def test_what_is_shown_and_right(self, tmp_path: Path, node: str, wanted: str) -> None:
        (finding,) = self.judged(tmp_path, node, wanted)
        assert finding.verdict is Verdict.PASS
        assert finding.message.startswith(f"{node} behaves so: status: ")

    @pytest.mark.parametrize(
        ("node", "wanted", "said"),
        [
            ("partner.server", "status: retained", "status: active"),
            ("primary.server", "status: home", "status: migrated"),
        ],
    )
    def test_what_is_shown_and_wrong(
        self, tmp_path: Path, node: str, wanted: str, said: str
    ) -> None:
        (finding,) = self.judged(tmp_path, node, wanted)
        assert finding.verdict is Verdict.FAIL
        assert finding.message == (
            f"{node} behaves as if it held another status of sip:alice@primary.example"
        )
        assert said in finding.actual
        assert "migration-service-authorization-response success" in finding.actual

    def test_what_no_message_shows_is_none_with_the_reason(self, tmp_path: Path) -> None:
        shown, unknown = self.judged(tmp_path, "primary.server", "status: migrated, owed: []")
        assert (shown.verdict, unknown.verdict) == (Verdict.PASS, Verdict.NONE)
        assert unknown.message == ("primary.server is not ours: no message shows its record's owed")

    def test_nothing_at_all_is_none(self, tmp_path: Path) -> None:
        (finding,) = self.judged(tmp_path, "partner.server", "status: absent", steps="")
        assert finding.verdict is Verdict.NONE

    def test_a_mapping_may_have_ended_since(self, tmp_path: Path) -> None:
        steps = f"{self.MIGRATE}- return_home: {{client: alice-ue}}\n"
        (right,) = self.judged(tmp_path, "partner.server", "status: retained", steps=steps)
        (gone,) = self.judged(tmp_path, "partner.server", "status: absent", steps=steps)
        assert (right.verdict, gone.verdict) == (Verdict.PASS, Verdict.NONE)

    def test_an_observed_one_is_recorded_and_not_judged(self, tmp_path: Path) -> None:
        (finding,) = self.judged(tmp_path, "partner.server", "status: retained", Mode.OBSERVED)
        assert finding.verdict is Verdict.NONE
        assert finding.message.startswith("partner.server is observed, and not judged: status: ")
