"""RFC 3261 18.1.1: size and transport of requests."""

from dataclasses import replace

import pytest

from mcsip.trace import Trace
from mcsip.undelivered import CLAUSE, describe_undelivered
from tests.conformance.rfc3261.wire import (
    PEERS,
    Proof,
    answered,
    check_proof,
    findings,
    one,
    proofs,
    request,
    response,
    trace,
    via,
)


def sized(octets: int) -> bytes:
    """Return a request of so many octets."""
    body = b"x" * octets
    while len(request(body=body)) > octets:
        body = body[1:]
    assert len(request(body=body)) == octets
    return request(body=body)


CASES = {
    "18.1.1/udp-size": Proof(
        lambda: one(sized(1300)),
        lambda: one(sized(1301)),
        "1301 octets over UDP",
        "x",
    ),
    "18.1.1/via-transport": Proof(
        lambda: one(request()),
        lambda: one(request("MESSAGE", {"Via": via("ue", transport="TCP")})),
        "TCP",
        "Via: " + via("ue", transport="TCP"),
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_over_tcp_any_size_is_right() -> None:
    data = request("MESSAGE", {"Via": via("ue", transport="TCP")}, body=b"x" * 2000)
    assert findings("18.1.1/udp-size", one(data, "TCP")) is None
    assert findings("18.1.1/via-transport", one(data, "TCP")) == []


LARGE = "x" * 1400


def large(branch: str = "one") -> bytes:
    """Return a request that is too large for UDP, of a branch of its own."""
    return request("MESSAGE", {"Via": via("ue", branch), "Subject": LARGE, "Call-ID": branch})


def refuse(
    made: Trace, before: int = 0, reason: str = "connection refused", to: str = "core"
) -> Trace:
    """Let a TCP connection of the client be refused before an entry, for the request "one"."""
    said = describe_undelivered("MESSAGE", f"TCP to {PEERS[to].host}:5060: {reason}", "z9hG4bKone")
    for entry in made.entries[before:]:
        entry.number += 1
    note = made.append_note(0.0, "ue", "", CLAUSE, said)
    made.notes[-1] = replace(note, number=before + 1)
    return made


def found_in(made: Trace) -> list[str] | None:
    found = findings("18.1.1/udp-size", made)
    return None if found is None else [it.node for it in found]


def test_a_request_goes_over_udp_after_all_where_tcp_is_refused() -> None:
    made = refuse(one(large()))
    assert found_in(made) == []
    (sent, received, *_) = made.entries
    assert (sent.number, received.number) == (2, 3)


@pytest.mark.parametrize("reason", ["no connection within 5 s", "the peer closed"])
def test_what_is_no_refusal_changes_nothing(reason: str) -> None:
    assert found_in(refuse(one(large()), reason=reason)) == ["ue"]


def test_a_refusal_by_somebody_else_changes_nothing() -> None:
    assert found_in(refuse(one(large()), to="server")) == ["ue"]


def test_a_refusal_afterwards_changes_nothing() -> None:
    assert found_in(refuse(one(large()), before=1)) == ["ue"]


def test_a_capture_does_not_show_that_tcp_was_tried() -> None:
    assert found_in(one(large())) == ["ue"]


@pytest.mark.parametrize("order", [["one", "two", "three"], ["two", "one", "three"]])
def test_a_refusal_is_of_one_request_and_of_no_other(order: list[str]) -> None:
    """These are alike but for their names: what was judged of one is not true of the other."""
    made = refuse(trace(*(("ue", "core", large(branch)) for branch in order)))
    assert found_in(made) == ["ue", "ue"]


def test_a_later_request_of_the_same_branch_is_another() -> None:
    made = refuse(trace(("ue", "core", large()), ("ue", "core", large())))
    for entry in made.entries[2:4]:
        entry.at += 200.0
    assert found_in(made) == ["ue"]


def test_a_retransmission_is_the_same_request() -> None:
    made = refuse(trace(("ue", "core", large()), ("ue", "core", large())))
    assert found_in(made) == []


def test_a_response_may_be_larger() -> None:
    data = request()
    made = answered(data, response(data, body=b"x" * 2000))
    assert findings("18.1.1/udp-size", made) == []


def test_the_via_of_a_response_is_not_of_its_sender() -> None:
    data = request("MESSAGE", {"Via": via("ue", transport="TCP")})
    found = findings("18.1.1/via-transport", answered(data, response(data)))
    assert found is not None
    assert [it.node for it in found] == ["ue"]
