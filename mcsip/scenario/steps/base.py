"""What all steps have in common: arguments, an expectation beside them, a place in the file.

The file of a step has its ``StepKind`` as ``KIND``.
"""

import inspect
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar

from mcsip.document import Key, Node, Position
from mcsip.filemodel import FileModel
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.topology.gateways import StandIns

A = TypeVar("A", bound=FileModel)
E = TypeVar("E", bound=FileModel)

EXPECT = "expect"


class NoExpectation(FileModel):
    """The step has nothing to be expected."""


class Step(ABC, Generic[A, E]):
    """A step of a scenario: read, checked, ready to be performed.

    A step is one item of ``steps``: its verb with its arguments and, beside the verb, ``expect``.

    Args:
        arguments: what stands under the verb.
        expectation: what stands under ``expect``, or None.
        root: the scenario's document, for positions.
        index: position among the steps, from 0.
    """

    verb: ClassVar[str]
    """The key that names the step."""
    wraps: ClassVar[str | None] = None
    """The argument that may be written directly under the verb, without its own key."""

    def __init__(self, arguments: A, expectation: E | None, root: Node, index: int) -> None:
        self.arguments = arguments
        self.expectation = expectation
        self.root = root
        self.index = index
        #: Who stands in for the gateways that the run's topology has lost (option ``gateways``).
        self.stand_ins = StandIns()

    @property
    def path(self) -> tuple[Key, ...]:
        """Path of the item in the document."""
        return ("steps", self.index)

    def under(self, *keys: Key) -> tuple[Key, ...]:
        """Return the path of an argument."""
        return (*self.path, self.verb, *keys)

    def expected(self, *keys: Key) -> tuple[Key, ...]:
        """Return the path of what is expected."""
        return (*self.path, EXPECT, *keys)

    @property
    def position(self) -> Position:
        """Where the verb stands."""
        return self.root.at_key((*self.path, self.verb))

    def at(self, *keys: Key) -> Position:
        """Return where an argument stands, or the verb when it is not written."""
        path = self.under(*keys)
        node: Node | None = self.root
        for key in path:
            node = node.get(key) if node is not None else None
        return self.position if node is None else self.root.at(path)

    def at_expected(self, key: Key) -> Position:
        """Return where something expected stands, or the verb when it is not written."""
        item = self.root.get("steps")
        step = item.get(self.index) if item is not None else None
        expect = step.get(EXPECT) if step is not None else None
        if expect is None or expect.get(key) is None:
            return self.position
        return self.root.at(self.expected(key))

    @property
    @abstractmethod
    def title(self) -> str:
        """The step in one line, for people."""

    @property
    def idle_s(self) -> float:
        """How long the step lets time pass because its arguments say so, at most, in seconds."""
        return 0.0

    @abstractmethod
    def check(self, names: Names) -> None:
        """Check the names that the step uses."""

    @abstractmethod
    async def perform(self, context: StepContext) -> None:
        """Do the step and judge it, by ``context.judge``.

        Raises:
            McsipError: it could not be done; the verdict is error.
        """


AnyStep = Step[Any, Any]


@dataclass(frozen=True, slots=True)
class StepKind:
    """A kind of step.

    Attributes:
        verb: the key that names it.
        arguments: the shape of what stands under the verb.
        expectation: the shape of what stands under ``expect``, or None when nothing does.
        wraps: the argument that may be written directly under the verb.
        build: makes the step from arguments, expectation, document and position.
        summary: what it does, in one sentence.
        reference: the documentation of its file, with examples.
    """

    verb: str
    arguments: type[FileModel]
    expectation: type[FileModel] | None
    wraps: str | None
    build: Callable[[Any, Any, Node, int], AnyStep]
    summary: str
    reference: str

    @classmethod
    def of(
        cls,
        step: type[AnyStep],
        arguments: type[FileModel],
        expectation: type[FileModel] | None = None,
    ) -> Self:
        """Return the kind of a step: what it does stands at the top of its file."""
        reference = inspect.cleandoc(sys.modules[step.__module__].__doc__ or "")
        summary = reference.partition("\n")[0].partition(": ")[2].rstrip(".")
        return cls(step.verb, arguments, expectation, step.wraps, step, summary, reference)
