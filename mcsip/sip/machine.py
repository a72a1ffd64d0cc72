"""Tables made ready to run.

Each table of ``tables.py`` is compiled once for unreliable and once for reliable transports: a
state becomes a dictionary from input to (next state, its dictionary, actions), timers that are off
disappear, and a timer of zero seconds is replaced by what it would do. So a transaction over TCP
that is answered costs two look-ups.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mcsip.sip.tables import Action, Machine, Start, State, What
from mcsip.sip.timers import TIMERS, Reliable, Timer

#: An action: a method of a transaction that takes ``now`` and what came with the input. Which class
#: the transaction is of, the table decides.
Do = Callable[..., Any]
#: Next state, the steps there, actions.
Step = tuple[State, "dict[What, Step]", tuple[Do, ...]]


class Places:
    """One compiled table.

    Attributes:
        initial: the state of a new transaction.
        begin: what a new transaction does first.
        steps: for each state the steps by input.
        first: the steps in the initial state.
    """

    __slots__ = ("begin", "first", "initial", "steps")

    def __init__(
        self, initial: State, begin: tuple[Do, ...], steps: dict[State, dict[What, Step]]
    ) -> None:
        self.initial = initial
        self.begin = begin
        self.steps = steps
        self.first = steps[initial]


def compile_machine(
    machine: Machine,
    actions: Mapping[Action, Do],
    start: Callable[[Timer], Do],
    destroy: Do,
    *,
    reliable: bool,
) -> Places:
    """Return a table made ready for reliable or for unreliable transports.

    Args:
        machine: the table.
        actions: what each action is.
        start: gives the action that starts a timer.
        destroy: the action that stops both timers and forgets the transaction; it comes before all
            others where a row leads to Terminated (RFC 6026 8.4, 8.7: destroyed at once).
        reliable: for which transports.
    """
    steps: dict[State, dict[What, Step]] = {state: {} for state in State}
    for row in machine.rows:
        to, do = _unfold(machine, row.to, row.do, reliable=reliable)
        ready = [_make(item, actions, start) for item in do]
        if to is State.TERMINATED:
            ready = [destroy, *(_make(item, actions, start) for item in do if item not in _STOPS)]
        steps[row.state][row.what] = (to, steps[to], tuple(ready))
    _, do = _unfold(machine, machine.initial, machine.begin, reliable=reliable)
    begin = tuple(_make(item, actions, start) for item in do)
    return Places(machine.initial, begin, steps)


_STOPS = (Action.STOP_RESENDING, Action.STOP_WAITING)


def _make(item: Action | Start, actions: Mapping[Action, Do], start: Callable[[Timer], Do]) -> Do:
    return start(item.timer) if isinstance(item, Start) else actions[item]


def _unfold(
    machine: Machine, to: State, do: tuple[Action | Start, ...], *, reliable: bool
) -> tuple[State, list[Action | Start]]:
    """Return where a row really leads over such a transport, and what is really done."""
    if not reliable:
        return to, list(do)
    items: list[Action | Start] = []
    for item in do:
        fate = TIMERS[item.timer].reliable if isinstance(item, Start) else Reliable.SAME
        match fate:
            case Reliable.SAME:
                items.append(item)
            case Reliable.OFF:
                pass
            case Reliable.ZERO:
                assert isinstance(item, Start), "only timers can be zero"
                fired = machine.index[to, item.timer]
                to, more = _unfold(machine, fired.to, fired.do, reliable=True)
                items += more
    return to, items
