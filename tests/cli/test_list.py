"""``mcsip list``: scenarios, messages, steps; also for programs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcsip.conformance.catalogue import RULES
from mcsip.mc.communication import COMMUNICATIONS
from mcsip.mc.messages import MESSAGES
from mcsip.scenario.steps import STEPS

Cli = Callable[..., Any]


def test_messages(cli: Cli) -> None:
    assert [line for line in cli("list", "messages").out.splitlines() if line[0] != " "] == [
        *MESSAGES,
        *COMMUNICATIONS,
    ]
    assert [row["message"] for row in json.loads(cli("list", "messages", "--json").out)] == [
        *MESSAGES,
        *COMMUNICATIONS,
    ]


def test_steps_with_examples(cli: Cli) -> None:
    text = cli("list", "steps").out
    for verb in STEPS:
        assert f"\n    - {verb}:" in text
    rows = json.loads(cli("list", "steps", "--json").out)
    assert [row["step"] for row in rows] == [*STEPS]
    assert all(row["summary"] for row in rows)


def test_scenarios(cli: Cli, files: Path) -> None:
    assert "authorization/success\n    Service authorization" in cli("list", "scenarios").out
    rows = json.loads(cli("list", "scenarios", files, "--json").out)
    assert [(row["name"], row["tags"], row["steps"]) for row in rows] == [
        ("Good one", ["fine"], 3),
        ("Wrong one", ["bad"], 3),
    ]


def test_a_wrong_file_does_not_hide_the_others(cli: Cli, files: Path) -> None:
    (files / "broken.yaml").write_text("steps: [")
    done = cli("list", "scenarios", files)
    assert done.code == 3
    assert "Good one" in done.out
    assert "broken.yaml:1:8" in done.err


@pytest.mark.parametrize("what", ["scenarios", "messages", "steps"])
def test_every_list_works(cli: Cli, what: str) -> None:
    assert cli("list", what).code == 0


@pytest.mark.parametrize(
    ("name", "hint"), [("step", "did you mean 'steps'"), ("nonsense", "scenarios")]
)
def test_a_list_that_there_is_not_has_a_hint(cli: Cli, name: str, hint: str) -> None:
    done = cli("list", name)
    assert done.code == 2
    assert f"There is no list of {name!r}" in done.err
    assert hint in done.err


def test_rules_stand_below_their_clauses(cli: Cli) -> None:
    done = cli("list", "rules", "rfc3325/9.1")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "RFC 3325 9.1"
    assert all(line.startswith("    ") for line in lines[1:])
    assert "    rfc3325/9.1/values  shall [gen]" in lines


def test_rules_for_programs(cli: Cli) -> None:
    rows = json.loads(cli("list", "rules", "--json").out)
    assert [row["rule"] for row in rows] == [rule.id for rule in RULES]
    assert set(rows[0]) == {
        "rule", "document", "clause", "level", "grade", "requirement", "looks_at",
    }  # fmt: skip


def test_no_such_rule(cli: Cli) -> None:
    done = cli("list", "rules", "rfc3262")
    assert (done.code, done.out) == (5, "")
    assert "there is no rule 'rfc3262'; did you mean 'rfc3261'?" in done.err
