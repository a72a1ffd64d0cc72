"""The checker: which rule is called for what, and what becomes of its faults."""

import random
import tracemalloc
from collections.abc import Iterator
from itertools import count, islice

import pytest

from mcsip.conformance import check as checking
from mcsip.conformance.catalogue import RULES
from mcsip.conformance.check import Checker, check_trace
from mcsip.conformance.result import MAX_FINDINGS, CheckResult
from mcsip.conformance.rule import Fault, Faults, RuleBook
from mcsip.conformance.views import (
    Course,
    MessageSeen,
    Passage,
    Release,
    Setting,
    TransactionSeen,
)
from mcsip.errors import PeerError
from mcsip.mc.messages import REQUEST
from mcsip.mc.source import Grade
from mcsip.trace import Direction, Peer, Trace
from tests.conformance.bases import copy_of, load_base
from tests.conformance.streams import A, B, C, request, response
from tests.tracing import Writer

ASK = request()


@pytest.fixture
def book() -> RuleBook:
    return RuleBook("x", "X", Grade.OURS)


def trace(*sent: tuple[bytes, Peer, Peer]) -> Trace:
    made = Trace()
    for data, source, target in sent:
        node = f"{source.host}:{source.port}"
        made.append_entry(0.0, node, Direction.SENT, "UDP", source, target, data)
    return made


ASKED = trace((ASK, A, B), (request(above="2"), B, C), (response(ASK), B, A), (b"?", A, B))


def looked_at(result: CheckResult) -> list[int]:
    return [it.looked_at for it in result.rules]


@pytest.mark.parametrize(
    ("kinds", "fields", "times"),
    [
        ((), (), 4),
        (("MESSAGE",), (), 2),
        (("request",), (), 2),
        (("response",), (), 1),
        (("INVITE", "response"), (), 1),
        (("INVITE",), (), 0),
        ((), ("via",), 3),
        ((), ("expires", "call-id"), 3),
        ((), ("expires",), 0),
        (("response",), ("to",), 1),
    ],
)
def test_a_rule_about_messages_is_called_for_its_kinds_and_fields(
    book: RuleBook, kinds: tuple[str, ...], fields: tuple[str, ...], times: int
) -> None:
    @book.on_message("1", "a", "A", *kinds, fields=fields)
    def rule(_seen: MessageSeen) -> Faults:
        return ()

    assert looked_at(check_trace(ASKED, rules=book.rules)) == [times]


def test_a_guard_is_asked_once_for_all_its_rules(book: RuleBook) -> None:
    asked = []

    def guard(seen: MessageSeen) -> bool:
        asked.append(seen.entry.number)
        return seen.entry.number == 2

    for name in "abc":

        @book.on_message("1", name, "A", "request", guard=guard)
        def rule(_seen: MessageSeen) -> Faults:
            return ()

    assert looked_at(check_trace(ASKED, rules=book.rules)) == [1, 1, 1]
    assert asked == [1, 2]


def test_rules_about_transactions_and_passages_are_called_for_their_methods(
    book: RuleBook,
) -> None:
    for method in ("MESSAGE", "INVITE"):

        @book.on_transaction("1", f"t-{method}", "A", method)
        def transaction(_seen: TransactionSeen) -> Faults:
            return ()

        @book.on_passage("1", f"p-{method}", "A", method)
        def passage(_seen: Passage) -> Faults:
            return ()

    assert looked_at(check_trace(ASKED, rules=book.rules)) == [2, 1, 0, 0]


def test_a_rule_about_courses_is_called_once_for_each_user(book: RuleBook) -> None:
    users = []

    @book.on_course("1", "a", "A")
    def rule(seen: Course) -> Faults:
        users.append(seen.user)
        return None

    writer = Writer()
    writer.hop("ue", "away.server", REQUEST)
    writer.hop("away.server", "home.server", REQUEST)
    assert looked_at(check_trace(writer.trace, rules=book.rules)) == [0]
    assert users == ["sip:a@home.example"]


def test_nothing_to_look_at_is_no_pass(book: RuleBook) -> None:
    @book.on_message("1", "none", "A")
    def none(_seen: MessageSeen) -> Faults:
        return None

    @book.on_message("1", "unreadable", "A")
    def unreadable(_seen: MessageSeen) -> Faults:
        raise PeerError("a field that another rule judges")

    @book.on_message("1", "later", "A")
    def later(_seen: MessageSeen) -> Faults:
        def faults() -> Iterator[Fault]:
            yield Fault("this", "that")
            raise PeerError("a field that another rule judges")

        return faults()

    results = check_trace(ASKED, rules=book.rules).rules
    assert [it.verdict(strict=True) for it in results] == ["none"] * 3


