"""The published JSON Schemas are those of the models; shipped files fit them."""

import json
from pathlib import Path

import pytest

from mcsip.scenario.schema import render_schemas, scenario_schema
from mcsip.scenario.steps import STEPS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["topology.schema.json", "scenario.schema.json"])
def test_the_committed_copy_is_current(name: str) -> None:
    committed = (ROOT / "docs" / "schema" / name).read_text(encoding="utf-8")
    assert committed == render_schemas()[name], "run 'make docs' to bring docs/schema up to date"


def test_there_is_an_alternative_for_each_step() -> None:
    schema = scenario_schema()
    items = schema["properties"]["steps"]["items"]["oneOf"]
    assert [item["title"] for item in items] == list(STEPS)


def test_every_reference_has_its_definition() -> None:
    for text in render_schemas().values():
        schema = json.loads(text)
        wanted = {part.partition('"')[0] for part in text.split('"$ref": "#/$defs/')[1:]}
        assert wanted <= set(schema["$defs"])
