"""Values that are others in every run: where they come from, where they are kept."""

from mcsip.export.sipp_values import Values, find_values, issued_ids, kinds_of, lines_of
from mcsip.hops import read_info

from .recorded import courses_of

USERS = ["sip:alice@primary.example", "sip:bob@primary.example"]


def values_of(node: str) -> tuple[Values, str]:
    """Return the values of a node, and the MC service ID that the partner issued in the run."""
    courses = courses_of(node)
    issued = issued_ids(courses, USERS)
    assert len(issued) == 1
    return find_values(courses, issued, lines_of(courses)), next(iter(issued))


def test_what_a_server_hears_later_it_keeps() -> None:
    """The ID comes with the request of step 5, and is needed after the PUBLISH."""
    courses = courses_of("primary.server")
    values, visitor = values_of("primary.server")
    response, notification = courses[0].events[2].message, courses[1].events[2].message
    attempt = courses[0].cause.call_id
    assert values.used(0, response) == {
        visitor: "[$partner_mcptt_id]",
        attempt: "[$call_id]",
    }
    assert values.used(1, notification) == {
        attempt: "[field1 file=memory.csv line=0]",
        visitor: "[field2 file=memory.csv line=0]",
    }
    assert [origin.variable for origin in values.needed(0)] == ["call_id", "partner_mcptt_id"]
    assert {origin.variable for origin in values.lent(0)} == {"call_id", "partner_mcptt_id"}
    assert values.memory == "0;;\n0\n"


def test_what_stands_in_its_own_request_is_taken_from_there() -> None:
    values, visitor = values_of("partner.server")
    told = courses_of("partner.server")[1].events[2].message
    assert values.used(1, told)[visitor] == "[$partner_mcptt_id]"


def test_a_client_has_its_credentials_from_its_user() -> None:
    values, visitor = values_of("alice-ue")
    assert values.given[0] == visitor
    assert [given[:3] for given in values.given[1:]] == ["eyJ", "eyJ"]
    asked = courses_of("alice-ue")[0].events[2].message
    keywords = list(values.used(0, asked).values())
    assert keywords == [f"[field{number} file=credentials.csv line=0]" for number in (0, 1)]


def test_ids_of_the_topology_are_no_values() -> None:
    courses = courses_of("primary.server")
    values, visitor = values_of("primary.server")
    assert not set(USERS) & set(values.origins)
    assert issued_ids(courses, [*USERS, visitor]) == {}


def test_a_kind_is_the_method_and_the_message() -> None:
    courses = courses_of("primary.server")
    info = read_info(courses[0].cause)
    assert info is not None
    assert kinds_of(courses) == {
        0: f"^MESSAGE .*>[ ]*{info.message}[ ]*<",
        1: "^PUBLISH ",
    }
    assert lines_of(courses) == {0: 0, 1: 1}
