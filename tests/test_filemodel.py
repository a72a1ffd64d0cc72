"""Models of files: faults of shape become diagnostics with positions."""

from typing import Annotated

import pytest
from pydantic import Field

from mcsip.errors import Diagnostic
from mcsip.filemodel import FileModel, describe, keys_at, read_model
from mcsip.yamlfile import parse_document


class Inner(FileModel):
    """A mapping inside."""

    from_: str = Field(alias="from")
    size: int = Field(1, ge=1, le=9)


class Outer(FileModel):
    """The mapping around it."""

    name: str
    inner: Inner | None = None
    many: list[Inner] = Field(default_factory=list)
    by_name: dict[str, Inner] = Field(default_factory=dict)
    code: Annotated[str, Field(min_length=2, max_length=3)] = "ab"


def read(text: str) -> tuple[Outer | None, list[str]]:
    found: list[Diagnostic] = []
    model = read_model(parse_document(text.encode(), "f"), Outer, found)
    return model, [
        f"{d.line}:{d.column}: {d.message}" + (f" ({d.hint})" if d.hint else "") for d in found
    ]


def test_a_sound_file() -> None:
    model, found = read("name: x\nmany: [{from: a}]\n")
    assert model is not None
    assert model.many[0].from_ == "a"
    assert found == []


def test_a_misspelt_key_is_not_reported_as_missing_as_well() -> None:
    assert read("nam: x\ninner: {form: a}\n")[1] == [
        "1:1: unknown key 'nam' (did you mean 'name'?)",
        "2:9: unknown key 'form' (did you mean 'from'?)",
    ]


def test_the_name_inside_the_model_is_not_the_name_in_the_file() -> None:
    assert read("name: x\ninner: {from_: a}\n")[1] == [
        "2:9: unknown key 'from_' (did you mean 'from'?)"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: 1", "1:7: expected text, found the number 1 (put quotes around it)"),
        ("name:", "1:1: expected text, found nothing"),
        ("name: x\ninner: {}", "2:8: the key 'from' is missing"),
        (
            "name: x\nby_name:\n  k: {from: a, size: 0}",
            "3:22: expected at least 1, found the number 0",
        ),
        (
            "name: x\nby_name:\n  k: {from: a, size: 10}",
            "3:22: expected at most 9, found the number 10",
        ),
        (
            "name: x\nby_name:\n  k: {from: a, size: 1.5}",
            "3:22: expected a whole number, found the number 1.5",
        ),
        (
            "name: x\nby_name:\n  k: {from: a, size: true}",
            "3:22: expected a whole number, found true",
        ),
        ("name: x\nmany: {}", "2:7: expected a list, found a mapping"),
        ("name: x\nmany: [1]", "2:8: expected a mapping, found the number 1"),
        ("name: x\ncode: a", "2:7: expected at least 2 characters, found 'a'"),
        ("name: x\ncode: abcd", "2:7: expected at most 3 characters, found 'abcd'"),
        ("[]", "1:1: expected a mapping, found a list of 0"),
    ],
)
def test_faults_of_values(text: str, expected: str) -> None:
    assert read(text)[1] == [expected]


def test_a_value_whose_key_the_file_leaves_out() -> None:
    class Wrapped(FileModel):
        """A list that may stand for its mapping."""

        items: list[int]

    found: list[Diagnostic] = []
    root = parse_document(b"v: [1, x]", "f")
    assert read_model(root, Wrapped, found, ("v",), wrapped="items") is None
    assert [(d.column, d.message) for d in found] == [(8, "expected a whole number, found 'x'")]


def test_keys_that_are_known_at_a_place() -> None:
    assert keys_at(Outer, ("many", 0)) == ["from", "size"]
    assert keys_at(Outer, ("by_name", "x")) == ["from", "size"]
    assert keys_at(Outer, ("code", "x")) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x" * 50, f"'{'x' * 37}'…"),
        ({}, "a mapping"),
        (b"", "b''"),
    ],
)
def test_describe(value: object, text: str) -> None:
    assert describe(value) == text
