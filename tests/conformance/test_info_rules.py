"""How rules about info bodies are registered."""

import pytest

from mcsip.conformance.bodies import InfoBody
from mcsip.conformance.check import check_trace
from mcsip.conformance.info_rules import BodyRule, add_body_rules, grade_for, shown
from mcsip.conformance.rule import Fault, Level, RuleBook
from mcsip.mc.services import MCDATA, MCPTT, MCVIDEO, Service
from mcsip.mc.source import Grade
from mcsip.trace import Trace
from tests.conformance.mc_traces import TOKEN, carried, hop, info
from tests.conformance.rfc3261.wire import answered, request, response


def judge(body: InfoBody) -> tuple[Fault, ...]:
    return (Fault("better", "bad", text=body.octets[:5]),)


def looked_at(row: BodyRule, trace: Trace, service: Service = MCPTT) -> int:
    book = RuleBook("x", "X", Grade.READ)
    add_body_rules(book, "1", service, [row])
    [result] = check_trace(trace, rules=book.rules).rules
    assert result.broken == result.looked_at
    return result.looked_at


ROW = BodyRule("name", "What {service} has", judge)


def test_a_rule_of_the_table() -> None:
    book = RuleBook("x", "X", Grade.READ)
    row = ROW._replace(level=Level.SHOULD, grade=Grade.SEED)
    add_body_rules(book, "F.1", MCVIDEO, [row])
    [rule] = book.rules
    assert (rule.id, rule.requirement) == ("x/F.1/name", "What MCVideo has")
    assert (rule.level, rule.source.grade) == (Level.SHOULD, Grade.SEED)


def test_only_bodies_of_the_service() -> None:
    assert looked_at(ROW, hop(carried(MCPTT, info(MCPTT)))) == 1
    assert looked_at(ROW, hop(carried(MCVIDEO, info(MCVIDEO)))) == 0
    assert looked_at(ROW, hop(request())) == 0


@pytest.mark.parametrize("unreadable", [True, False])
def test_bodies_that_cannot_be_read(unreadable: bool) -> None:
    row = ROW._replace(unreadable=unreadable)
    assert looked_at(row, hop(carried(MCPTT, b"<mcptt"))) == unreadable


@pytest.mark.parametrize("answers", [True, False])
def test_bodies_of_answers(answers: bool) -> None:
    data = request()
    redirected = response(
        data, "302 Moved Temporarily", {"Content-Type": MCPTT.content_type}, body=info(MCPTT)
    )
    assert looked_at(ROW._replace(answers=answers), answered(data, redirected)) == answers


@pytest.mark.parametrize(
    ("service", "grade", "expected"),
    [
        (MCPTT, Grade.READ, Grade.READ),
        (MCVIDEO, Grade.SEED, Grade.SEED),
        (MCVIDEO, Grade.OURS, Grade.OURS),
        (MCDATA, Grade.READ, Grade.GENERAL),
        (MCDATA, Grade.SEED, Grade.GENERAL),
        (MCDATA, Grade.SECOND, Grade.GENERAL),
        (MCDATA, Grade.OURS, Grade.OURS),
    ],
)
def test_what_holds_by_analogy_is_graded_so(
    service: Service, grade: Grade, expected: Grade
) -> None:
    assert grade_for(service, grade) is expected


def test_what_is_shown_holds_no_token_and_no_line_end() -> None:
    assert TOKEN not in shown(f"sip:{TOKEN}")
    assert "\n" not in shown("a\nb")
    assert len(shown("x" * 1000)) < 120
