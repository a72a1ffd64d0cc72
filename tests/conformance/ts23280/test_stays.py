"""The stays that a course tells of."""

from mcsip.conformance.ts23280.stays import authorised_at_home, ended_at, stays_of
from tests.conformance.bases import load_base
from tests.conformance.scene import story


def test_two_stays_of_which_the_first_has_ended() -> None:
    told = story(load_base("onward/success"))
    first, second = stays_of(told)
    assert (first.system, second.system) == ("partner-b", "partner-c")
    assert first.end is not None
    assert second.end is None
    assert first.lasts_at(second.since)
    assert not first.lasts_at(first.end.last.number)
    assert [each.first.number for each in ended_at(told, "partner-b.server")] == [
        first.end.first.number
    ]


def test_a_return_shows_by_the_service_authorisation_at_home() -> None:
    told = story(load_base("return-home/success"))
    [stay] = stays_of(told)
    [back] = authorised_at_home(told)
    assert back.receiver == "primary.server"
    assert stay.end is not None
    assert stay.since < back.number < stay.end.first.number


def test_a_refused_user_has_no_stay() -> None:
    told = story(load_base("authorization/refused-profile-not-permitted"))
    assert stays_of(told) == []


def test_a_late_copy_of_a_notification_ends_nothing() -> None:
    told = story(load_base("return-home/notification-late"))
    first, second = stays_of(told)
    assert first.end is not None
    assert second.end is None
