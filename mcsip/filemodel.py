"""Models of files: pydantic's checks, told as diagnostics with positions.

The shape of a file (which keys, which types) is a tree of ``FileModel``; what it refers to is
checked elsewhere. ``read_model`` gives the model of a part of a document, or adds one diagnostic
per fault to a list. Models are strict: text is no number, ``yes`` is no boolean.
"""

from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from mcsip.document import Key, Node, hint_for, nearest
from mcsip.errors import Diagnostic
from mcsip.excerpt import SECRET_KEYS


class FileModel(BaseModel):
    """A mapping in a file: every key is known, and values are taken as they are written."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        populate_by_name=False,
        defer_build=True,  # until it is used, with what stands in it: a run uses few of them
    )


M = TypeVar("M", bound=FileModel)


# The signature of a factory is read when its model is built. Of ``list`` and ``dict`` it stands in
# a text, which takes longer to parse than all else about a small model.


def no_items() -> list[Any]:
    """Return an empty list: what a key is when it is absent."""
    return []


def no_entries() -> dict[Any, Any]:
    """Return an empty mapping: what a key is when it is absent."""
    return {}


def read_model(
    node: Node,
    model: type[M],
    faults: list[Diagnostic],
    path: tuple[Key, ...] = (),
    *,
    wrapped: str | None = None,
) -> M | None:
    """Return the model of the value at ``path`` of a document, or None when it is faulty.

    Args:
        node: the document.
        model: the shape that is expected.
        faults: every fault is added here.
        path: where in the document.
        wrapped: the key that the value at ``path`` is the value of, where the file leaves it out.
    """
    part: Node | None = node
    for key in path:
        part = part.get(key) if part is not None else None
    try:
        plain = None if part is None else part.plain()
        return model.model_validate(plain if wrapped is None else {wrapped: plain})
    except ValidationError as error:
        faults += _diagnostics(node, path, model, error.errors(include_url=False))
        return None


def _diagnostics(
    node: Node, path: tuple[Key, ...], model: type[FileModel], errors: Iterable[ErrorDetails]
) -> Iterator[Diagnostic]:
    """Return the faults in the order of the file."""
    errors = list(errors)
    misspelt = {
        (error["loc"][:-1], near)
        for error in errors
        if error["type"] == "extra_forbidden"
        and (near := nearest(error["loc"][-1], keys_at(model, error["loc"][:-1]))) is not None
    }
    found = [
        _diagnostic(node, path, model, error)
        for error in errors
        if not (
            error["type"] == "missing" and (error["loc"][:-1], str(error["loc"][-1])) in misspelt
        )
    ]
    return iter(sorted(found, key=lambda fault: (fault.file, fault.line, fault.column)))


def _diagnostic(
    node: Node, path: tuple[Key, ...], model: type[FileModel], error: ErrorDetails
) -> Diagnostic:
    """Return the diagnostic of one fault."""
    loc = error["loc"]
    if loc and loc[-1] == "[key]":
        message, hint = _explain(error)
        return node.at_key(path + node_path(node, path, loc[:-1])).fault(message, hint)
    where = path + node_path(node, path, loc)
    key = loc[-1] if loc else ""
    match error["type"]:
        case "extra_forbidden":
            known = keys_at(model, loc[:-1])
            hint = hint_for(key, known, "keys known here")
            return node.at_key(where).fault(f"unknown key {str(key)!r}", hint)
        case "missing":
            return node.at(where[:-1]).fault(f"the key {str(key)!r} is missing")
        case _:
            message, hint = _explain(error)
            return node.at(where).fault(message, hint)


def node_path(node: Node, path: tuple[Key, ...], loc: tuple[Key, ...]) -> tuple[Key, ...]:
    """Return pydantic's location without what the file does not have (names of union members)."""
    part: Node | None = node
    for key in path:
        part = part.get(key) if part is not None else None
    return part.known(loc) if part is not None else loc


_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


def _explain(error: ErrorDetails) -> tuple[str, str | None]:
    """Return message and hint of a fault of a value."""
    kind, found = error["type"], error["input"]
    is_secret = not SECRET_KEYS.isdisjoint(map(str, error["loc"]))
    told = describe_kind(found) if is_secret else describe(found)
    context: dict[str, Any] = error.get("ctx", {})
    if kind in _KINDS:
        hint = None
        if kind == "string_type" and isinstance(found, int | float):
            hint = "put quotes around it"
        if kind == "bool_type":
            hint = "write true or false"
        return f"expected {_KINDS[kind]}, found {told}", hint
    if kind == "literal_error":
        expected = str(context["expected"])
        names = [name.strip("'") for name in expected.replace(" or ", ", ").split(", ")]
        near = nearest(found, names)
        hint = f"did you mean {near!r}?" if near else None
        return f"expected {expected}, found {told}", hint
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return f"expected {words} {context[bound]:g}, found {told}", None
    if kind in {"too_short", "string_too_short"}:
        expected = _counted(kind, context["min_length"])
        return f"expected at least {expected}, found {told}", None
    if kind in {"too_long", "string_too_long"}:
        expected = _counted(kind, context["max_length"])
        return f"expected at most {expected}, found {told}", None
    if kind == "value_error":
        return str(context["error"]), None
    return f"{error['msg'][:1].lower()}{error['msg'][1:]}", None


def _counted(kind: str, number: int) -> str:
    """Return a number of items or characters in words."""
    unit = "character" if kind.startswith("string") else "item"
    return f"{number} {unit}{'' if number == 1 else 's'}"


def describe_kind(value: object) -> str:
    """Return of what kind a value is, where an error must not name the value."""
    match value:
        case str():
            return f"text of {_counted('string', len(value))}"
        case bool() | None | list() | dict():
            return describe(value)
        case _:
            return "a number"


def describe(value: object) -> str:
    """Return a value as an error names it: kind and, where it is short, the value."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return f"{value!r}" if len(value) <= 40 else f"{value[:37]!r}…"
        case int() | float():
            return f"the number {value}"
        case list():
            return f"a list of {len(value)}"
        case dict():
            return "a mapping"
        case _:
            return repr(value)


def keys_at(model: type[FileModel], loc: tuple[Key, ...]) -> list[str]:
    """Return the keys that the model at a location of ``model`` knows."""
    found = _model_at(model, list(loc))
    if found is None:
        return []
    return [field.alias or name for name, field in found.model_fields.items()]


def _model_at(annotation: Any, loc: list[Key]) -> type[FileModel] | None:
    """Return the model found by following ``loc`` from a type; union members' names are passed."""
    if isinstance(annotation, type) and issubclass(annotation, FileModel):
        if not loc:
            return annotation
        for name, field in annotation.model_fields.items():
            if loc[0] == (field.alias or name):
                return _model_at(field.annotation, loc[1:])
        return _model_at(annotation, loc[1:])
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _model_at(arguments[0], loc)
    if origin in {Union, UnionType}:
        return next((found for each in arguments if (found := _model_at(each, loc))), None)
    if origin is dict:
        return _model_at(arguments[1], loc[1:]) if loc else None
    if origin is list:
        return _model_at(arguments[0], loc[1:]) if loc else None
    return None
