"""Options of a run, and which of two layers wins."""

from typing import Any

import pytest
from pydantic import ValidationError

from mcsip.scenario.model import FaultOptions, OptionsFile, RunOptions, run_options


def options(**values: Any) -> RunOptions:
    return run_options(OptionsFile.model_validate(values))


def test_what_is_not_said_comes_from_below() -> None:
    over = RunOptions(seed=0, network="memory")
    under = RunOptions(seed=7, transport="udp")
    assert over.over(under) == RunOptions(seed=0, network="memory", transport="udp")


def test_a_file_without_options_says_nothing() -> None:
    assert run_options(None) == RunOptions()
    assert options() == RunOptions()


def test_faults_need_the_memory_and_choose_it() -> None:
    assert options(faults={"loss": 0.1}) == RunOptions(network="memory", faults=FaultOptions(0.1))
    assert options(faults={}, network="loopback").network == "loopback"


def test_timeouts() -> None:
    found = options(timeouts={"t1": 0.1, "settle": 3.0, "scenario": 60.0})
    assert (found.t1_s, found.t2_s, found.settle_s, found.timeout_s) == (0.1, None, 3.0, 60.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"faults": {"loss": 1.5}},
        {"timeouts": {"t1": 0.0}},
        {"network": "ether"},
        {"seed": -1},
        {"sede": 1},
        {"seed": "1"},
    ],
)
def test_what_no_option_may_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        options(**wrong)
