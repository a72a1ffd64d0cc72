"""The registrar, by the items of RFC 3261 10.3."""

import pytest

from mcsip.nodes.registrar import (
    DEFAULT_EXPIRES_S,
    FIRST_SWEEP,
    MAX_CONTACTS,
    MIN_EXPIRES_S,
    Registrar,
    address_of_record,
)
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import parse_datagram
from mcsip.sip.transport_rules import Source, Target
from mcsip.sip.uri import SipUri, parse_uri

from .world import written

ALICE = "sip:alice@partner.example"
UDP = Source("UDP", "192.0.2.1", 5060, None)
TCP = Source("TCP", "192.0.2.1", 40000, 7)


def uri(text: str = ALICE) -> SipUri:
    parsed = parse_uri(text)
    assert isinstance(parsed, SipUri)
    return parsed


def register(
    *contacts: str, call_id: str = "a", cseq: int = 1, to: str = ALICE, expires: int | None = None
) -> Request:
    fields = [f"Contact: {contact}" for contact in contacts]
    if expires is not None:
        fields.append(f"Expires: {expires}")
    data = written(
        "REGISTER", "sip:partner.example", from_=f"<{to}>;tag=f", to=f"<{to}>", call_id=call_id,
        cseq=f"{cseq} REGISTER", fields=fields,
    )  # fmt: skip
    message = parse_datagram(data)
    assert isinstance(message, Request)
    return message


