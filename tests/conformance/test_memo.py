"""What is judged once: with memory and without it the same comes of every trace."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from mcsip.conformance import check as checking
from mcsip.conformance.check import Checker, check_trace
from mcsip.conformance.forms import addresses_in
from mcsip.conformance.memo import Memo
from mcsip.conformance.result import CheckResult
from mcsip.conformance.rule import Fault, Faults, RuleBook, Scope
from mcsip.conformance.views import MessageSeen, Passage, Setting, TransactionSeen
from mcsip.mc.roles import Role
from mcsip.mc.source import Grade
from mcsip.sip.message import Message, Request
from mcsip.trace import NodeInfo, Peer, Trace, TraceEntry
from tests.conformance.bases import Shipped, copy_of, run_shipped
from tests.conformance.corpus import FILES, load, make, name_of
from tests.conformance.streams import A, B, C, Stream, request, response, with_nodes
from tests.conformance.twins import Twin, check_all, check_captured, twin_of

Check = Callable[[Trace, list[Twin]], CheckResult]


def told(result: CheckResult) -> list[object]:
    looked_at = [(it.rule.id, it.looked_at, it.omitted) for it in result.rules]
    return [looked_at, result.findings, result.messages]


def without_memory(
    judge: Callable[[], CheckResult], monkeypatch: pytest.MonkeyPatch
) -> CheckResult:
    with monkeypatch.context() as patch:
        patch.setattr(Memo, "keep", lambda *_: None)
        return judge()


def renamed(trace: Trace, mark: bytes) -> Trace:
    """Return a trace in which other users do the same later."""
    copy = copy_of(trace)
    for entry in copy.entries:
        entry.data = (
            entry.data.replace(b"alice@", mark + b"@")
            .replace(b"branch=z9hG4bK", b"branch=z9hG4bK" + mark)
            .replace(b"Call-ID: ", b"Call-ID: " + mark)
            .replace(b"In-Reply-To: ", b"In-Reply-To: " + mark)
            .replace(b"tag=", b"tag=" + mark)
        )
        entry.at += 400.0
        entry.number += len(trace.entries)
    return copy


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_bad_trace(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice, by other users: what is wrong is found both times, what is right counts both times."""
    trace = make(load(path))
    trace.entries += renamed(trace, b"later").entries
    expected = without_memory(lambda: check_trace(trace), monkeypatch)
    assert told(check_trace(trace)) == told(expected)


