"""The MESSAGE that carries an info body (TS 24.379 10.1.4.2.1, RFC 3428)."""

import pytest

from mcsip.mc.request import FIRST_CSEQ, Identities, build_mc_request
from mcsip.mc.services import MCPTT, Service
from mcsip.sip.message import Request

ALICE = "sip:alice@primary.example"
SERVER = "sip:server@partner.example"


class Letters:
    def __init__(self) -> None:
        self._next = iter("abcdefgh")

    def token(self) -> str:
        return next(self._next)


def build(service: Service = MCPTT, *, asserted: bool = False, **options: str) -> Request:
    sender = Identities(ALICE, ALICE, asserted=asserted)
    return build_mc_request(
        "MESSAGE",
        service,
        b"<x/>",
        Letters(),
        uri=SERVER,
        to=SERVER,
        sender=sender,
        route=options.get("route"),
        call_id=options.get("call_id"),
    )


def test_content_type_icsi_and_both_accept_contacts(service: Service) -> None:
    request = build(service)
    assert request.content_type == service.content_type
    assert request.first("p-preferred-service") == service.icsi
    assert request.values("accept-contact") == list(service.accept_contact)
    assert request.body == b"<x/>"


@pytest.mark.parametrize("asserted", [True, False])
def test_servers_assert_and_clients_prefer(asserted: bool) -> None:
    """RFC 3325 9.1, 9.2; RFC 6050 4.1, 4.2."""
    request = build(asserted=asserted)
    there, absent = ("asserted", "preferred") if asserted else ("preferred", "asserted")
    assert request.first(f"p-{there}-identity") == f"<{ALICE}>"
    assert request.first(f"p-{absent}-identity") is None
    assert request.first(f"p-{absent}-service") is None


def test_a_message_has_no_contact() -> None:
    """RFC 3428 8."""
    assert build().contacts == []


def test_fresh_call_id_and_tag_unless_one_is_given() -> None:
    request = build()
    assert {request.call_id, request.from_.tag} == {"a", "b"}
    assert build(call_id="mine").call_id == "mine"
    assert request.cseq.number == FIRST_CSEQ


def test_the_route_stands_first() -> None:
    request = build(route="<sip:192.0.2.1;lr>")
    assert [str(route) for route in request.routes] == ["<sip:192.0.2.1;lr>"]
