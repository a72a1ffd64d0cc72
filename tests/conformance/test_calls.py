"""The requests with one Call-ID between two neighbours."""

from collections.abc import Hashable

from mcsip.conformance.calls import MAX_CALLS, MAX_TRANSACTIONS
from mcsip.conformance.collect import Collector
from mcsip.conformance.rule import Scope
from mcsip.conformance.views import Call, Course, MessageSeen, Passage, Setting, TransactionSeen
from mcsip.trace import Trace
from tests.conformance.rfc3261.wire import Sent, request, trace, via


class Viewer:
    """Keeps the calls."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def on_message(self, seen: MessageSeen, key: Hashable | None) -> None:
        raise AssertionError

    def on_transaction(self, seen: TransactionSeen, key: Hashable | None) -> None:
        raise AssertionError

    def on_passage(self, seen: Passage, key: Hashable | None) -> None:
        raise AssertionError

    def on_call(self, seen: Call, key: Hashable | None) -> None:
        self.calls.append(seen)

    def on_course(self, seen: Course, key: Hashable | None) -> None:
        raise AssertionError


def calls_of(made: Trace) -> list[Call]:
    """Return the calls of a trace."""
    viewer = Viewer()
    collector = Collector(Setting(made), viewer, {Scope.CALL})
    for entry in made.entries:
        collector.feed(entry)
    collector.finish()
    return viewer.calls


def bye(number: int, call: str = "call", sender: str = "ue") -> bytes:
    changes: dict[str, str | None] = {"CSeq": f"{number} BYE", "Call-ID": call}
    return request("BYE", changes, vias=(via(sender, f"{call}{number}"),))


def methods(call: Call) -> list[str]:
    return [each.request.method for each in call.transactions]


def test_both_directions_are_one_call_in_order() -> None:
    made = trace(
        ("ue", "core", request("INVITE")),
        ("core", "ue", bye(2, sender="core")),
        ("ue", "core", bye(3)),
    )
    [call] = calls_of(made)
    assert methods(call) == ["INVITE", "BYE", "BYE"]
    assert [each.sender.name for each in call.transactions] == ["ue", "core", "ue"]


def test_each_hop_is_a_call_of_its_own() -> None:
    made = trace(("ue", "core", bye(1)), ("core", "server", bye(1, sender="core")))
    assert len(calls_of(made)) == 2


def test_requests_that_stand_for_themselves_are_left_out() -> None:
    assert calls_of(trace(("ue", "core", request("MESSAGE")))) == []


def test_what_is_kept_is_bounded() -> None:
    many: list[Sent] = [("ue", "core", bye(number)) for number in range(MAX_TRANSACTIONS + 3)]
    [call] = calls_of(trace(*many))
    assert len(call.transactions) == MAX_TRANSACTIONS
    assert call.transactions[0].request.cseq.number == 3
    calls = [("ue", "core", bye(1, f"call{number}")) for number in range(MAX_CALLS + 1)]
    assert len(calls_of(trace(*calls))) == MAX_CALLS + 1
