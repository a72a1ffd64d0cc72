"""No half-migrated user: a sample of the matrix of ``make matrix``, in virtual time.

Every procedure of TS 23.280 10.6.3.3 × every hop and commit × everything that can go wrong there.
"""

import random
from dataclasses import replace

import pytest

from mcsip.migration.partner_table import PARTNER_TABLE, PartnerInput
from mcsip.migration.records import PartnerEffect, PartnerStatus
from tests.matrix.points import AT_COMMIT, AT_SEND, Case, Point, Trouble
from tests.matrix.procedures import SETTINGS, procedures_of
from tests.matrix.run import cases_of, points_of, run_case
from tests.matrix.table import render_table

SAMPLE = 10
"""Cases of each procedure in each setting: one of each trouble."""
PLACES = [(setting, procedure) for setting in SETTINGS for procedure in procedures_of(setting)]


def sample_of(setting: str, procedure: str) -> list[Case]:
    """Return some cases, the same in every run, spread over all troubles."""
    rng = random.Random(f"{setting} {procedure}")
    cases = list(cases_of(setting, procedure))
    rng.shuffle(cases)
    order = list(Trouble)
    turn = {trouble: rng.random() for trouble in order}
    by_trouble = {t: [case for case in cases if case.trouble is t] for t in order}
    ranked = sorted(
        ((index, turn[t], case) for t in order for index, case in enumerate(by_trouble[t])),
        key=lambda each: each[:2],
    )
    return [case for _, _, case in ranked[:SAMPLE]]


@pytest.mark.parametrize(("setting", "procedure"), PLACES)
def test_nobody_is_half_migrated(setting: str, procedure: str) -> None:
    sample = sample_of(setting, procedure)
    troubles = {case.trouble for case in cases_of(setting, procedure)}
    assert {case.trouble for case in sample} == troubles
    assert troubles >= {*AT_SEND, Trouble.KILLED_SENT}
    for case in sample:
        report = run_case(case)
        assert report.struck, f"{case}: nothing went wrong, so nothing was tried"
        assert not report.faults, (str(case), report.faults)


HOPS = {
    "udp": 3,
    "tcp": 3,
    "udp without gateways": 1,
    "gateway of the primary only": 2,
    "gateways of the partners only": 2,
    "no temporary identities": 3,
    "grant on failure": 3,
}


@pytest.mark.parametrize(("setting", "hops"), HOPS.items())
def test_every_message_of_the_ladder_is_a_point(setting: str, hops: int) -> None:
    """TS 23.280 10.6.3.3: steps 1 to 12 with their answers, and a commit before each answer."""
    points = points_of(setting, "authorization")
    messages = [point.label for point in points if not point.is_commit]
    assert messages.count("migration-service-authorization-request") == 2 + hops
    assert messages.count("migration-service-authorization-response") == 2 + hops
    assert [p.node for p in points if p.is_commit] == [
        "partner.server",
        "primary.server",
        "partner.server",
        "primary.server",
    ]


def test_without_interconnection_the_partner_alone_commits() -> None:
    """TR 23.700-90 7.X.2: nothing passes between the systems."""
    points = points_of("without interconnection", "authorization")
    assert [p.node for p in points if p.is_commit] == ["partner.server"]
    assert not [p for p in points if "primary." in p.node + p.to]


def test_a_grant_on_failure_is_reached() -> None:
    """The user is served when the primary cannot be asked: nothing is quiet for that reason."""
    cases = [
        case
        for case in cases_of("grant on failure", "authorization")
        if case.trouble is Trouble.LOST and case.point.to == "primary.server"
    ]
    reports = [run_case(case) for case in cases]
    assert cases
    assert not any(report.faults for report in reports)
    assert any(report.alone for report in reports)
    assert not any(run_case(replace(case, setting="udp")).alone for case in cases)


def test_the_matrix_finds_a_partner_that_takes_what_it_does_not_wait_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Records rule 2: without the refusal the primary would say "migrated" for ever."""
    key = (PartnerStatus.ABSENT, PartnerInput.SUCCESS_STALE)
    row = PARTNER_TABLE[key]._replace(effects=(PartnerEffect.TAKE,))
    cases = [
        case
        for case in cases_of("udp", "authorization")
        if case.trouble is Trouble.SILENT and case.point.label.endswith("-response")
    ]
    assert not any(run_case(case).faults for case in cases)
    monkeypatch.setitem(PARTNER_TABLE, key, row)
    assert any(run_case(case).faults for case in cases)


def test_the_table() -> None:
    send = Point(3, "a.server", "b.server", "200 to x")
    commit = Point(0, "a.server", "", "commit")
    results = {
        Case("udp", "p", AT_SEND[0], send): True,
        Case("udp", "p", AT_COMMIT[0], commit, 1.0): False,
    }
    assert render_table("p (udp)", results).splitlines() == [
        "p (udp)",
        "  A: lost once",
        "  B: killed before commit, away 1 s",
        "                                     A     B",
        "  3 a.server 200 to x -> b.server    ok    .",
        "  0 a.server commit                  .    HALF",
        "2 cases, 1 with a fault",
    ]
