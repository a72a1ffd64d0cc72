"""What a node does, course by course, from TS 23.280 10.6.3.3 and 10.6.3.3.2.1."""

from mcsip.export.courses import peers_of

from .recorded import courses_of, titles


def test_a_server_answers_and_then_asks() -> None:
    """Steps 1 to 3, 10 to 12, and the notification of de-authorization."""
    courses = courses_of("partner.server")
    assert [titles(course) for course in courses] == [
        [
            "< partner.core MESSAGE",
            "> partner.core 200",
            "> partner.gateway MESSAGE",
            "< partner.gateway 200",
        ],
        [
            "< partner.gateway MESSAGE",
            "> partner.gateway 200",
            "> partner.core MESSAGE",
            "< partner.core 200",
        ],
        ["< partner.gateway MESSAGE", "> partner.gateway 200"],
    ]
    assert not any(course.leading for course in courses)
    assert peers_of(courses) == ["partner.core", "partner.gateway"]


def test_a_gateway_passes_on_and_then_answers() -> None:
    first = courses_of("partner.gateway")[0]
    assert titles(first) == [
        "< partner.server MESSAGE",
        "> primary.gateway MESSAGE",
        "< primary.gateway 200",
        "> partner.server 200",
    ]
    assert first.cause is first.events[0].message
    assert first.events[2].request is first.events[1].message


def test_a_client_leads() -> None:
    leading, response = courses_of("alice-ue")
    assert leading.leading
    assert [line for line in titles(leading) if line[0] == ">"] == [
        "> partner.core REGISTER",
        "> partner.core MESSAGE",
        "> primary.core REGISTER",
        "> primary.core PUBLISH",
    ]
    assert not response.leading
    assert titles(response) == ["< partner.core MESSAGE", "> partner.core 200"]
    # The user comes home after that: the order of the trace.
    assert response.events[-1].number < leading.events[4].number


def test_a_core_passes_on_what_belongs_together() -> None:
    """A request of the same Call-ID belongs to the one that came in (RFC 3261 16.6)."""
    for course in courses_of("partner.core"):
        requests = [event for event in course.events if event.message is event.request]
        assert len({event.request.call_id for event in requests}) == 1


def test_who_does_nothing_has_no_course() -> None:
    assert courses_of("bob-ue") == []
