"""The info body of a request, alone or in multipart/mixed."""

import pytest

from mcsip.mc.multipart import Part, build_multipart
from mcsip.mc.services import SERVICES
from mcsip.mc.xml import BodyError
from mcsip.nodes.bodies import info_part
from mcsip.sip.message import Request
from mcsip.sip.parse import parse_datagram

from .world import written


def request(content_type: str | None, body: bytes = b"<a/>") -> Request:
    message = parse_datagram(written(content_type=content_type, body=body))
    assert isinstance(message, Request)
    return message


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_the_content_type_tells_the_service(service: object) -> None:
    found = next(s for s in SERVICES.values() if s is service)
    assert info_part(request(found.content_type)) == (found, b"<a/>")
    assert info_part(request(found.content_type.upper() + ";charset=utf-8")) == (found, b"<a/>")


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/xml"])
def test_another_body_is_none(content_type: str | None) -> None:
    assert info_part(request(content_type, b"")) is None


def test_the_first_info_part_of_several_is_taken() -> None:
    mcptt = SERVICES["mcptt"]
    parts = [
        Part("text/plain", b"x"),
        Part(mcptt.content_type, b"<b/>"),
        Part(mcptt.content_type, b"<c/>"),
    ]
    assert info_part(request(*build_multipart(parts))) == (mcptt, b"<b/>")
    assert info_part(request(*build_multipart(parts[:1]))) is None


def test_a_broken_multipart_body_is_refused() -> None:
    with pytest.raises(BodyError):
        info_part(request("multipart/mixed;boundary=x", b"no part"))
