"""The form of info bodies: what the cases of the clauses leave open."""

import pytest

from mcsip.conformance.views import Release
from mcsip.mc.messages import REQUEST
from mcsip.mc.services import MCDATA, MCPTT, MCVIDEO, Service
from tests.conformance.mc_traces import TOKEN, carried, found, hop, info

PREFIX = "ts24379/F.1"
WHERE = {MCPTT: "ts24379/F.1", MCVIDEO: "ts24281/F.1", MCDATA: "ts24282/D.1"}


def of(rule: str, octets: bytes) -> list[tuple[str, str]] | None:
    return found(f"{PREFIX}/{rule}", hop(carried(MCPTT, octets)))


def with_extension(more: str, service: Service = MCPTT) -> bytes:
    return info(service).replace(b"<anyExt>", f"<anyExt>{more}".encode(), 1)


UNREADABLE = {
    "present": b"  ",
    "no-dtd": b"<!DOCTYPE x><mcpttinfo/>",
    "encoding": '<?xml version="1.0"?><mcpttinfo/>'.encode("utf-16"),
    "well-formed": b"<mcpttinfo>",
}


@pytest.mark.parametrize("rule", UNREADABLE)
def test_what_cannot_be_read_is_told_once(rule: str) -> None:
    octets = UNREADABLE[rule]
    broken = {name for name in UNREADABLE if of(name, octets)}
    assert broken == {rule}
    assert of("schema", octets) is None


@pytest.mark.parametrize("encoding", ["UTF-8", "utf-8", "US-ASCII"])
def test_encodings_that_are_utf_8(encoding: str) -> None:
    octets = info(MCPTT).replace(b"UTF-8", encoding.encode())
    assert of("encoding", octets) == []


def test_another_encoding_is_told_once() -> None:
    octets = info(MCPTT).replace(b'"UTF-8"', b'"ISO-8859-1"').replace(b"visitor", b"b\xe4r")
    assert of("encoding", octets)
    assert of("well-formed", octets) == []


def test_not_well_formed_in_a_later_line() -> None:
    octets = info(MCPTT).replace(b"<anyExt>", b"\r\n<anyExt a>\r\n")
    [(actual, marked)] = of("well-formed", octets) or []
    assert marked == "<anyExt a>"
    assert "line 3 of the body" in actual


def test_each_fault_of_the_schema_is_told() -> None:
    more = "<request-type>migrate</request-type><response-type>done</response-type>"
    faults = of("schema", with_extension(more))
    assert faults is not None
    assert [marked for _, marked in faults] == [
        "<request-type>migrate</request-type>",
        "<response-type>done</response-type>",
    ]


def test_a_token_in_a_wrong_place_is_not_told() -> None:
    """What a finding says goes into reports."""
    octets = info(MCPTT).replace(b"mcpttString>eyJ", b"mcpttBoolean>eyJ", 1)
    octets = octets.replace(b"c2lnbmF0dXJl</mcpttString>", b"c2lnbmF0dXJl</mcpttBoolean>")
    faults = of("schema", octets)
    assert faults
    assert all(TOKEN not in actual for actual, _ in faults)


def test_what_the_schema_of_mcdata_leaves_open_is_left_open() -> None:
    octets = info(MCDATA).replace(b"<anyExt>", b"<something-new/><anyExt>")
    assert found("ts24282/D.1/schema", hop(carried(MCDATA, octets))) == []


@pytest.mark.parametrize(
    "more",
    [
        '<mcvideo-client-id xmlns="urn:3gpp:ns:mcvideoInfo:1.0"/>',
        "<mcvideoURI>sip:a@b</mcvideoURI>",
        '<x xmlns="urn:x"><mcdataString xmlns="urn:3gpp:ns:mcdataInfo:1.0">y</mcdataString></x>',
    ],
    ids=["namespace", "name", "wrapper"],
)
def test_names_of_other_services(more: str) -> None:
    assert of("own-names", with_extension(more))


@pytest.mark.parametrize(
    "more", ['<x xmlns="urn:x"/>', "<end-to-end-security>1</end-to-end-security>"]
)
def test_extensions_that_are_known_or_not_of_3gpp(more: str) -> None:
    assert of("extension-known", with_extension(more)) == []


@pytest.mark.parametrize("service", [MCPTT, MCVIDEO, MCDATA], ids=str)
def test_migration_is_nothing_for_rel_17(service: Service) -> None:
    rule = f"{WHERE[service]}/release"
    data = hop(carried(service, info(service, REQUEST)))
    assert found(rule, data) == []
    faults = found(rule, data, Release.R17)
    assert faults is not None
    assert [actual for actual, _ in faults] == [
        "req-type, of Rel-18",
        f"{service.partner_id}, of Rel-18",
        "selected-user-profile-index, of Rel-18",
        f"{service.primary_id}, of Rel-18",
    ]


def test_a_value_of_rel_18() -> None:
    octets = (
        b'<mcpttinfo xmlns="urn:3gpp:ns:mcpttInfo:1.0"><mcptt-Params><anyExt>'
        b"<forwarding-reason>migrated</forwarding-reason></anyExt></mcptt-Params></mcpttinfo>"
    )
    rule = f"{PREFIX}/release"
    assert found(rule, hop(carried(MCPTT, octets))) == []
    assert found(rule, hop(carried(MCPTT, octets)), Release.R17) == [
        ("the value 'migrated', of Rel-18", "<forwarding-reason>migrated</forwarding-reason>")
    ]


def test_an_element_of_rel_20() -> None:
    data = hop(carried(MCPTT, with_extension("<used-priority>1</used-priority>")))
    for release in (Release.R18, Release.R19):
        assert found(f"{PREFIX}/release", data, release) == [
            ("used-priority, of Rel-20", "<used-priority>1</used-priority>")
        ]
    assert found(f"{PREFIX}/release", data, Release.R20) == []


ENCRYPTED = '<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#"/>'


@pytest.mark.parametrize(
    ("attribute", "faulty"),
    [(' type="Encrypted"', False), (' type="Normal"', True), ("", True)],
)
def test_an_encrypted_value_says_so(attribute: str, faulty: bool) -> None:
    more = f"<functional-alias-URI{attribute}>{ENCRYPTED}</functional-alias-URI>"
    assert bool(of("protection", with_extension(more))) is faulty


def test_a_client_id_that_is_encrypted_or_not_there() -> None:
    assert of("client-id", info(MCPTT, client=False)) is None


def test_a_boolean_may_be_the_result() -> None:
    old, new = "<mcpttString>success</mcpttString>", "<mcpttBoolean>1</mcpttBoolean>"
    octets = info(MCPTT, "migration-service-authorization-response")
    assert of("wrapper", octets.replace(old.encode(), new.encode())) == []
