"""Service authorisation within a system: the body of the PUBLISH (TS 24.379 7.2, F.1)."""

import pytest

from mcsip.mc.authorisation import ServiceAuthorisation, build_authorisation, parse_authorisation
from mcsip.mc.schema import validate
from mcsip.mc.services import MCPTT, SERVICES, Service
from mcsip.mc.xml import BodyError

CLIENT = "urn:uuid:00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize("client_id", [CLIENT, None])
def test_what_is_built_is_valid_and_is_read(service: Service, client_id: str | None) -> None:
    wanted = ServiceAuthorisation(service, "e.y.J & <more>", client_id)
    body = build_authorisation(wanted)
    assert validate(body, service) == ()
    assert parse_authorisation(body, service) == wanted


def test_the_token_is_never_shown() -> None:
    assert "SECRET" not in repr(ServiceAuthorisation(MCPTT, "SECRET"))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (f'<mcpttinfo xmlns="{MCPTT.namespace}"><mcptt-Params/></mcpttinfo>', "token is missing"),
        (f'<mcpttinfo xmlns="{MCPTT.namespace}"><x/></mcpttinfo>', "the body is not valid"),
        ("<mcpttinfo", "."),
        ("", "."),
    ],
)
def test_what_is_refused(body: str, why: str) -> None:
    with pytest.raises(BodyError, match=why):
        parse_authorisation(body.encode(), MCPTT)


def test_the_body_of_another_service_is_refused() -> None:
    body = build_authorisation(ServiceAuthorisation(SERVICES["mcvideo"], "e.y.J"))
    with pytest.raises(BodyError):
        parse_authorisation(body, MCPTT)
