"""report.json."""

import json
from collections.abc import Callable

import pytest
from pydantic import TypeAdapter

from mcsip import __version__
from mcsip.report.case import Case, with_check
from mcsip.report.checked import Check
from mcsip.report.jsonmodel import ReportModel, report_schema
from mcsip.report.jsonreport import render_json

Golden = Callable[[str, str], None]


def test_every_kind_of_ending(cases: list[Case], golden: Golden) -> None:
    text = render_json(cases)
    golden("report.json", text.replace(f"mcsip {__version__}", "mcsip VERSION"))


def test_it_is_as_the_schema_says(cases: list[Case]) -> None:
    text = render_json(cases)
    TypeAdapter(ReportModel).validate_json(text, strict=True)
    check_keys(json.loads(text), report_schema(), report_schema())


def check_keys(value: object, schema: dict[str, object], root: dict[str, object]) -> None:
    """Every key that is written stands in the schema, at every depth."""
    reference = schema.get("$ref")
    if isinstance(reference, str):
        definitions = root["$defs"]
        assert isinstance(definitions, dict)
        schema = definitions[reference.rpartition("/")[2]]
    if isinstance(value, list):
        items = schema["items"]
        assert isinstance(items, dict)
        for item in value:
            check_keys(item, items, root)
    elif isinstance(value, dict) and "properties" in schema:
        properties = schema["properties"]
        assert isinstance(properties, dict)
        for key, inner in value.items():
            check_keys(inner, properties[key], root)


def test_secrets_are_not_reported(cases: list[Case], secrets: tuple[bytes, ...]) -> None:
    text = render_json(cases).encode()
    assert not any(secret in text for secret in secrets)


@pytest.mark.parametrize("member", ["format", "version"])
def test_it_says_what_it_is(cases: list[Case], member: str) -> None:
    report = json.loads(render_json(cases))
    assert report[member] == {"format": "mcsip-report", "version": 1}[member]
    assert report["verdict"] == "error"
    assert report["totals"] == {
        "none": 1, "pass": 1, "inconc": 1, "fail": 1, "error": 1, "skipped": 1,
    }  # fmt: skip


def test_what_the_rules_say_stands_in_the_report(passed_case: Case, broken: Check) -> None:
    plain = json.loads(render_json([passed_case]))["scenarios"][0]
    assert plain["conformance"] is None
    (scenario,) = json.loads(render_json([with_check(passed_case, broken.result)]))["scenarios"]
    assert scenario["verdict"] == "fail"
    assert scenario["conformance"]["totals"] == {"none": 1, "pass": 1, "warn": 1, "fail": 2}
