"""The table of steps: a new step is a file in this folder and a row here."""

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mcsip.document import Node
from mcsip.filemodel import FileModel
from mcsip.scenario.steps.activate_alias import (
    ActivateAlias,
    ActivateAliasArguments,
    ActivateAliasExpectation,
)
from mcsip.scenario.steps.authenticate import (
    Authenticate,
    AuthenticateArguments,
    AuthenticateExpectation,
)
from mcsip.scenario.steps.base import Step
from mcsip.scenario.steps.call import CallArguments, CallExpectation, CallStep
from mcsip.scenario.steps.change_call import (
    ChangeCall,
    ChangeCallArguments,
    ChangeCallExpectation,
)
from mcsip.scenario.steps.expect_data import ExpectData, ExpectDataArguments
from mcsip.scenario.steps.expect_messages import ExpectMessages, ExpectMessagesArguments
from mcsip.scenario.steps.expect_record import ExpectRecord, ExpectRecordArguments
from mcsip.scenario.steps.fault import Fault, FaultArguments
from mcsip.scenario.steps.given import Given, GivenArguments
from mcsip.scenario.steps.hang_up import HangUp, HangUpArguments
from mcsip.scenario.steps.migrate import Migrate, MigrateArguments, MigrateExpectation
from mcsip.scenario.steps.move import Move, MoveArguments, MoveExpectation
from mcsip.scenario.steps.register import Register, RegisterArguments, RegisterExpectation
from mcsip.scenario.steps.return_home import (
    ReturnHome,
    ReturnHomeArguments,
    ReturnHomeExpectation,
)
from mcsip.scenario.steps.roll_key import RollKey, RollKeyArguments
from mcsip.scenario.steps.send_data import SendData, SendDataArguments, SendDataExpectation
from mcsip.scenario.steps.start import Start, StartArguments
from mcsip.scenario.steps.stop import Stop, StopArguments
from mcsip.scenario.steps.trigger import Trigger, TriggerArguments
from mcsip.scenario.steps.wait import Wait, WaitArguments

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


def _kind(
    step: type[AnyStep], arguments: type[FileModel], expectation: type[FileModel] | None = None
) -> StepKind:
    """Return the row of a step."""
    module = inspect.cleandoc(sys.modules[step.__module__].__doc__ or "")
    summary = module.partition("\n")[0].partition(": ")[2].rstrip(".")
    return StepKind(step.verb, arguments, expectation, step.wraps, step, summary, module)


STEPS: dict[str, StepKind] = {
    kind.verb: kind
    for kind in (
        _kind(Given, GivenArguments),
        _kind(Authenticate, AuthenticateArguments, AuthenticateExpectation),
        _kind(Register, RegisterArguments, RegisterExpectation),
        _kind(Migrate, MigrateArguments, MigrateExpectation),
        _kind(ReturnHome, ReturnHomeArguments, ReturnHomeExpectation),
        _kind(Trigger, TriggerArguments, MigrateExpectation),
        _kind(Move, MoveArguments, MoveExpectation),
        _kind(SendData, SendDataArguments, SendDataExpectation),
        _kind(ExpectData, ExpectDataArguments),
        _kind(CallStep, CallArguments, CallExpectation),
        _kind(ChangeCall, ChangeCallArguments, ChangeCallExpectation),
        _kind(HangUp, HangUpArguments),
        _kind(ActivateAlias, ActivateAliasArguments, ActivateAliasExpectation),
        _kind(ExpectMessages, ExpectMessagesArguments),
        _kind(ExpectRecord, ExpectRecordArguments),
        _kind(RollKey, RollKeyArguments),
        _kind(Stop, StopArguments),
        _kind(Start, StartArguments),
        _kind(Wait, WaitArguments),
        _kind(Fault, FaultArguments),
    )
}
"""The steps by verb, in the order in which scenarios use them."""

__all__ = ["STEPS", "AnyStep", "StepKind"]