SCENARIOS = ("authorization/success", "calls/forwarded", "onward/success", "return-home/success")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_good_trace(scenario: str, transport: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = copy_of(run_shipped(Shipped(scenario=scenario, transport=transport)))
    trace.entries += renamed(trace, b"later").entries
    expected = without_memory(lambda: check_trace(trace), monkeypatch)
    assert told(check_trace(trace)) == told(expected)


@pytest.mark.parametrize("check", [check_all, check_captured])
@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_bad_trace_by_other_clients(
    path: Path, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one client does is judged as what the other did, and no finding is lost."""
    trace = make(load(path))
    twins = [twin_of(trace, 1), twin_of(trace, 2, mixed=True)]
    expected = without_memory(lambda: check(trace, twins), monkeypatch)
    assert told(check(trace, twins)) == told(expected)


@pytest.mark.parametrize("check", [check_all, check_captured])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_good_trace_by_other_clients(
    scenario: str, transport: str, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = run_shipped(Shipped(scenario=scenario, transport=transport))
    twins = [twin_of(trace, number, mixed=number == 3) for number in (1, 2, 3)]
    expected = without_memory(lambda: check(trace, twins), monkeypatch)
    assert told(check(trace, twins)) == told(expected)


def test_many_clients_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are: what is judged does not grow with them."""
    trace = run_shipped(Shipped(scenario="authorization/success"))
    judged: list[object] = []
    judge = checking._judge

    def counting(calls: Iterable[Any], view: Any) -> Any:
        judged.append(view)
        return judge(calls, view)

    monkeypatch.setattr(checking, "_judge", counting)
    counts = []
    for clients in (2, 12):
        check_captured(trace, [twin_of(trace, number) for number in range(1, clients)])
        counts.append(len(judged))
        judged.clear()
    assert counts[1] <= counts[0] + 5


CLIENTS = {
    Peer("10.0.0.7", 40_000): NodeInfo("q", "x", Role.CLIENT, identities=("sip:q@x", "tel:+4912")),
    Peer("10.0.0.8", 50_000): NodeInfo("r", "x", Role.CLIENT, identities=("sip:r@x", "tel:+4913")),
    Peer("2001:db8::7", 40_000): NodeInfo("s", "x", Role.CLIENT, identities=("sip:s@x", "tel:+5")),
    Peer("2001:db8::8", 50_000): NodeInfo("t", "x", Role.CLIENT, identities=("sip:t@x", "tel:+6")),
}


@pytest.mark.parametrize(
    ("one", "two", "text"),
    [
        (0, 1, "10.0.0.7"),
        (0, 1, "the 10.0.0.7:5060"),
        (0, 1, "40000"),
        (0, 1, "a.example:40000"),
        (0, 1, "<sips:q@x>"),
        (0, 1, "<tel:+4912>"),
        (2, 3, "2001:DB8::7"),
        (2, 3, "at [2001:db8::7]:5060"),
        (2, 3, "port 40000"),
    ],
)
def test_words_of_a_client_count_wherever_they_stand(one: int, two: int, text: str) -> None:
    """A rule may compare them with what it knows of the client, in whatever field."""
    book = RuleBook("x", "X", Grade.OURS)

    def judge(message: Message, entry: TraceEntry, sender: NodeInfo) -> Faults:
        if sender.role is not Role.CLIENT:
            return None
        subject = (message.first("subject") or "").lower()
        said = entry.local.host, str(entry.local.port), f"{sender.name}@x", sender.identities[1][4:]
        return () if any(word in subject for word in said) else [Fault("the sender", subject)]

    @book.on_message("1", "message", "A", "MESSAGE")
    def of_message(seen: MessageSeen) -> Faults:
        return None if seen.message is None else judge(seen.message, seen.entry, seen.sender)

    @book.on_transaction("1", "transaction", "A", "MESSAGE")
    def of_transaction(seen: TransactionSeen) -> Faults:
        return judge(seen.request, seen.requests[0], seen.sender)

    @book.on_passage("1", "passage", "A", "MESSAGE")
    def of_passage(seen: Passage) -> Faults:
        came = seen.incoming
        return judge(seen.outgoing[0].request, came.requests[0], came.sender)

    core = NodeInfo("core", "x", Role.SIP_CORE)
    trace = with_nodes((core, B), *((node, peer) for peer, node in CLIENTS.items()))
    stream, checker = Stream(trace), Checker(Setting(trace), book.rules)
    here, there = list(CLIENTS)[one], list(CLIENTS)[two]
    for number, peer in enumerate([here, here, there, here, there]):
        words = {"branch": f"z9hG4bK{number}", "call": f"call{number}"}
        for data, source, target in (
            (request(**words), peer, B),
            (request(**words, above=f"z9hG4bKx{number}"), B, C),
        ):
            said = data.replace(b"CSeq", f"Subject: {text}\r\nCSeq".encode())
            checker.feed(stream.sent(said, source=source, target=target))
    found = [[it.number for it in each.findings] for each in checker.finish().rules]
    assert found == [[5, 9]] * 3


SERVERS = {
    B: NodeInfo("x.server", "x", Role.MC_SERVER, domain="x", identities=("sip:server@x",)),
    C: NodeInfo("z.server", "z", Role.MC_SERVER, domain="z"),
}


def later_known(
    subject: str, uri: str, learn: Callable[[Trace], None], rules: RuleBook
) -> list[int]:
    """Return where a rule finds messages wrong that differ in names only.

    Args:
        subject: what stands in them.
        uri: their Request-URI.
        learn: makes known to the trace what was not, after the third of six.
        rules: the rule.
    """
    trace = with_nodes(*((node, peer) for peer, node in SERVERS.items()))
    stream, checker = Stream(trace), Checker(Setting(trace), rules.rules)
    for number in range(1, 7):
        data = request(branch=f"z9hG4bK{number}", call=f"call{number}")
        data = data.replace(b"sip:x@y", uri.encode())
        data = data.replace(b"CSeq", f"Subject: {subject}\r\nCSeq".encode())
        checker.feed(stream.sent(data, source=B, target=C))
        if number == 3:
            learn(trace)
    [result] = checker.finish().rules
    return [it.number for it in result.findings]


@pytest.mark.parametrize("user", ["sip:a.b@x", "sip:server@x", "tel:+4912"])
def test_a_user_who_becomes_known_is_one_from_then_on(user: str) -> None:
    """A user part that counts as no name is a part of the form, whoever has it."""
    book = RuleBook("x", "X", Grade.OURS)

    @book.on_message("1", "uri", "A", "MESSAGE")
    def uri(seen: MessageSeen) -> Faults:
        nodes = seen.setting.trace.nodes.values()
        clients = [node for node in nodes if node.role is Role.CLIENT]
        users = {each for node in clients for each in node.identities}
        assert isinstance(seen.message, Request)
        return [Fault("no user", "a user")] if seen.message.uri in users else ()

    def learn(trace: Trace) -> None:
        trace.add_node(NodeInfo("ue", "x", Role.CLIENT, domain="x", identities=(user,)))

    assert later_known("none", user, learn, book) == [4, 5, 6]


@pytest.mark.parametrize(
    ("said", "has"),
    [
        ("10.0.0.9", ("ue", Peer("10.0.0.9", 40_000))),
        ("10.0.0.9:5070", ("x.server", Peer("10.0.0.9", 5060))),
        ("[2001:DB8::9]", ("ue", Peer("2001:db8::9", 5060))),
        (f"{B.host}:5070", ("x.server", B._replace(port=5070))),
    ],
)
def test_an_address_that_becomes_known_is_somebodys_from_then_on(
    said: str, has: tuple[str, Peer]
) -> None:
    """What leaves a system may show none of its inside, wherever it stands."""
    book = RuleBook("x", "X", Grade.OURS)
    [address] = addresses_in([said])
    name, peer = has

    @book.on_message("1", "address", "A", "MESSAGE")
    def shown(seen: MessageSeen) -> Faults:
        trace = seen.setting.trace
        alone = trace.names_at(address.host) == {name} and address.host != B.host
        return [Fault("none", "one")] if alone or trace.node_at(address) == name else ()

    def learn(trace: Trace) -> None:
        if name == "ue":
            trace.add_node(NodeInfo("ue", "x", Role.CLIENT, domain="x"))
        trace.announce(name, *peer)

    assert later_known(said, "sip:x@y", learn, book) == [4, 5, 6]


def test_what_was_right_is_not_looked_at_again_and_counts() -> None:
    book, calls = RuleBook("x", "X", Grade.OURS), []

    @book.on_message("1", "right", "A")
    def right(seen: MessageSeen) -> Faults:
        calls.append(seen.entry.number)
        return ()

    checker = Checker(Setting(Trace()), book.rules)
    for number in range(5):
        checker.feed(Stream().sent(request(branch=f"z9hG4bK{number}", call=f"call{number}")))
    [result] = checker.finish().rules
    assert (len(calls), result.looked_at) == (1, 5)


def test_of_what_was_wrong_only_those_are_asked_again_that_found_it() -> None:
    book, calls = RuleBook("x", "X", Grade.OURS), []

    @book.on_message("1", "right", "A")
    def right(seen: MessageSeen) -> Faults:
        calls.append(seen.entry.number)
        return ()

    @book.on_message("1", "wrong", "A")
    def wrong(seen: MessageSeen) -> Faults:
        return [Fault("another", str(seen.entry.data[-9:]))]

    @book.on_message("1", "none", "A")
    def none(seen: MessageSeen) -> Faults:
        calls.append(seen.entry.number)
        return None

    checker = Checker(Setting(Trace()), book.rules)
    stream = Stream()
    for number in range(5):
        checker.feed(stream.sent(request(branch=f"z9hG4bK{number}", call=f"call{number}")))
    results = checker.finish().rules
    assert calls == [1, 1]
    assert [(it.looked_at, it.broken) for it in results] == [(5, 0), (5, 5), (0, 0)]
    assert [it.number for it in results[1].findings] == [1, 2, 3, 4, 5]


def views(mark: str, *, late: float = 0.0, stream: Stream | None = None) -> Stream:
    """Let a stream see a request through a proxy, under names with a mark."""
    ask = request(branch=f"z9hG4bK{mark}", call=f"call{mark}")
    on = request(branch=f"z9hG4bK{mark}", call=f"call{mark}", above=f"z9hG4bKon{mark}")
    stream = stream or Stream()
    stream.sent(ask)
    stream.sent(on, late, source=B, target=C)
    stream.sent(response(on), late, source=C, target=B)
    stream.sent(response(ask), late, source=B, target=A)
    return stream


def test_views_that_differ_in_names_only_have_one_key() -> None:
    stream = views("b", stream=views("a"))
    stream.finish()
    messages = stream.keys[Scope.MESSAGE]
    assert messages[:4] == messages[4:]
    assert len(set(messages)) == 4
    transactions = set(stream.keys[Scope.TRANSACTION])
    assert len(transactions) == 2
    assert None not in transactions
    assert len(set(stream.keys[Scope.PASSAGE])) == 1


def test_what_took_its_time_is_judged_by_itself() -> None:
    stream = views("a", late=1.0).finish()
    assert stream.keys[Scope.TRANSACTION][0] is None
    assert stream.keys[Scope.PASSAGE] == [None]
    assert stream.keys[Scope.MESSAGE][0] is not None


def test_what_was_repeated_is_judged_by_itself() -> None:
    stream = Stream()
    stream.sent(request())
    stream.sent(request(), 0.1)
    assert stream.finish().keys[Scope.TRANSACTION] == [None]


def test_memory_is_bounded_and_what_is_forgotten_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcsip.conformance.memo.MAX_KNOWN", 3)
    tally = checking._Tally(RuleBook("x", "X", Grade.OURS))  # type: ignore[arg-type]  # only counts
    memo = Memo[str]()
    for key in range(10):
        memo.keep(key, [tally], ["wrong"] if key % 2 else [])
        assert memo.knows(key) == (key % 2 == 0)
        assert list(memo.wrong(key)) == (["wrong"] if key % 2 else [])
        assert len(memo._known) <= 3
    assert list(memo.wrong("another")) == []
    memo.count()
    assert tally.looked_at == 15
