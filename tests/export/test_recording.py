"""A node's part of two runs, and the lines of scripts."""

from itertools import count
from pathlib import Path

import pytest

from mcsip.errors import UsageError
from mcsip.export.recording import (
    Recording,
    given_variables,
    load_for,
    one_line,
    record_alike,
    shell_addresses,
    shell_credentials,
    shell_default,
    variable_of,
)
from mcsip.scenario.model import RunOptions
from tests.system.sut import AUTHORIZATION, write_scenario, write_topology

from .recorded import RETURN_HOME


def test_two_runs_of_different_seeds() -> None:
    scenario = load_for(RETURN_HOME, "alice-ue", options=RunOptions(), transport="tcp")
    seen: list[Recording] = []

    def make(recording: Recording) -> int:
        seen.append(recording)
        return len(recording.courses)

    assert record_alike(scenario, "alice-ue", make) == 2
    assert len({each.values.given[0] for each in seen}) == 2
    assert {each.run.result.transport for each in seen} == {"tcp"}
    assert set(seen[0].hosts.values()) >= {"own", "partner_core", "primary_gateway"}
    assert given_variables(seen[0].values, scenario.topology) == [
        ("ID_PARTNER", "MC service ID of partner.example"),
        ("TOKEN_PARTNER", "access token of partner.example"),
        ("TOKEN_PRIMARY", "access token of primary.example"),
    ]


def test_what_differs_is_not_exported() -> None:
    scenario = load_for(RETURN_HOME, "alice-ue", options=RunOptions(), transport="udp")
    numbers = count()
    with pytest.raises(UsageError, match="another in every run"):
        record_alike(scenario, "alice-ue", lambda _: next(numbers))


def test_a_scenario_that_fails_is_not_exported(tmp_path: Path) -> None:
    write_topology(tmp_path)
    wrong = AUTHORIZATION.replace("profile: 2}", "profile: 1}", 1)
    scenario = load_for(
        write_scenario(tmp_path, wrong), "partner.server", options=RunOptions(), transport="udp"
    )
    with pytest.raises(UsageError, match="does not pass in memory"):
        record_alike(scenario, "partner.server", lambda _: 0)


def test_lines_of_scripts() -> None:
    topology = load_for(RETURN_HOME, "alice-ue", options=RunOptions(), transport="udp").topology
    assert variable_of("partner.gateway") == "PARTNER_GATEWAY"
    assert shell_default("X", "1:2", "what") == ': "${X:=1:2}"  # what'
    assert shell_addresses(topology, "alice-ue", ["partner.core"]) == [
        ': "${LISTEN:?host:port where alice-ue is}"',
        ': "${PARTNER_CORE:?host:port of partner.core}"',
    ]
    assert shell_credentials([("T", "token")]) == [": \"${T:?token, see 'mcsip export token'}\""]


def test_one_line() -> None:
    assert one_line("a\r\n b\x00\tc") == "a b c"
