"""Alarms of a user agent."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.sip.alarms import Alarms


class Sleeper:
    def __init__(self, name: str, heard: list[str]) -> None:
        self.name = name
        self.heard = heard

    def on_alarm(self, what: str) -> None:
        self.heard.append(f"{self.name} {what}")


def test_alarms_go_off_in_order_of_time() -> None:
    heard: list[str] = []
    a, b = Sleeper("a", heard), Sleeper("b", heard)
    alarms = Alarms()
    alarms.arm(a, "late", 5)
    alarms.arm(b, "soon", 1)
    alarms.arm(a, "soon", 1)
    assert alarms.next_deadline() == 1
    alarms.handle_timer(0.9)
    assert heard == []
    alarms.handle_timer(5)
    assert heard == ["b soon", "a soon", "a late"]
    assert alarms.next_deadline() is None


def test_an_owner_has_one_of_a_name() -> None:
    heard: list[str] = []
    a = Sleeper("a", heard)
    alarms = Alarms()
    alarms.arm(a, "x", 1)
    alarms.arm(a, "x", 3)
    alarms.handle_timer(2)
    assert heard == []
    assert len(alarms) == 1
    alarms.cancel(a, "x", "unknown")
    assert len(alarms) == 0


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 10), st.booleans()), max_size=40))
def test_nothing_is_left_behind(steps: list[tuple[int, float, bool]]) -> None:
    heard: list[str] = []
    sleepers = [Sleeper(str(number), heard) for number in range(4)]
    alarms = Alarms()
    wanted: dict[int, float] = {}
    for number, at, keep in steps:
        if keep:
            alarms.arm(sleepers[number], "x", at)
            wanted[number] = at
        else:
            alarms.cancel(sleepers[number], "x")
            wanted.pop(number, None)
    assert alarms.next_deadline() == min(wanted.values(), default=None)
    alarms.handle_timer(10)
    assert sorted(heard) == sorted(f"{number} x" for number in wanted)
    assert len(alarms) == len(alarms._entries) == len(alarms._set) == 0
