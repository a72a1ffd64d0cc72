"""RFC 3261 16.6: what a proxy changes in a request."""

import pytest

from mcsip.trace import Trace
from tests.conformance.rfc3261.wire import (
    Proof,
    check_proof,
    findings,
    forwarded,
    onward,
    proofs,
    request,
    trace,
    via,
)

SEVERAL = {"X-Own": "1", "Supported": "a, b", "Subject": "s"}
RECORDED = "<sip:10.9.0.9;lr>"


def passed(came: dict[str, str | None], went: dict[str, str | None], by: str = "core") -> Trace:
    """Return the trace of an INVITE with these fields that goes on with those."""
    return forwarded(request("INVITE", came), onward("INVITE", went, by=by), by=by)


def with_vias(*vias: str, by: str = "core") -> Trace:
    """Return the trace of a request that goes on with these Via values."""
    return forwarded(request(), request("MESSAGE", {"Max-Forwards": "69"}, vias=vias), by=by)


def with_route(value: str) -> bytes:
    return request("INVITE", {"Record-Route": value}, vias=(via("core", "two"), via("ue")))


CASES = {
    "16.6/max-forwards": Proof(
        lambda: forwarded(request(), onward()),
        lambda: forwarded(request(), onward("MESSAGE", {"Max-Forwards": "70"})),
        "70",
        "Max-Forwards: 70",
        "core",
    ),
    "16.6/via": Proof(
        lambda: with_vias(via("core", "two"), via("ue", more=";received=10.9.0.1;rport=5060")),
        lambda: with_vias(via("core", "two")),
        via("core", "two"),
        "Via: " + via("core", "two"),
        "core",
    ),
    "16.6/branch": Proof(
        lambda: with_vias(via("core", "two"), via("ue")),
        lambda: with_vias(via("core"), via("ue")),
        "z9hG4bKone",
        "Via: " + via("core"),
        "core",
    ),
    "16.6/record-route": Proof(
        lambda: passed({"Record-Route": RECORDED}, {"Record-Route": f"<sip:c;lr>, {RECORDED}"}),
        lambda: passed({"Record-Route": RECORDED}, {"Record-Route": f"{RECORDED}, <sip:c;lr>"}),
        f"{RECORDED}, <sip:c;lr>",
        f"Record-Route: {RECORDED}, <sip:c;lr>",
        "core",
    ),
    "16.6/loose-route": Proof(
        lambda: trace(("core", "server", with_route("<sip:core.home.example;lr>"))),
        lambda: trace(("core", "server", with_route("<sip:core.home.example>"))),
        "<sip:core.home.example>",
        "Record-Route: <sip:core.home.example>",
        "core",
    ),
    "16.6/body": Proof(
        lambda: forwarded(request(body=b"hello"), onward(body=b"hello")),
        lambda: forwarded(request(body=b"hello"), onward(body=b"hell")),
        "4 octets, other ones from octet 5 on",
        None,
        "core",
    ),
    "16.6/fields-kept": Proof(
        lambda: passed({**SEVERAL}, {**SEVERAL}),
        lambda: passed({**SEVERAL}, {**SEVERAL, "X-Own": "2"}),
        "2",
        "X-Own: 2",
        "core",
    ),
    "16.6/order": Proof(
        lambda: passed({**SEVERAL}, {**SEVERAL, "Supported": "a,b, c"}),
        lambda: passed({**SEVERAL}, {**SEVERAL, "Supported": "b, a"}),
        "b, a",
        "Supported: b, a",
        "core",
    ),
    "16.6/fields-order": Proof(
        lambda: passed({**SEVERAL}, {**SEVERAL}),
        lambda: passed({**SEVERAL}, {"Subject": "s", "X-Own": "1", "Supported": "a, b"}),
        "From, To, Call-ID, CSeq, Contact, Allow, Subject, X-Own, Supported",
        "Subject: s",
        "core",
    ),
}

PROOFS = proofs(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str) -> None:
    check_proof(rule, CASES[rule])


def test_where_no_max_forwards_came_one_is_added() -> None:
    came = request("MESSAGE", {"Max-Forwards": None})
    assert findings("16.6/max-forwards", forwarded(came, onward())) == []
    none = onward("MESSAGE", {"Max-Forwards": None})
    found = findings("16.6/max-forwards", forwarded(came, none))
    assert found is not None
    assert [it.actual for it in found] == ["none"]


@pytest.mark.parametrize(
    "vias",
    [
        (via("core", "two"), via("ue", more=";x=1")),
        (via("ue"), via("core", "two")),
        (via("core", "two"), via("core", "three"), via("ue")),
    ],
)
def test_vias_that_came_stay_below_the_own(vias: tuple[str, ...]) -> None:
    assert findings("16.6/via", with_vias(*vias)) != []


def test_a_gateway_may_cover_the_way_within_its_system() -> None:
    assert findings("16.6/via", with_vias(via("gateway", "two"), by="gateway")) is None
    record = passed({"Record-Route": RECORDED}, {"Record-Route": "<sip:t@gw;lr>"}, by="gateway")
    assert findings("16.6/record-route", record) is None


def test_a_gateway_may_rewrite_what_names_its_system() -> None:
    came: dict[str, str | None] = {**SEVERAL, "X-Host": "server.home.example", "Server": "mine"}
    went: dict[str, str | None] = {
        **SEVERAL, "Call-ID": "token", "From": "<sip:t@home.example>;tag=from",
    }  # fmt: skip
    assert findings("16.6/fields-kept", passed(came, went, by="gateway")) == []
    found = findings("16.6/fields-kept", passed(came, {**went, "X-Own": None}, by="gateway"))
    assert found is not None
    assert [it.expected for it in found] == ["X-Own: 1"]


@pytest.mark.parametrize("field", ["To", "X-Own", "Subject"])
def test_a_sip_core_removes_no_field(field: str) -> None:
    found = findings("16.6/fields-kept", passed({**SEVERAL}, {**SEVERAL, field: None}))
    assert found is not None
    assert [it.actual for it in found] == ["no such field"]


def test_a_proxy_may_take_off_what_was_for_it() -> None:
    came: dict[str, str | None] = {
        "Route": "<sip:10.9.0.2;lr>", "P-Preferred-Identity": "<sip:a@b>", "Privacy": "id",
        "Proxy-Authorization": "Digest x=y",
    }  # fmt: skip
    assert findings("16.6/fields-kept", passed(came, {})) == []


def test_values_may_be_split_over_lines_in_another_way() -> None:
    """RFC 3261 7.3.1."""
    came = request("INVITE", {"Supported": "a, b"})
    went = onward("INVITE", {"Supported": "a"}, ("Supported", "b"))
    assert findings("16.6/fields-kept", forwarded(came, went)) == []
    assert findings("16.6/order", forwarded(came, went)) == []


def test_a_body_that_is_taken_off() -> None:
    made = forwarded(request(body=b"hello"), onward("MESSAGE", {"Content-Type": "text/plain"}))
    found = findings("16.6/body", made)
    assert found is not None
    assert [it.actual for it in found] == ["no body"]


def test_a_cancel_is_made_anew_on_each_hop() -> None:
    """RFC 3261 16.10."""
    went = request("CANCEL", vias=(via("core", "two"),))
    for rule in ("max-forwards", "via", "fields-kept"):
        assert findings(f"16.6/{rule}", forwarded(request("CANCEL"), went)) is None
