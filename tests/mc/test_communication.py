"""What info bodies say of communications (TS 24.379 F.1, TS 24.282 D.1, TR 23.781 6.x.1)."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.errors import UsageError
from mcsip.mc.communication import (
    COMMUNICATIONS,
    MAX_RETURNS,
    MIGRATED,
    ONE_TO_ONE_SDS,
    PRIVATE_CALL,
    SHORT_DATA,
    Communication,
    build_communication,
    parse_communication,
    read_communication,
)
from mcsip.mc.schema import validate
from mcsip.mc.services import MCDATA, MCPTT, Service
from mcsip.mc.xml import BodyError

ALICE = "sip:alice@primary.example"
BOB = "sip:bob@primary.example"
FULL = Communication(
    MCDATA,
    ONE_TO_ONE_SDS,
    ALICE,
    BOB,
    "urn:uuid:00000000-0000-4000-8000-000000000001",
    MIGRATED,
    "partner.example",
    ("b.example", "c.example"),
)
XML = 'xmlns="urn:3gpp:ns:mcdataInfo:1.0"'


def body(params: str) -> bytes:
    return f"<mcdatainfo {XML}><mcdata-Params>{params}</mcdata-Params></mcdatainfo>".encode()


def uri(name: str, value: str = ALICE, kind: str = "Normal") -> str:
    return f'<{name} type="{kind}"><mcdataURI>{value}</mcdataURI></{name}>'


def test_everything_comes_back() -> None:
    assert parse_communication(build_communication(FULL), MCDATA) == FULL


def test_a_redirection_is_valid_in_every_service(service: Service) -> None:
    """TS 24.379 F.1: forwarding-reason migrated, in anyExt."""
    said = Communication(service, target=ALICE, caller=BOB, forwarding_reason=MIGRATED)
    built = build_communication(said)
    assert validate(built, service) == ()
    assert parse_communication(built, service) == said
    assert read_communication(built, service) == said


@given(
    st.lists(st.from_regex(r"[a-z]{1,9}\.example", fullmatch=True), max_size=MAX_RETURNS),
    st.sampled_from([ALICE, BOB, None]),
    st.sampled_from([None, "partner.example"]),
)
@settings(deadline=None)
def test_round_trip(returned: list[str], target: str | None, system: str | None) -> None:
    said = Communication(MCDATA, None, target, None, None, None, system, tuple(returned))
    assert parse_communication(build_communication(said), MCDATA) == said


def test_only_short_data_has_a_name_and_only_in_mcdata() -> None:
    assert FULL.message == SHORT_DATA
    assert list(COMMUNICATIONS) == [SHORT_DATA, PRIVATE_CALL]
    assert replace(FULL, service=MCPTT).message is None
    assert replace(FULL, request_type="group-sds").message is None


def test_the_system_that_it_travels_to() -> None:
    """TR 23.781 6.x.1: the partner may issue no ID; then the message names the system."""
    assert FULL.target_domain == "partner.example"
    assert replace(FULL, partner_system=None).target_domain == "primary.example"
    assert replace(FULL, partner_system=None, target=None).target_domain is None


@pytest.mark.parametrize(
    "params",
    [
        uri("mcdata-request-uri") * 2,
        uri("mcdata-request-uri") + f"<anyExt>{uri('mcdata-request-uri')}</anyExt>",
        uri("mcdata-request-uri", kind="Encrypted"),
        "<mcdata-request-uri/>",
        "<mcdata-request-uri>sip:alice@primary.example</mcdata-request-uri>",
        "<anyExt><forwarding-reason>gone</forwarding-reason></anyExt>",
        "<request-type>one-to-one-sds</request-type>" * 2,
        '<anyExt><returned-by xmlns="urn:mcsip:migration:1">'
        + "b.example " * (MAX_RETURNS + 1)
        + "</returned-by></anyExt>",
    ],
    ids=["twice", "twice, once in anyExt", "encrypted", "empty", "bare", "reason", "type", "loops"],
)
def test_bodies_that_are_refused(params: str) -> None:
    with pytest.raises(BodyError):
        parse_communication(body(params), MCDATA)


def test_the_body_of_another_service_is_refused() -> None:
    with pytest.raises(BodyError, match="root element"):
        read_communication(build_communication(FULL), MCPTT)


def test_a_text_that_xml_cannot_carry() -> None:
    with pytest.raises(UsageError):
        build_communication(replace(FULL, target="sip:\0@primary.example"))
