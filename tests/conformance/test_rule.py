"""Rules, and how they are registered and selected."""

import pytest

from mcsip.conformance.rule import AnyRule, Faults, Level, RuleBook, Scope, selected
from mcsip.conformance.views import Call, Course, MessageSeen, Passage, TransactionSeen
from mcsip.mc.source import Grade, Source


def fill(book: RuleBook) -> None:
    @book.on_message("8.1", "message", "M", "INVITE", fields=("via",), level=Level.SHOULD)
    def message(_seen: MessageSeen) -> Faults:
        return None

    @book.on_transaction("17.1", "transaction", "T", "ACK", grade=Grade.OURS)
    def transaction(_seen: TransactionSeen) -> Faults:
        return None

    @book.on_passage("16.6", "passage", "P", "BYE")
    def passage(_seen: Passage) -> Faults:
        return None

    @book.on_course("10.6.3.3", "course", "C", level=Level.MAY)
    def course(_seen: Course) -> Faults:
        return None


@pytest.fixture
def rules() -> list[AnyRule]:
    book = RuleBook("rfc", "RFC", Grade.READ)
    fill(book)
    return book.rules


def test_a_decorator_says_what_a_rule_is(rules: list[AnyRule]) -> None:
    told = [(it.id, it.level, it.scope, it.kinds, it.fields, str(it.source)) for it in rules]
    assert told == [
        ("rfc/8.1/message", "should", Scope.MESSAGE, ("INVITE",), ("via",), "RFC 8.1 [read]"),
        ("rfc/17.1/transaction", "shall", Scope.TRANSACTION, ("ACK",), (), "RFC 17.1 [ours]"),
        ("rfc/16.6/passage", "shall", Scope.PASSAGE, ("BYE",), (), "RFC 16.6 [read]"),
        ("rfc/10.6.3.3/course", "may", Scope.COURSE, (), (), "RFC 10.6.3.3 [read]"),
    ]
    assert rules[0].source == Source("RFC", "8.1", Grade.READ)
    assert [it.requirement for it in rules] == ["M", "T", "P", "C"]


@pytest.mark.parametrize(
    ("prefixes", "names"),
    [
        ((), ["message", "transaction", "passage", "course"]),
        (("rfc/8.1",), ["message"]),
        (("RFC/8.1/",), ["message"]),
        (("rfc/8",), ["message"]),
        (("rfc/10.6.3",), ["course"]),
        (("rfc/10.6.3.3.2",), []),
        (("rfc/1",), []),
        (("rfc/17.1/transaction", "rfc/16.6"), ["transaction", "passage"]),
        (("rfc/17.1/trans",), []),
    ],
)
def test_a_prefix_selects_whole_parts(
    rules: list[AnyRule], prefixes: tuple[str, ...], names: list[str]
) -> None:
    assert [it.id.rpartition("/")[2] for it in selected(rules, prefixes)] == names


def test_a_rule_about_calls() -> None:
    book = RuleBook("rfc", "RFC", Grade.READ)

    @book.on_call("9.1", "call", "C", level=Level.SHOULD)
    def call(_seen: Call) -> Faults:
        return None

    [rule] = book.rules
    assert (rule.id, rule.level, rule.scope) == ("rfc/9.1/call", "should", Scope.CALL)
    assert rule.check is call
