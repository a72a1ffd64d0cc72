"""The published schema of load reports."""

from typing import Any

from mcsip.load.jsonmodel import LOAD_FORMAT, LOAD_SCHEMA_URI, LOAD_VERSION, load_schema


def test_every_field_is_described() -> None:
    schema = load_schema()
    assert schema["$id"] == LOAD_SCHEMA_URI
    shared = schema["$defs"]
    assert isinstance(shared, dict)
    shapes: list[dict[str, Any]] = [schema, *shared.values()]
    for shape in shapes:
        for name, field in shape["properties"].items():
            assert "description" in field or "$ref" in field, name


def test_format_and_version_stand_in_the_schema() -> None:
    properties = load_schema()["properties"]
    assert isinstance(properties, dict)
    assert properties["format"]["const"] == LOAD_FORMAT
    assert properties["version"]["const"] == LOAD_VERSION
