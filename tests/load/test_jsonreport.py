"""A load's report as JSON: as its schema says, and with what was counted."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from mcsip.load.jsonmodel import LoadReportModel
from mcsip.load.jsonreport import render_json, report_of
from mcsip.load.run import LoadResult
from mcsip.migration.agreement import Disagreement
from mcsip.nodes.agreement import Agree

from .results import bad, good, with_records


def read(result: LoadResult) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(render_json(result))
    return report


@pytest.mark.parametrize("result", [good(), bad()], ids=["good", "bad"])
def test_it_is_as_the_model_says(result: LoadResult) -> None:
    report = read(result)
    assert report.pop("$schema") == "https://mcsip.example/schema/load.schema.json"
    assert TypeAdapter(LoadReportModel).validate_python(report) == report_of(result)


def test_calls_steps_and_points_say_the_same() -> None:
    report = read(good())
    assert report["calls"]["due"] == report["calls"]["ok"] == 20
    assert [step["name"] for step in report["steps"]] == [
        "authenticate", "register", "migrate", "reset", "total",
    ]  # fmt: skip
    assert {step["ok"] for step in report["steps"]} == {20}
    assert sum(point["ok"] for point in report["points"]) == 20
    assert report["points"][0]["target_rate"] == 4.0
    assert set(report["points"][0]["latency"]["migrate"]) == {"p50", "p95", "p99"}


def test_failures_by_reason_and_kind() -> None:
    report = read(bad())
    missed = report["calls"]["not_made"]["no free user"]
    assert missed + report["calls"]["begun"] == report["calls"]["due"]
    assert sum(point["kinds"].get("not made", 0) for point in report["points"]) == missed
    assert report["verdict"] == "missed"


def test_thresholds_records_and_rules() -> None:
    report = read(good())
    assert [each["met"] for each in report["thresholds"]] == [True, False, True, True]
    assert report["records"]["verdict"] == "pass"
    assert (report["rules"]["users"], report["rules"]["broken"]) == (2, {})
    half = Disagreement("sip:alice@primary.example", "they differ")
    records = read(with_records(good(), Agree.NO, found=(half,)))["records"]
    assert records["disagreements"] == ["sip:alice@primary.example: they differ"]
    assert read(bad())["rules"] is None
