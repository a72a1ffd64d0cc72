"""RFC 4320 4.1: provisional answers to other requests than INVITE."""

import pytest

from mcsip.trace import Direction, Trace
from tests.conformance.mc_traces import Proofs, found
from tests.conformance.rfc3261.wire import NODES, PEERS, QUIET_S, request, response

RULE = "rfc4320/4.1"


def at(*answers: tuple[float, str], transport: str = "UDP", method: str = "MESSAGE") -> Trace:
    """Return the trace of a request at 0 s and its answers at their times."""
    made = Trace()
    for node in NODES:
        made.add_node(node)
        made.announce(node.name, *PEERS[node.name])
    data = request(method)
    ue, server = PEERS["ue"], PEERS["server"]
    made.append_entry(0.0, "ue", Direction.SENT, transport, ue, server, data)
    made.append_entry(0.0, "server", Direction.RECEIVED, transport, server, ue, data)
    for when, start in answers:
        answer = response(data, start)
        made.append_entry(when, "server", Direction.SENT, transport, server, ue, answer)
        made.append_entry(when, "ue", Direction.RECEIVED, transport, ue, server, answer)
    made.append_entry(QUIET_S, "ue", Direction.SENT, transport, ue, server, b"\r\n\r\n")
    return made


PROOFS: Proofs = {
    f"{RULE}/only-100": (lambda: at((0.1, "200 OK")), lambda: at((0.1, "183 Session Progress"))),
    f"{RULE}/no-early-100": (lambda: at((3.5, "100 Trying")), lambda: at((0.0, "100 Trying"))),
    f"{RULE}/late-100": (
        lambda: at((3.5, "100 Trying"), (8.0, "200 OK")),
        lambda: at((8.0, "200 OK")),
    ),
}


@pytest.mark.parametrize(
    ("rule", "actual", "marked"),
    [
        ("only-100", "183 Session Progress to MESSAGE", "SIP/2.0 183 Session Progress"),
        ("no-early-100", "100 after 0.000 s", "SIP/2.0 100 Trying"),
        ("late-100", "no 100, and 200 after 8.000 s", "SIP/2.0 200 OK"),
    ],
)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(
    rule: str, actual: str, marked: str
) -> None:
    good, bad = PROOFS[f"{RULE}/{rule}"]
    assert found(f"{RULE}/{rule}", good()) == []
    assert found(f"{RULE}/{rule}", bad()) == [(actual, marked)]


@pytest.mark.parametrize("rule", ["only-100", "no-early-100", "late-100"])
def test_an_invite_is_another_matter(rule: str) -> None:
    answers = ((0.0, "100 Trying"), (0.1, "180 Ringing"), (9.0, "486 Busy Here"))
    assert found(f"{RULE}/{rule}", at(*answers, method="INVITE")) is None


def test_over_tcp_100_may_come_at_any_time() -> None:
    assert found(f"{RULE}/no-early-100", at((0.0, "100 Trying"), transport="TCP")) is None


def test_who_never_answers_is_not_judged() -> None:
    assert found(f"{RULE}/late-100", at()) is None


def test_a_clock_may_be_a_little_off() -> None:
    assert found(f"{RULE}/no-early-100", at((3.3, "100 Trying"))) == []
    assert found(f"{RULE}/late-100", at((3.7, "200 OK"))) == []


@pytest.mark.parametrize(("lost", "found_at"), [(2, []), (3, ["no 100, and 200 after 5.700 s"])])
def test_behind_a_capture_some_copies_may_have_been_lost(lost: int, found_at: list[str]) -> None:
    """Who got the request only after that answered in time; many losses in a row are no excuse."""
    copies, answered = ((0.0, 0.5, 1.5), 4.9) if lost == 2 else ((0.0, 0.5, 1.5, 3.5), 7.2)
    seen = Trace()
    for node in NODES:
        seen.add_node(node)
        seen.announce(node.name, *PEERS[node.name])
    ue, server = PEERS["ue"], PEERS["server"]
    for when in copies:
        seen.append_entry(when, "ue", Direction.SENT, "UDP", ue, server, request("MESSAGE"))
    data = response(request("MESSAGE"), "200 OK")
    seen.append_entry(answered, "server", Direction.SENT, "UDP", server, ue, data)
    result = found(f"{RULE}/late-100", seen)
    assert [actual for actual, _ in result or []] == found_at
