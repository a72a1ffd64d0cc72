"""The rules of RFC 3841 as a whole."""

from mcsip.mc.source import Grade
from tests.conformance.book_checks import check_odd_fields, check_sentences, rules_of_book

OURS = rules_of_book("rfc3841")


def test_the_rules_say_in_one_sentence_what_is_required() -> None:
    check_sentences(OURS, Grade.SECOND, Grade.GENERAL)


def test_whatever_a_field_holds_no_rule_raises() -> None:
    check_odd_fields(OURS)
