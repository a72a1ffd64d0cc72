"""Service identifiers: RFC 6050 4.3."""

import pytest

from mcsip.conformance.rfc6050.reading import is_service, service_faults
from mcsip.mc.services import SERVICES, Service
from mcsip.sip.parse import parse_datagram
from tests.conformance.rfc3261.wire import request


@pytest.mark.parametrize("service", SERVICES.values(), ids=str)
def test_the_icsi_of_each_service(service: Service) -> None:
    assert is_service(service.icsi)


@pytest.mark.parametrize(
    "text",
    [
        "urn:urn-7:3gpp-application.ims.iari.gsma",
        "URN:URN-7:3gpp-service.ims.icsi.mmtel",
        "urn:urn-7:a",
    ],
)
def test_services(text: str) -> None:
    assert is_service(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mcptt",
        "g.3gpp.mcptt",
        "urn:urn-7:",
        "urn:urn-7:3gpp-service..mcptt",
        "urn:urn-7:-service",
        "urn:urn-xxx:3gpp-service.ims.icsi.mcptt",
        "urn%3Aurn-7%3A3gpp-service.ims.icsi.mcptt",
        "<urn:urn-7:3gpp-service.ims.icsi.mcptt>",
        "urn:urn-7:3gpp-service.ims.icsi.mcptt;x=1",
    ],
)
def test_no_services(text: str) -> None:
    assert not is_service(text)


def test_a_field_that_is_not_there_and_an_empty_one() -> None:
    key = "p-asserted-service"
    assert service_faults(parse_datagram(request()), key) is None  # type: ignore[arg-type]  # a request
    empty = parse_datagram(request("MESSAGE", {"P-Asserted-Service": ""}))
    assert service_faults(empty, key)  # type: ignore[arg-type]  # a request
