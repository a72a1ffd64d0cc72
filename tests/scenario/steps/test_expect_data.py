"""The step expect_data."""

from pathlib import Path

from .playing import faults, play, verdicts
from .test_send_data import READY

SENT = f"{READY}- send_data: {{from: bob-ue, to: alice-ue, text: a}}\n"


def test_what_was_received_and_what_was_not(tmp_path: Path) -> None:
    steps = (
        f"{SENT}- expect_data: {{client: alice-ue, text: a, from: sip:bob@primary.example}}\n"
        "- expect_data: {client: alice-ue, text: b, count: 0}\n"
        "- expect_data: {client: bob-ue, text: a, count: 0}\n"
    )
    run = play(tmp_path, steps, service="mcdata")
    assert verdicts(run) == ["pass"] * 7
    assert run.result.steps[5].title == "expect that alice-ue has received 'b', 0 times"


def test_what_is_missing_or_too_much(tmp_path: Path) -> None:
    steps = (
        f"{SENT}- expect_data: {{client: alice-ue, text: b}}\n"
        "- expect_data: {client: alice-ue, text: a, count: 0}\n"
        "- expect_data: {client: alice-ue, text: a, from: sip:x@primary.example}\n"
        "- expect_data: {client: bob-ue, text: a}\n"
    )
    run = play(tmp_path, steps, service="mcdata")
    assert verdicts(run) == ["pass"] * 4 + ["fail"] * 4
    findings = [step.findings[0] for step in run.result.steps[4:]]
    assert [(f.message, f.expected, f.actual) for f in findings] == [
        ("short data was not received", "'b'", "'a' from sip:bob@primary.example"),
        (
            "short data was received too often",
            "'a', 0 times",
            "'a' from sip:bob@primary.example",
        ),
        (
            "short data was not received",
            "'a' from sip:x@primary.example",
            "'a' from sip:bob@primary.example",
        ),
        ("short data was not received", "'a'", "no short data"),
    ]


def test_names_are_checked(tmp_path: Path) -> None:
    assert faults(tmp_path, "- expect_data: {client: x, text: a, from: tel:1}") == [
        "there is no client 'x'",
        "'tel:1' is not an MC service ID: no SIP URI (sip:user@domain)",
    ]
