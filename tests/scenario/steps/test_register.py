"""The step register: a client registers at a SIP core (RFC 3261 10)."""

from pathlib import Path

from .playing import READY, faults, play, verdicts


def test_a_client_registers(tmp_path: Path) -> None:
    run = play(tmp_path, READY)
    assert verdicts(run) == ["pass", "pass"]
    assert run.result.steps[1].title == "alice-ue registers in partner"


def test_another_status_than_expected(tmp_path: Path) -> None:
    run = play(tmp_path, f"{READY}  expect: {{status: 404}}\n")
    (finding,) = run.result.steps[1].findings
    assert verdicts(run) == ["pass", "fail"]
    assert (finding.expected, finding.actual) == ("404", "200")


def test_names_are_checked(tmp_path: Path) -> None:
    assert faults(tmp_path, "- register: {client: x, in: y}") == [
        "there is no client 'x'",
        "there is no system 'y'",
    ]