class Bench:
    def __init__(self) -> None:
        self.registrar = Registrar("partner.example")
        self.now = 100.0

    def do(self, request: Request, source: Source = UDP) -> Response:
        return self.registrar.handle_register(request, source, self.now, "tag")

    def targets(self, of: str = ALICE) -> list[Target]:
        return [binding.target for binding in self.registrar.bindings(uri(of), self.now)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_contact_is_bound_and_told(bench: Bench) -> None:
    """Items 7 and 8: the 200 enumerates all bindings with their expiry."""
    response = bench.do(register("<sip:alice@192.0.2.1:5080>"))
    assert response.status == 200
    assert response.items("contact") == [f"<sip:alice@192.0.2.1:5080>;expires={DEFAULT_EXPIRES_S}"]
    assert bench.targets() == [Target("UDP", "192.0.2.1", 5080, None)]


def test_without_contact_it_only_asks(bench: Bench) -> None:
    """Item 6: no Contact, nothing changes."""
    bench.do(register("<sip:a@192.0.2.1>"))
    response = bench.do(register(cseq=2))
    assert response.status == 200
    assert len(response.items("contact")) == 1


@pytest.mark.parametrize("to", ["sip:alice@primary.example", "sip:alice@sub.partner.example"])
def test_another_domain_is_404(bench: Bench, to: str) -> None:
    """Item 5: an address-of-record that is not of this domain."""
    assert bench.do(register("<sip:a@192.0.2.1>", to=to)).status == 404


def test_the_address_of_record_has_no_parameters(bench: Bench) -> None:
    """Item 5: URI parameters and the case of the domain make no difference."""
    bench.do(register("<sip:a@192.0.2.1>", to="sip:alice@PARTNER.example;transport=tcp"))
    assert bench.targets() == [Target("UDP", "192.0.2.1", 5060, None)]
    assert address_of_record(uri("sip:a@B.example;x=y")) == "sip:a@b.example"


def test_star_with_expires_0_removes_all(bench: Bench) -> None:
    """Item 6."""
    bench.do(register("<sip:a@192.0.2.1>", "<sip:b@192.0.2.2>"))
    assert len(bench.targets()) == 2
    response = bench.do(register("*", cseq=2, expires=0))
    assert (response.status, response.items("contact")) == (200, [])
    assert bench.targets() == []


@pytest.mark.parametrize(
    ("contacts", "expires"),
    [(("*",), None), (("*",), 60), (("*", "<sip:a@192.0.2.1>"), 0)],
)
def test_star_with_anything_else_is_400(
    bench: Bench, contacts: tuple[str, ...], expires: int | None
) -> None:
    """Item 6: "*" with other contacts, or with an expiry that is not zero."""
    bench.do(register("<sip:z@192.0.2.9>"))
    assert bench.do(register(*contacts, cseq=2, expires=expires)).status == 400
    assert len(bench.targets()) == 1


@pytest.mark.parametrize(
    ("contact", "whole", "expected"),
    [
        ("<sip:a@192.0.2.1>", None, DEFAULT_EXPIRES_S),
        ("<sip:a@192.0.2.1>", 60, 60),
        ("<sip:a@192.0.2.1>;expires=90", 60, 90),
        ("<sip:a@192.0.2.1>;expires=bad", 60, 60),
        ("<sip:a@192.0.2.1>;expires=999999", None, DEFAULT_EXPIRES_S),
    ],
)
def test_expiry_is_of_the_contact_then_of_the_field_then_ours(
    bench: Bench, contact: str, whole: int | None, expected: int
) -> None:
    """Item 7."""
    response = bench.do(register(contact, expires=whole))
    assert response.items("contact")[0].endswith(f";expires={expected}")
    bench.now += expected - 1
    assert len(bench.targets()) == 1
    bench.now += 1
    assert bench.targets() == []


def test_expiry_0_removes_the_binding(bench: Bench) -> None:
    """Item 7."""
    bench.do(register("<sip:a@192.0.2.1>", "<sip:b@192.0.2.2>"))
    bench.do(register("<sip:a@192.0.2.1>;expires=0", cseq=2))
    assert [target.host for target in bench.targets()] == ["192.0.2.2"]


def test_too_short_an_expiry_is_423(bench: Bench) -> None:
    """Item 7: with Min-Expires; nothing is bound."""
    response = bench.do(register(f"<sip:a@192.0.2.1>;expires={MIN_EXPIRES_S - 1}"))
    assert (response.status, response.first("min-expires")) == (423, str(MIN_EXPIRES_S))
    assert bench.targets() == []


@pytest.mark.parametrize("cseq", [1, 2])
def test_an_older_cseq_of_the_same_call_id_changes_nothing(bench: Bench, cseq: int) -> None:
    """Item 7: the Call-ID agrees and the CSeq is not higher: the request fails."""
    bench.do(register("<sip:a@192.0.2.1>", cseq=2))
    assert bench.do(register("<sip:b@192.0.2.2>", cseq=cseq)).status == 500
    assert [target.host for target in bench.targets()] == ["192.0.2.1"]


def test_another_call_id_may_have_any_cseq(bench: Bench) -> None:
    """Item 7."""
    bench.do(register("<sip:a@192.0.2.1>", cseq=9))
    assert bench.do(register("<sip:a@192.0.2.1>", call_id="b", cseq=1)).status == 200
    assert len(bench.targets()) == 1


def test_the_newest_binding_comes_first(bench: Bench) -> None:
    bench.do(register("<sip:a@192.0.2.1>"))
    bench.do(register("<sip:b@192.0.2.2>", call_id="b"))
    bench.do(register("<sip:a@192.0.2.1>", cseq=2))
    assert [target.host for target in bench.targets()] == ["192.0.2.1", "192.0.2.2"]


def test_the_number_of_contacts_is_limited(bench: Bench) -> None:
    for number in range(MAX_CONTACTS + 5):
        bench.do(register(f"<sip:a@192.0.2.{number}>", cseq=number + 1))
    assert len(bench.targets()) == MAX_CONTACTS


@pytest.mark.parametrize("contact", ["<tel:+123>", "<sip:a@>", "<<>>"])
def test_a_contact_that_is_none_is_400(bench: Bench, contact: str) -> None:
    """Item 6 and RFC 3261 20.10: it must be a SIP URI to be reached."""
    assert bench.do(register(contact)).status == 400
    assert bench.targets() == []


@pytest.mark.parametrize(
    ("contact", "source", "target"),
    [
        ("<sip:a@192.0.2.5>", UDP, Target("UDP", "192.0.2.5", 5060, None)),
        ("<sip:a@192.0.2.5;transport=tcp>", TCP, Target("TCP", "192.0.2.5", 5060, 7)),
        ("<sip:a@192.0.2.5:7000>", TCP, Target("TCP", "192.0.2.5", 7000, 7)),
        ("<sip:a@192.0.2.5;transport=udp>", TCP, Target("UDP", "192.0.2.5", 5060, None)),
        ("<sip:a@192.0.2.5;transport=tls>", UDP, Target("TLS", "192.0.2.5", 5061, None)),
    ],
)
def test_the_target_is_the_contact_over_the_flow_of_the_register(
    bench: Bench, contact: str, source: Source, target: Target
) -> None:
    bench.do(register(contact), source)
    assert bench.targets() == [target]


def test_what_expired_is_forgotten(bench: Bench) -> None:
    """REGISTER is not authenticated: names that nobody asks about again must not stay."""
    for number in range(3 * FIRST_SWEEP):
        bench.now += MIN_EXPIRES_S
        bench.do(
            register(
                f"<sip:u@192.0.2.1>;expires={MIN_EXPIRES_S}", to=f"sip:u{number}@partner.example"
            )
        )
        assert len(bench.registrar) <= FIRST_SWEEP
    assert len(bench.registrar.bindings(uri(f"sip:u{number}@partner.example"), bench.now)) == 1


def test_the_number_of_addresses_of_record_is_limited(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcsip.nodes.registrar.FIRST_SWEEP", 2)
    monkeypatch.setattr("mcsip.nodes.registrar.MAX_RECORDS", 2)
    bench = Bench()
    names = [f"sip:{name}@partner.example" for name in "abc"]
    answers = [bench.do(register("<sip:u@192.0.2.1>", to=name)).status for name in names]
    assert answers == [200, 200, 503]
    assert bench.do(register("<sip:u@192.0.2.1>", to=names[0], cseq=2)).status == 200
    bench.now += DEFAULT_EXPIRES_S
    assert bench.do(register("<sip:u@192.0.2.1>", to=names[2])).status == 200
