"""SIPp's statistics columns: the names are SIPp's own, and the numbers those of the load."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from mcsip.load.failure import Kind
from mcsip.load.sippcsv import columns, render_csv
from mcsip.load.statistics import Statistics

from .results import bad, good
from .world import counted

HEAD = Path(__file__).parent / "golden" / "sipp-3.6-head.txt"
"""The first line of a file that SIPp 3.6.1 wrote with -trace_stat, for a scenario with one timer."""


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_the_columns_are_those_of_sipp() -> None:
    assert ";".join(columns(1)) + ";" == HEAD.read_text().strip()


def test_each_step_has_a_response_time() -> None:
    names = columns(3)
    assert [n for n in names if n.startswith("ResponseTime") and n.endswith("(P)")] == [
        f"ResponseTime{number}{what}(P)" for number in (1, 2, 3) for what in ("", "StDev")
    ]
    assert names.index("ResponseTime3StDev(C)") < names.index("CallLength(P)")


def test_a_row_for_each_part_of_the_time_and_the_last_says_all() -> None:
    text = render_csv(good())
    lines = text.splitlines()
    assert len({line.count(";") for line in lines}) == 1
    found = rows(text)
    assert len(found) == len(good().statistics.points)
    last = found[-1]
    assert last["TotalCallCreated"] == last["SuccessfulCall(C)"] == last["OutgoingCall(C)"] == "20"
    assert sum(int(row["SuccessfulCall(P)"]) for row in found) == 20
    assert (last["FailedCall(C)"], last["CurrentCall"], found[0]["TargetRate"]) == ("0", "0", "4")


def test_times_are_written_as_sipp_does() -> None:
    last = rows(render_csv(good()))[-1]
    assert [row["ElapsedTime(C)"] for row in rows(render_csv(good()))] == [
        f"00:00:0{second}" for second in range(1, 6)
    ]
    assert {row["ElapsedTime(P)"] for row in rows(render_csv(good()))} == {"00:00:01"}
    assert last["StartTime"].count("\t") == 2
    hours, minutes, seconds, micros = last["ResponseTime3(C)"].split(":")
    assert (hours, minutes, seconds) == ("00", "00", "00")
    mean_s = good().statistics.steps["migrate"].latency.mean_s
    assert int(micros) / 1e6 == pytest.approx(mean_s, rel=0.01)


def test_a_repartition_counts_every_call() -> None:
    last = rows(render_csv(good()))[-1]
    counts = [int(v) for k, v in last.items() if k.startswith("CallLengthRepartition_")]
    assert sum(counts) == 20
    assert last["CallLengthRepartition"] == ""


def test_the_target_is_what_was_due_in_the_part() -> None:
    assert [row["TargetRate"] for row in rows(render_csv(good()))] == ["4"] * 5


def test_failures_are_told_by_kind_and_add_up() -> None:
    statistics = Statistics(["migrate"])
    for kind in Kind:
        counted(statistics, failed=1, kind=kind)
    statistics.on_time(1.0)
    last = rows(render_csv(replace(good(), statistics=statistics)))[-1]
    by_kind = [int(value) for name, value in last.items() if is_a_kind(name)]
    assert sum(by_kind) == int(last["FailedCall(C)"]) == len(Kind)
    assert last["FailedCmdNotSent(C)"] == "1"  # a fault of ours


def is_a_kind(name: str) -> bool:
    return name.startswith("Failed") and name.endswith("(C)") and name != "FailedCall(C)"


def test_calls_that_were_not_made_are_congestion_of_the_generator() -> None:
    last = rows(render_csv(bad()))[-1]
    assert last["FailedOutboundCongestion(C)"] == last["FailedCall(C)"] != "0"
