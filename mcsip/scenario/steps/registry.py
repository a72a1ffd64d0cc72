"""The table of steps: a new step is a file in this folder and a row here.

The file of a step is imported when its kind is first asked for: most scenarios have a few kinds of
steps, and start sooner without the others.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module

from mcsip.scenario.steps.base import AnyStep, StepKind

VERBS = (
    "given",
    "authenticate",
    "register",
    "migrate",
    "return_home",
    "trigger",
    "move",
    "send_data",
    "expect_data",
    "call",
    "change_call",
    "hang_up",
    "activate_alias",
    "expect_messages",
    "expect_record",
    "roll_key",
    "stop",
    "start",
    "wait",
    "fault",
)
"""The verbs, each the name of its file, in the order in which scenarios use them."""


class _Kinds(Mapping[str, StepKind]):
    """The kinds of steps by verb; whether there is one is answered without its file."""

    def __getitem__(self, verb: str) -> StepKind:
        if verb not in VERBS:
            raise KeyError(verb)
        kind = import_module(f"{__package__}.{verb}").KIND
        assert isinstance(kind, StepKind)
        return kind

    def __contains__(self, verb: object) -> bool:
        return verb in VERBS

    def __iter__(self) -> Iterator[str]:
        return iter(VERBS)

    def __len__(self) -> int:
        return len(VERBS)


STEPS: Mapping[str, StepKind] = _Kinds()
"""The steps by verb, in the order in which scenarios use them."""

__all__ = ["STEPS", "VERBS", "AnyStep", "StepKind"]
