"""The published JSON Schema of a check's report."""

import json
from pathlib import Path

from mcsip.report.checkmodel import check_schema

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schema" / "check.schema.json"


def test_the_published_schema_is_up_to_date() -> None:
    made = json.loads(json.dumps(check_schema()))
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == made, "run 'make docs'"


def test_every_field_is_described() -> None:
    definitions = check_schema()["$defs"]
    assert isinstance(definitions, dict)
    assert set(definitions) == {"ConformanceModel", "FaultModel", "RuleModel", "SystemNodeModel"}
    for name, definition in definitions.items():
        for field, schema in definition["properties"].items():
            assert schema.get("description"), f"{name}.{field}"
