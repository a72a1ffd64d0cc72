"""A node's part as SIPp scenarios: what moves it, what follows, what is refused."""

import pytest
from lxml import etree

from mcsip.errors import UsageError
from mcsip.export.courses import Course
from mcsip.export.sipp import Part, build_part
from mcsip.export.sipp_values import find_values, lines_of
from mcsip.resources import scenarios_dir

from .recorded import RETURN_HOME, courses_of

CALL = scenarios_dir() / "calls" / "forwarded.yaml"
REFUSED = scenarios_dir() / "authorization" / "refused-expired-token.yaml"


def part_of(courses: list[Course], transport: str = "udp", pauses: tuple[int, ...] = ()) -> Part:
    values = find_values(courses, {}, lines_of(courses))
    return build_part("t", courses, values, {}, transport, pauses=pauses)


def order(xml: str) -> list[str]:
    """Return what a scenario sends and receives, in order."""
    lines = []
    for element in etree.fromstring(xml.encode()):
        match element.tag:
            case "send":
                assert element.text is not None
                first = element.text.strip().partition("\n")[0]
                lines.append("> " + first.replace("SIP/2.0 ", "").split()[0])
            case "recv":
                lines.append("< " + (element.get("response") or element.get("request") or ""))
            case _:
                """Not on the wire."""
    return lines


def test_one_recv_for_all_requests() -> None:
    """A branch for each kind, in the order of the run."""
    part = part_of(courses_of("partner.server"))
    assert part.requests == 3
    assert part.leading == ""
    assert order(part.serving) == [
        "< ^(MESSAGE)$",
        *("> 200", "> MESSAGE", "< 200"),
        *("> 200", "> MESSAGE", "< 200"),
        "> 200",
    ]
    assert part.peers == ("partner.core", "partner.gateway")


def test_over_tcp_who_passes_on_answers_first() -> None:
    """SIPp has let go of the connection when the other answer comes."""
    gateway = {
        transport: order(
            part_of(courses_of("partner.gateway", transport=transport), transport).serving
        )
        for transport in ("udp", "tcp")
    }
    assert gateway["udp"][1:5] == ["> MESSAGE", "< 200", "> 200", "> MESSAGE"]
    assert gateway["tcp"][1:5] == ["> 200", "> MESSAGE", "< 200", "> 200"]


def test_an_answer_that_depends_on_the_next_one_needs_udp() -> None:
    courses = courses_of("partner.core", REFUSED, "tcp")
    with pytest.raises(UsageError, match="export it for UDP"):
        part_of(courses, "tcp")
    assert "> 403" in order(part_of(courses_of("partner.core", REFUSED)).serving)


def test_a_uas_waits_for_copies_over_udp_only() -> None:
    """A lost 200 is given again (RFC 3261 17.2.2)."""
    for transport, count in [("udp", 1), ("tcp", 0)]:
        part = part_of(courses_of("primary.server", transport=transport), transport)
        root = etree.fromstring(part.serving.encode())
        waits = root.findall("timewait")
        assert len(waits) == count
        assert all(wait is root[-2] for wait in waits)


def test_a_client_leads_and_waits_for_its_response() -> None:
    courses = courses_of("alice-ue")
    third = courses[0].events[4].number
    part = part_of(courses, pauses=(third,))
    assert part.first == "partner.core"
    assert order(part.leading) == [
        *("> REGISTER", "< 200", "> MESSAGE", "< 200"),
        *("> REGISTER", "< 200", "> PUBLISH", "< 200"),
    ]
    tags = [each.tag for each in etree.fromstring(part.leading.encode())]
    third_send = [at for at, tag in enumerate(tags) if tag == "send"][2]
    before = tags[tags.index("label") : third_send]
    assert before == ["label", "pause", "nop", "nop", "pause", "nop"]
    assert order(part.serving) == ["< ^(MESSAGE)$", "> 200"]
    assert 'file="memory.csv" line="0" value="1' in part.serving


def test_only_what_is_in_the_scenario_is_taken() -> None:
    root = etree.fromstring(part_of(courses_of("primary.gateway")).serving.encode())
    known = root.find("recv/action/ereg[@check_it='true']")
    assert known is not None
    pattern = known.get("regexp") or ""
    assert pattern.count("^MESSAGE") == 3
    assert "migration-service-deauthorization-notification" in pattern


def test_a_call_is_refused() -> None:
    with pytest.raises(UsageError, match=r"it takes part in a call \(INVITE\)"):
        part_of(courses_of("primary.server", CALL))


def test_two_requests_that_look_alike_are_refused() -> None:
    courses = courses_of("partner.server")
    again = Course(courses[0].events[:2])
    with pytest.raises(UsageError, match="look alike"):
        part_of([*courses, again])
    part_of([*courses, courses[0]])


def test_the_scenario_of_these_tests_is_shipped() -> None:
    assert RETURN_HOME.is_file()
