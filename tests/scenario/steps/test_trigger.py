"""The step trigger: TS 23.280 5.2.9.1, triggered by the primary."""

from pathlib import Path

from .playing import faults, play, verdicts

REGISTERED = "- register: {client: alice-ue, in: primary}\n"


def test_the_client_migrates(tmp_path: Path) -> None:
    run = play(
        tmp_path,
        f"{REGISTERED}- trigger: {{client: alice-ue, to: partner, profile: 2}}\n"
        "- expect_messages:\n"
        "    - [primary.server, alice-ue, migration-trigger]\n"
        "    - [partner.server, alice-ue, migration-service-authorization-response]\n",
    )
    assert verdicts(run) == ["pass"] * 3
    assert run.result.steps[1].title == "alice-ue is told to migrate to partner with profile 2"


def test_refused_by_the_primary_itself(tmp_path: Path) -> None:
    steps = REGISTERED + "- trigger: {client: alice-ue, to: partner, profile: 1}\n  expect: "
    refused = "{result: refused, by: primary.server, reason: profile-not-permitted}\n"
    assert verdicts(play(tmp_path, steps + refused)) == ["pass", "pass"]
    assert verdicts(play(tmp_path, steps + "{result: success}\n")) == ["pass", "fail"]


def test_nobody_hears_it(tmp_path: Path) -> None:
    steps = (
        "- stop: {node: primary.core}\n"
        "- trigger: {client: alice-ue, to: partner, profile: 2}\n"
        "  expect: {result: failed, reason: unreachable}\n"
    )
    assert verdicts(play(tmp_path, steps)) == ["pass", "pass"]


def test_names_are_checked(tmp_path: Path) -> None:
    steps = (
        "- trigger: {client: x, to: y, profile: 2}\n  expect: {result: success, by: primary.core}"
    )
    assert faults(tmp_path, steps) == [
        "there is no client 'x'",
        "there is no system 'y'",
        "success has no 'by'",
    ]
