"""What both client transactions have in common; the rules are tested with their clauses."""

from mcsip.conformance.rfc3261.client_copies import judge_quiet, repeated
from mcsip.conformance.views import Setting, TransactionSeen
from tests.conformance.rfc3261.times import seen
from tests.conformance.streams import Stream


def transaction(sent: list[float], **options: object) -> TransactionSeen:
    made = seen(
        "MESSAGE", sent, [(1.0, 100), (9.0, 200)], transport=str(options.get("over", "UDP"))
    )
    stream = Stream(made)
    for entry in made.entries:
        stream.collector.feed(entry)
    stream.finish()
    assert stream.transactions[0].setting == Setting(made)
    return stream.transactions[0]


def test_what_is_repeated() -> None:
    assert repeated(transaction([0.0, 0.5]))
    assert not repeated(transaction([0.0]))
    assert not repeated(transaction([0.0, 0.5], over="TCP"))


def test_what_follows_a_response_of_a_class() -> None:
    late = transaction([0.0, 0.5, 3.0])
    found = list(judge_quiet(late, 100, 199, "a provisional response") or ())
    assert [(it.expected, it.actual) for it in found] == [
        ("no copy once a provisional response has arrived", "a copy")
    ]
    assert judge_quiet(late, 200, 699, "a final response") == []
    assert judge_quiet(late, 300, 399, "a redirection") is None
