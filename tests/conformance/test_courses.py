"""Courses: what belongs to one migrating user."""

from collections.abc import Iterable

import pytest

from mcsip.conformance import courses
from mcsip.conformance.courses import BEGINNING_S, Courses
from mcsip.conformance.views import Course, Setting
from mcsip.hops import find_hops
from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.trace import Trace
from tests.conformance.bases import load_base
from tests.conformance.scene import ALICE, VISITOR, Scene, captured, course

BOB = "sip:bob@home.example"


def collected(trace: Trace, *, backwards: bool = False, ended: bool = True) -> list[Course]:
    """Return the courses of a trace, its hops given in the order in which they begin, or turned."""
    made = Courses(trace)
    hops = find_hops(trace)
    found = [it for hop in (hops[::-1] if backwards else hops) for it in made.add(hop, ended=ended)]
    return [it.view(Setting(trace)) for it in (*found, *made.take_all())]


def labels(course: Course) -> list[str]:
    return [exchange.label for exchange in course.exchanges]


def users(found: Iterable[Course]) -> list[str]:
    return [each.user for each in found]


def test_each_user_has_a_course_of_its_own() -> None:
    scene = Scene().say("ue", "away.server", REQUEST)
    scene.say("bob", "away.server", REQUEST, "sip:other@away.example", primary_id=BOB)
    trace = scene.say("away.server", "ue", RESPONSE).trace
    first, second = sorted(collected(trace), key=lambda each: each.user)
    assert users((first, second)) == [ALICE, BOB]
    assert (labels(first), labels(second)) == ([REQUEST, RESPONSE], [REQUEST])


@pytest.mark.parametrize("backwards", [False, True])
def test_calls_to_both_ids_and_the_return_belong_to_it(backwards: bool) -> None:
    scene = Scene().say("ue", "away.server", REQUEST).call("home.server", "away.server", VISITOR)
    scene.call("bob", "home.server", ALICE).call("bob", "home.server", BOB)
    trace = scene.authorise("ue", "home.server").trace
    [alice] = collected(trace, backwards=backwards)
    assert labels(alice) == [REQUEST, "mc-private-call", "mc-private-call", "PUBLISH"]


def test_who_never_migrates_has_no_course() -> None:
    trace = Scene().call("ue", "home.server", BOB).authorise("ue", "home.server").trace
    assert collected(trace) == []


def test_requests_are_slim() -> None:
    seen = course(load_base("return-home/success"))
    for exchange in seen.exchanges:
        request = exchange.first.request
        assert request.body == b""
        assert request.first("via") is None
        assert request.first("call-id")


def test_a_course_has_ended_when_all_its_messages_of_migration_have() -> None:
    trace = Scene().say("ue", "away.server", REQUEST).trace
    assert [each.ended for each in collected(trace)] == [True]
    assert [each.ended for each in collected(trace, ended=False)] == [False]


def test_who_has_too_many_hops_is_judged_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courses, "MAX_HOPS_OF_USER", 2)
    scene = Scene()
    for _ in range(3):
        scene.say("ue", "away.server", REQUEST)
    first, second = collected(scene.trace)
    assert (len(first.exchanges), first.whole, first.ended) == (2, True, False)
    assert (len(second.exchanges), second.whole, second.ended) == (1, False, True)


def test_when_there_are_too_many_the_user_silent_for_longest_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(courses, "MAX_HOPS", 2)
    scene = Scene().say("ue", "away.server", REQUEST)
    scene.say("bob", "away.server", REQUEST, primary_id=BOB)
    scene.say("bob", "away.server", REQUEST, primary_id=BOB)
    assert users(collected(scene.trace)) == [ALICE, BOB]


def test_of_too_many_calls_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courses, "MAX_OTHER_HOPS", 2)
    scene = Scene().call("home.server", "away.server", VISITOR)
    scene.call("bob", "home.server", BOB).call("bob", "home.server", BOB)
    [alice] = collected(scene.say("ue", "away.server", REQUEST).trace)
    assert labels(alice) == [REQUEST]


def test_of_a_run_the_beginning_is_known() -> None:
    trace = Scene().say("away.server", "home.server", REQUEST).done()
    assert course(trace).whole


def test_a_capture_may_begin_in_the_middle_unless_a_client_begins() -> None:
    under_way = captured(Scene().say("away.server", "home.server", REQUEST).done())
    assert not course(under_way).whole
    fresh = Scene().say("ue", "away.server", REQUEST).say("away.server", "home.server", REQUEST)
    assert course(captured(fresh.done())).whole


def test_what_begins_late_in_a_capture_does_begin_there() -> None:
    trace = captured(Scene().say("away.server", "home.server", REQUEST).done())
    for entry in trace.entries:
        entry.at += BEGINNING_S
    assert course(trace).whole
