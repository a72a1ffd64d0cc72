"""The rules of TS 24.379 as a whole."""

from mcsip.mc.services import MCPTT
from mcsip.mc.source import Grade
from tests.conformance.book_checks import (
    check_odd_bodies,
    check_odd_fields,
    check_sentences,
    rules_of_book,
)

OURS = rules_of_book("ts24379")


def test_the_rules_say_in_one_sentence_what_is_required() -> None:
    check_sentences(OURS, *Grade)


def test_whatever_a_field_holds_no_rule_raises() -> None:
    check_odd_fields(OURS, MCPTT)


def test_whatever_a_body_holds_no_rule_raises() -> None:
    check_odd_bodies(OURS)
