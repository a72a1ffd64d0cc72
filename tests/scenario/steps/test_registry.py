"""The table of steps: each is documented, with an example that is valid."""

import subprocess
import sys
from pathlib import Path

import pytest

from mcsip.scenario import steps
from mcsip.scenario.steps import STEPS
from mcsip.scenario.steps.registry import VERBS
from mcsip.yamlfile import parse_document


@pytest.mark.parametrize("verb", STEPS)
def test_each_step_says_what_it_does_and_shows_it(verb: str) -> None:
    kind = STEPS[verb]
    assert kind.reference.startswith(f"The step ``{verb}``: {kind.summary}")
    _, _, example = kind.reference.partition("Example::\n")
    items = parse_document(example.encode(), folder=Path()).plain()
    assert isinstance(items, list)
    for item in items:
        arguments = item[verb]
        given = (
            arguments if kind.wraps is None or kind.wraps in arguments else {kind.wraps: arguments}
        )
        kind.arguments.model_validate(given)
        if "expect" in item:
            assert kind.expectation is not None
            kind.expectation.model_validate(item["expect"])


@pytest.mark.parametrize("verb", STEPS)
def test_each_step_has_a_file_of_its_name(verb: str) -> None:
    assert STEPS[verb].build.__module__ == f"mcsip.scenario.steps.{verb}"


@pytest.mark.parametrize("verb", STEPS)
def test_every_key_is_described(verb: str) -> None:
    kind = STEPS[verb]
    for model in (kind.arguments, kind.expectation):
        for name, field in model.model_fields.items() if model is not None else ():
            assert field.description, name


def test_every_file_is_a_step_of_the_table() -> None:
    files = {path.stem for path in Path(steps.__file__).parent.glob("*.py")}
    assert files - {"__init__", "base", "registry"} == set(VERBS)
    assert list(STEPS) == list(VERBS)
    assert len(STEPS) == len(VERBS)


def test_a_verb_that_there_is_not() -> None:
    assert "base" not in STEPS
    with pytest.raises(KeyError):
        STEPS["base"]


def test_the_file_of_a_step_is_imported_when_it_is_asked_for() -> None:
    code = (
        "import sys; from mcsip.scenario.steps import STEPS\n"
        "names = ('migrate', 'wait')\n"
        "loaded = lambda: [n for n in names if f'mcsip.scenario.steps.{n}' in sys.modules]\n"
        "assert 'wait' in STEPS; print(loaded()); STEPS['wait']; print(loaded())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split("\n") == ["[]", "['wait']", ""]