def test_a_finding_says_who_where_and_which_octets(book: RuleBook) -> None:
    @book.on_message("1", "via", "A", "response")
    def via(_seen: MessageSeen) -> Faults:
        return [Fault("another", "this", field="via", text=b"branch=1")]

    @book.on_transaction("1", "other", "A", "MESSAGE")
    def other(seen: TransactionSeen) -> Faults:
        return [Fault("an answer", "none", node=seen.receiver.name)] if not seen.responses else ()

    result = check_trace(ASKED, rules=book.rules)
    told = [(it.rule.id, it.number, it.node, it.peer, it.line, it.span) for it in result.findings]
    data = ASKED.entries[2].data
    at = data.index(b"branch=1")
    assert told == [
        ("x/1/other", 2, "10.0.0.3:5060", "10.0.0.2:5060", None, None),
        ("x/1/via", 3, "10.0.0.2:5060", "10.0.0.1:5060", 2, (at, at + 8)),
    ]


def test_findings_are_counted_beyond_those_that_are_kept(book: RuleBook) -> None:
    @book.on_message("1", "a", "A")
    def rule(_seen: MessageSeen) -> Faults:
        return [Fault("this", "that")]

    made = trace(*((request(branch=str(i), call=str(i)), A, B) for i in range(3 * MAX_FINDINGS)))
    [result] = check_trace(made, rules=book.rules).rules
    assert [it.number for it in result.findings] == list(range(1, MAX_FINDINGS + 1))
    assert (result.broken, result.omitted) == (3 * MAX_FINDINGS, 2 * MAX_FINDINGS)


def test_a_result_says_what_was_looked_at() -> None:
    result = check_trace(ASKED, rules=(), release=Release.R19, source="x.pcap")
    assert (result.source, result.release, result.rules) == ("x.pcap", Release.R19, ())
    assert (result.messages, result.strangers) == (3, 1)


def test_remarks_come_from_who_reads_the_source() -> None:
    result = Checker(Setting(Trace()), ()).finish(remarks=["cut"], incomplete=True)
    assert (result.remarks, result.incomplete, result.messages) == (("cut",), True, 0)


def test_forms_are_remembered_within_bounds(
    book: RuleBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "MAX_FORMS", 8)

    @book.on_transaction("1", "a", "A")
    def rule(_seen: TransactionSeen) -> Faults:
        return ()

    checker = Checker(Setting(Trace()), book.rules)
    made = trace(*((request(f"M{i}", branch=str(i), call=str(i)), A, B) for i in range(50)))
    for entry in made.entries:
        checker.feed(entry)
    [result] = checker.finish().rules
    assert result.looked_at == 50
    assert len(checker._of_form) <= 8
    assert len(checker._of_transaction_by) <= 8


CORRUPTIONS = (b"", b"\0", b"\xff", b"\r\n", b";", b"<", b'"', b":", b"999999999999", b"%", b",")


@pytest.mark.parametrize("seed", range(12))
def test_no_rule_raises_whatever_the_octets(seed: int) -> None:
    """Every message of a good trace is damaged at random, at both ends alike or not."""
    rng = random.Random(seed)
    made = copy_of(load_base("calls/forwarded"))
    for entry in made.entries:
        for _ in range(rng.randrange(4)):
            at = rng.randrange(len(entry.data))
            end = min(len(entry.data), at + rng.randrange(6))
            entry.data = entry.data[:at] + rng.choice(CORRUPTIONS) + entry.data[end:]
        entry.at = max(0.0, entry.at + rng.uniform(-1, 1))
    result = check_trace(made, release=rng.choice(list(Release)))
    assert len(result.rules) == len(RULES)
    assert result.findings


@pytest.mark.slow
def test_a_long_trace_takes_no_more_memory_than_a_short_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is kept does not grow with the trace, once what is remembered is full."""
    for name in ("MAX_FORMS", "MAX_BODIES", "MAX_RECENT"):
        monkeypatch.setattr(f"mcsip.conformance.shapes.{name}", 256)
    monkeypatch.setattr("mcsip.conformance.memo.MAX_KNOWN", 256)
    checker = Checker(Setting(Trace()), RULES)
    numbers = count()

    def feed(transactions: int) -> int:
        for number in islice(numbers, transactions):
            data = request(branch=str(number), call=str(number))
            for entry in trace((data, A, B), (response(data), B, A)).entries:
                entry.at, entry.number = number * 10.0, number * 2
                checker.feed(entry)
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    short = feed(1_000)
    long = feed(3_000)
    tracemalloc.stop()
    assert long < short + 2_000_000
