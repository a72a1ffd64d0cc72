"""RFC 3261 18.1.1: size and transport of requests."""

import pytest

from tests.conformance.rfc3261.wire import (
    Proof,
    answered,
    check_proof,
    findings,
    one,
    proofs,
    request,
    response,
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


def test_a_response_may_be_larger() -> None:
    data = request()
    made = answered(data, response(data, body=b"x" * 2000))
    assert findings("18.1.1/udp-size", made) == []


def test_the_via_of_a_response_is_not_of_its_sender() -> None:
    data = request("MESSAGE", {"Via": via("ue", transport="TCP")})
    found = findings("18.1.1/via-transport", answered(data, response(data)))
    assert found is not None
    assert [it.node for it in found] == ["ue"]
