"""Which MC service a request belongs to."""

import pytest

from mcsip.conformance.mc_request import (
    asks_for_icsi,
    asks_for_tag,
    family,
    is_icsi,
    mc_request,
    preference,
)
from mcsip.mc.services import MCDATA, MCPTT, MCVIDEO, SERVICES, Service
from mcsip.sip.message import Request
from mcsip.sip.parse import parse_datagram
from tests.conformance.mc_traces import carried, info
from tests.conformance.rfc3261.wire import Changes, request

PLAIN: Changes = {"Content-Type": "text/plain"}


def read(data: bytes) -> Request:
    parsed = parse_datagram(data)
    assert isinstance(parsed, Request)
    return parsed


def service_of(data: bytes) -> Service | None:
    asked = mc_request(read(data))
    return None if asked is None else asked.service


@pytest.mark.parametrize("service", SERVICES.values(), ids=str)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        PLAIN | {"P-Preferred-Service": None},
        PLAIN | {"Accept-Contact": None},
        PLAIN | {"Content-Type": None},
    ],
    ids=["body", "feature tag", "service", "no Content-Type"],
)
def test_whose_request_it_is(service: Service, changes: Changes) -> None:
    assert service_of(carried(service, info(service), changes=changes)) is service


def test_the_body_decides() -> None:
    assert (
        service_of(carried(MCPTT, info(MCVIDEO), changes={"Content-Type": MCVIDEO.content_type}))
        is MCVIDEO
    )


def test_a_request_of_nobody() -> None:
    assert service_of(request()) is None


def test_the_families_of_icsi() -> None:
    assert family(MCPTT) == MCPTT.icsi
    assert family(MCDATA) == "urn:urn-7:3gpp-service.ims.icsi.mcdata"
    assert is_icsi(f"{family(MCDATA)}.fd", MCDATA)
    assert is_icsi(MCPTT.icsi.upper(), MCPTT)
    assert not is_icsi(f"{MCPTT.icsi}x", MCPTT)


@pytest.mark.parametrize("service", SERVICES.values(), ids=str)
def test_what_a_preference_asks_for(service: Service) -> None:
    tag, icsi = (preference(value) for value in service.accept_contact)
    assert (asks_for_tag(tag, service), asks_for_icsi(tag, service)) == (True, False)
    assert (asks_for_tag(icsi, service), asks_for_icsi(icsi, service)) == (False, True)
    assert tag.insists
    assert icsi.insists
    others = [other for other in SERVICES.values() if other is not service]
    assert not any(asks_for_tag(tag, other) or asks_for_icsi(icsi, other) for other in others)


@pytest.mark.parametrize("value", ["", "*", '*;x="'])
def test_a_preference_that_says_nothing(value: str) -> None:
    said = preference(value)
    assert not said.tags
    assert not said.services
    assert not said.insists
