"""Info bodies as the rules see them."""

import pytest

from mcsip.conformance.bodies import (
    Element,
    InfoBody,
    Place,
    body_of,
    body_seen,
    parts_of,
    read_body,
)
from mcsip.conformance.rule import Fault
from mcsip.conformance.views import MessageSeen, Release, Setting
from mcsip.mc.messages import MESSAGES, REQUEST
from mcsip.mc.multipart import Part, build_multipart
from mcsip.mc.services import MCDATA, MCPTT, MCVIDEO, SERVICES, Service
from mcsip.mc.xml import BodyError
from mcsip.sip.message import Message
from mcsip.sip.parse import parse_datagram
from mcsip.trace import Direction, NodeInfo, Peer, Trace, TraceEntry
from tests.conformance.mc_traces import PARTNER_ID, carried, info

R18 = Release.R18


def read(octets: bytes, service: Service = MCPTT) -> InfoBody:
    return InfoBody(service, octets, R18)


def message(data: bytes) -> Message:
    parsed = parse_datagram(data)
    assert isinstance(parsed, Message)
    return parsed


@pytest.mark.parametrize("service", SERVICES.values(), ids=str)
def test_what_a_body_holds(service: Service) -> None:
    body = read(info(service), service)
    assert body.fault is None
    assert body.schema == ()
    assert body.message is MESSAGES[REQUEST]
    assert body.migrates
    assert body.text(service.partner_id) == PARTNER_ID
    assert [(e.name, e.place) for e in body.elements] == [
        (service.access_token, Place.PARAMETERS),
        (service.client_id, Place.PARAMETERS),
        ("req-type", Place.EXTENSION),
        (service.partner_id, Place.EXTENSION),
        ("selected-user-profile-index", Place.EXTENSION),
        (service.primary_id, Place.EXTENSION),
    ]


def test_one_element() -> None:
    element = read(info(MCPTT)).get("partner-mcptt-id")
    assert element == Element(
        name="partner-mcptt-id",
        namespace=MCPTT.namespace,
        place=Place.EXTENSION,
        text=PARTNER_ID,
        wrapper="mcpttURI",
        protection="Normal",
        line=2,
        nth=0,
    )


def test_an_any_ext_under_the_root_and_what_stands_elsewhere() -> None:
    octets = (
        b'<p:mcpttinfo xmlns:p="urn:3gpp:ns:mcpttInfo:1.0"><p:mcptt-Params><p:mc-org>x</p:mc-org>'
        b'</p:mcptt-Params><o xmlns="urn:x"><deep/></o>\n<p:anyExt>\n<p:req-type type="Normal">'
        b"<p:mcpttString>y</p:mcpttString></p:req-type></p:anyExt></p:mcpttinfo>"
    )
    body = read(octets)
    assert [(e.name, e.namespace, e.place, e.line) for e in body.elements] == [
        ("mc-org", MCPTT.namespace, Place.PARAMETERS, 1),
        ("o", "urn:x", Place.ELSEWHERE, 1),
        ("req-type", MCPTT.namespace, Place.EXTENSION, 3),
    ]
    assert body.octets_of(body.elements[2]).startswith(b'<p:req-type type="Normal">')
    assert body.octets_of(body.elements[2]).endswith(b"</p:req-type>")


def test_the_second_element_of_a_name_is_marked_itself() -> None:
    octets = info(MCPTT).replace(b"<anyExt>", b'<anyExt><reason a="1"/><reason a="2"/>')
    first, second = [e for e in read(octets).elements if e.name == "reason"]
    body = read(octets)
    assert body.octets_of(first) == b'<reason a="1"/>'
    assert body.octets_of(second) == b'<reason a="2"/>'


@pytest.mark.parametrize(
    "octets", [b"", b"\0", b"<mcpttinfo", b"<!DOCTYPE x><x/>", b"<" * 70_000, b"\xff\xfe<\0"]
)
def test_what_cannot_be_read_has_a_fault(octets: bytes) -> None:
    body = read(octets)
    assert body.fault is not None
    assert body.elements == ()
    assert body.message is None


def test_where_the_schema_is_not_followed() -> None:
    octets = info(MCPTT).replace(b"<user-profile-index>2", b"<user-profile-index>-2")
    [(fault, marked)] = read(octets).schema
    assert fault.line == 2
    assert "user-profile-index" in fault.message
    assert marked == b"<user-profile-index>-2</user-profile-index>"


def test_the_schema_of_a_release() -> None:
    octets = info(MCPTT).replace(b"<anyExt>", b"<anyExt><used-priority>high</used-priority>")
    assert InfoBody(MCPTT, octets, Release.R19).schema == ()
    [(_, marked)] = InfoBody(MCPTT, octets, Release.R20).schema
    assert marked == b"<used-priority>high</used-priority>"


def test_what_is_encrypted_is_not_read() -> None:
    octets = info(MCPTT).replace(
        f'type="Normal"><mcpttURI>{PARTNER_ID}</mcpttURI>'.encode(),
        b'type="Encrypted"><EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#"/>',
    )
    body = read(octets)
    element = body.get("partner-mcptt-id")
    assert element is not None
    assert element.encrypted
    assert body.text("partner-mcptt-id") is None


def test_octets_are_read_once() -> None:
    octets = info(MCVIDEO)
    assert read_body(MCVIDEO, octets, R18) is read_body(MCVIDEO, bytes(bytearray(octets)), R18)
    assert read_body(MCVIDEO, octets, R18) is not read_body(MCVIDEO, octets, Release.R20)


def test_a_rule_is_asked_once_for_a_body() -> None:
    asked: list[InfoBody] = []

    def judge(body: InfoBody) -> tuple[Fault, ...]:
        asked.append(body)
        return ()

    body = read(info(MCPTT))
    assert body.judged(judge) == ()
    assert body.judged(judge) == ()
    assert asked == [body]


def test_the_body_of_a_message_alone_and_among_others() -> None:
    octets = info(MCDATA)
    alone = message(carried(MCDATA, octets))
    parts = [Part("text/plain", b"x"), Part(MCDATA.content_type, octets)]
    content_type, whole = build_multipart(parts)
    among = message(carried(MCDATA, whole, changes={"Content-Type": content_type}))
    assert body_of(alone, R18) is body_of(among, R18)
    found = parts_of(among)
    assert isinstance(found, tuple)
    assert [part.media_type for part in found] == ["text/plain", MCDATA.content_type]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("text/plain", b"x"), ("multipart/mixed", b"x"), ("multipart/mixed;boundary=b", b"--b\r\n")],
)
def test_a_message_without_info_body(content_type: str, body: bytes) -> None:
    read = message(carried(MCPTT, body, changes={"Content-Type": content_type}))
    assert body_of(read, R18) is None
    assert isinstance(parts_of(read), BodyError) is content_type.startswith("multipart")


def test_no_content_type_is_no_part() -> None:
    data = carried(MCPTT, b"x", changes={"Content-Type": None})
    assert parts_of(message(data)) is None


def test_what_is_no_message_has_no_body() -> None:
    here = Peer("10.0.0.1", 5060)
    entry = TraceEntry(1, 0.0, "a", Direction.SENT, "UDP", here, here, b"")
    seen = MessageSeen(Setting(Trace()), entry, None, NodeInfo("a"), NodeInfo("b"))
    assert body_seen(seen) is None
