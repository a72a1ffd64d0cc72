"""The published JSON Schema of report.json."""

import json
from pathlib import Path

from mcsip.report.jsonmodel import report_schema

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schema" / "report.schema.json"


def test_the_published_schema_is_up_to_date() -> None:
    made = json.loads(json.dumps(report_schema()))
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == made, (
        "write json.dumps(mcsip.report.jsonmodel.report_schema(), indent=2) to it"
    )


def test_every_field_is_described() -> None:
    definitions = report_schema()["$defs"]
    assert isinstance(definitions, dict)
    assert len(definitions) == 13
    for name, definition in definitions.items():
        for field, schema in definition["properties"].items():
            assert schema.get("description"), f"{name}.{field}"
