"""What all steps have in common: where their parts stand in the file."""

from pathlib import Path

from mcsip.scenario.steps.register import Register, RegisterArguments, RegisterExpectation
from mcsip.yamlfile import parse_document

TEXT = b"""steps:
  - register: {client: ue, in: partner}
    expect: {status: 404}
  - register: {client: ue, in: partner}
"""


def step(index: int, expectation: RegisterExpectation | None) -> Register:
    root = parse_document(TEXT, "x.yaml", Path())
    arguments = RegisterArguments.model_validate({"client": "ue", "in": "partner"})
    return Register(arguments, expectation, root, index)


def where(position: object) -> str:
    fault = position.fault("")  # type: ignore[attr-defined]  # a position
    return f"{fault.line}:{fault.column}"


def test_verb_argument_and_expectation_have_positions() -> None:
    register = step(0, RegisterExpectation(status=404))
    assert where(register.position) == "2:5"
    assert where(register.at("client")) == "2:24"
    assert where(register.at_expected("status")) == "3:22"


def test_what_is_not_written_stands_at_the_verb() -> None:
    register = step(1, None)
    assert where(register.at("nothing")) == "4:5"
    assert where(register.at_expected("status")) == "4:5"
    assert register.under("client") == ("steps", 1, "register", "client")
    assert register.expected("status") == ("steps", 1, "expect", "status")
