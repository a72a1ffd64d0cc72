"""The rules of TR 23.700-90 as a whole."""

from mcsip.conformance.check import check_trace
from mcsip.mc.source import Grade
from tests.conformance.bases import copy_of, load_base
from tests.conformance.book_checks import check_odd_fields, check_sentences, rules_of_book

OURS = rules_of_book("tr23700-90")


def test_the_rules_say_in_one_sentence_what_is_required() -> None:
    check_sentences(OURS, Grade.SEED)


def test_whatever_a_field_holds_no_rule_raises() -> None:
    check_odd_fields(OURS)


def test_whatever_of_a_procedure_is_missing_no_rule_raises() -> None:
    whole = load_base("without-interconnection/success")
    for number in range(0, len(whole.entries), 3):
        for wanted in (slice(number), slice(number, None), slice(number, number + 40)):
            part = copy_of(whole)
            part.entries = part.entries[wanted]
            check_trace(part, rules=OURS)


def test_a_trace_whose_nodes_nobody_knows_is_judged_as_far_as_it_goes() -> None:
    strangers = copy_of(load_base("without-interconnection/success"))
    strangers.nodes.clear()
    assert check_trace(strangers, rules=OURS).findings == ()
