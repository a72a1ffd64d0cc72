"""The shape of a topology file: every key is described, and none is guessed."""

import inspect
from typing import Any

import pytest
from pydantic import ValidationError

from mcsip.filemodel import FileModel
from mcsip.mc.services import SERVICES
from mcsip.topology import file
from mcsip.topology.file import AgreementFile, TopologyFile, VisitorFile

MODELS = [
    model
    for _, model in inspect.getmembers(file, inspect.isclass)
    if issubclass(model, FileModel) and model is not FileModel
]
SMALL: dict[str, Any] = {
    "systems": {"a": {"domain": "a.example", "nodes": {"server": {"role": "mc-server"}}}}
}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_described(model: type[FileModel]) -> None:
    assert [name for name, field in model.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_may_be_named(service: str) -> None:
    assert TopologyFile.model_validate({**SMALL, "service": service}).service == service


def test_what_is_absent() -> None:
    topology = TopologyFile.model_validate(SMALL)
    assert (topology.service, topology.transport) == ("mcptt", "tcp")
    assert (topology.agreements, topology.clients) == ([], {})


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (TopologyFile, {}),
        (TopologyFile, {**SMALL, "sytems": {}}),
        (TopologyFile, {**SMALL, "transport": "sctp"}),
        (AgreementFile, {"between": ["a"]}),
        (AgreementFile, {"between": ["a", "b"], "interconnection": "yes"}),
        (AgreementFile, {"between": ["a", "b"], "migration": {"from": "a"}}),
        (VisitorFile, {"from": "a", "users": "some"}),
    ],
)
def test_what_no_file_may_say(model: type[FileModel], wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(wrong)
