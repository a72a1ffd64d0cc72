"""The published JSON Schemas of topology and scenario files, made from the models."""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from mcsip.filemodel import FileModel
from mcsip.scenario.model import ScenarioFile
from mcsip.scenario.steps import STEPS, StepKind
from mcsip.scenario.steps.base import EXPECT
from mcsip.topology.file import TopologyFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TOPOLOGY, SCENARIO = "topology.schema.json", "scenario.schema.json"

Schema = dict[str, Any]


def topology_schema() -> Schema:
    """Return the JSON Schema of topology files."""
    schema = TopologyFile.model_json_schema(by_alias=True)
    return {"$schema": DIALECT, **schema, "title": "mcsip topology"}


def scenario_schema() -> Schema:
    """Return the JSON Schema of scenario files: the frame, and one alternative for each step."""
    models: list[type[FileModel]] = [ScenarioFile]
    for kind in STEPS.values():
        models += [kind.arguments, *([kind.expectation] if kind.expectation is not None else [])]
    references, shared = models_json_schema(
        [(model, "validation") for model in models], by_alias=True
    )
    definitions: Schema = shared["$defs"]
    frame: Schema = definitions.pop(ScenarioFile.__name__)
    pointers = {kind_model.__name__: ref for (kind_model, _), ref in references.items()}
    alternatives = [_step_schema(kind, pointers, definitions) for kind in STEPS.values()]
    frame["properties"]["steps"]["items"] = {"oneOf": alternatives}
    return {"$schema": DIALECT, **frame, "title": "mcsip scenario", "$defs": definitions}


def _step_schema(kind: StepKind, pointers: dict[str, Schema], definitions: Schema) -> Schema:
    """Return the schema of one item of ``steps``."""
    arguments: Schema = pointers[kind.arguments.__name__]
    if kind.wraps is not None:
        direct = definitions[kind.arguments.__name__]["properties"][kind.wraps]
        written = {key: value for key, value in direct.items() if key != "title"}
        if "additionalProperties" in written:
            arguments = written
        else:
            arguments = {"anyOf": [written, arguments]}
    properties: Schema = {kind.verb: {**arguments, "description": kind.summary}}
    if kind.expectation is not None:
        properties[EXPECT] = pointers[kind.expectation.__name__]
    return {
        "type": "object",
        "title": kind.verb,
        "properties": properties,
        "required": [kind.verb],
        "additionalProperties": False,
    }


def render_schemas() -> dict[str, str]:
    """Return the text of each published schema by file name."""
    schemas = {TOPOLOGY: topology_schema(), SCENARIO: scenario_schema()}
    return {
        name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas.items()
    }


def write_schemas(folder: Path) -> None:
    """Write the published schemas into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in render_schemas().items():
        (folder / name).write_text(text, encoding="utf-8")
