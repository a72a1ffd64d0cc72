"""Bodies of private calls: TS 24.379 11.1.1 [2nd]."""

import pytest

from mcsip.mc.communication import PRIVATE, PRIVATE_CALL, Communication, build_communication
from mcsip.mc.private_call import (
    CALL_SERVICES,
    SDP_TYPE,
    CallBody,
    build_call_body,
    parse_call_body,
    sdp_of,
)
from mcsip.mc.schema import validate
from mcsip.mc.services import MCDATA, MCPTT, Service
from mcsip.mc.xml import BodyError

SDP = b"v=0\r\n"


def about(service: Service = MCPTT, session: str | None = PRIVATE) -> Communication:
    return Communication(
        service, target="sip:alice@partner.example", caller="sip:b@c.d", session_type=session
    )


@pytest.mark.parametrize("sdp", [SDP, None], ids=["offer", "no offer"])
@pytest.mark.parametrize("kind", CALL_SERVICES, ids=str)
def test_round_trip(kind: Service, sdp: bytes | None) -> None:
    call = CallBody(about(kind), sdp)
    content_type, body = build_call_body(call)
    assert parse_call_body(content_type, body, kind) == call
    assert sdp_of(content_type, body) == sdp
    assert validate(build_communication(call.about), kind) == ()


def test_it_has_a_name_in_the_services_that_have_private_calls() -> None:
    assert about().message == PRIVATE_CALL
    assert about(MCDATA).message is None
    assert about(session="prearranged").message is None


def test_without_an_info_body_it_is_a_private_call_all_the_same() -> None:
    assert parse_call_body(SDP_TYPE, SDP, MCPTT) == CallBody(
        Communication(MCPTT, session_type=PRIVATE), SDP
    )
    assert parse_call_body("", b"", MCPTT).sdp is None
    assert sdp_of("text/plain", b"x") is None


def test_another_kind_of_session_is_refused() -> None:
    with pytest.raises(BodyError) as caught:
        parse_call_body(*build_call_body(CallBody(about(session="chat"))), MCPTT)
    assert caught.value.status == 403


def test_two_info_bodies_are_refused() -> None:
    content_type, body = build_call_body(CallBody(about(), SDP))
    doubled = body.replace(SDP_TYPE.encode(), MCPTT.content_type.encode())
    with pytest.raises(BodyError, match="twice"):
        parse_call_body(content_type, doubled, MCPTT)
