"""The quick way into an info body says what the long way says, or nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.mc.elements import tags_of
from mcsip.mc.info import Info, UnknownMessageError, build_info, parse_info, read_routing
from mcsip.mc.info_pattern import MAX_OCTETS, _pattern, read_own
from mcsip.mc.info_reader import Contents
from mcsip.mc.messages import REQ_TYPE, REQUEST, RESP_TYPE, RESPONSE
from mcsip.mc.schema import validate
from mcsip.mc.services import MCPTT, SERVICES, Service
from mcsip.mc.xml import parse_xml

SOUND = Info(
    MCPTT,
    REQUEST,
    primary_id="sip:alice@primary.example",
    partner_id="sip:visitor-1@partner.example",
    client_id="urn:uuid:8d9a5bd5-6c04-4f9c-9b35-4d1f1c9d4a02",
    access_token="aaa.bbb.ccc",
    profile_index=2,
)


@given(st.data())
@settings(deadline=None)
def test_what_the_pattern_admits_is_valid_and_means_the_same(data: st.DataObject) -> None:
    service = data.draw(st.sampled_from(list(SERVICES.values())))
    kind = data.draw(st.sampled_from([REQ_TYPE, RESP_TYPE]))
    body = data.draw(st.from_regex(_pattern(service, kind), fullmatch=True)).encode("ascii")
    texts = read_own(body, service)
    if texts is None:
        assert len(body) > MAX_OCTETS
        return
    root = parse_xml(body)
    assert validate(root, service) == ()
    tags = tags_of(service)
    contents = Contents(root, tags)
    said = {
        tags.access_token: texts.access_token,
        tags.client_id: texts.client_id,
        tags.req_type if texts.carried_in == REQ_TYPE else tags.resp_type: texts.message,
        tags.result: texts.result,
        tags.partner_id: texts.partner_id,
        tags.profile_index: texts.profile_index,
        tags.primary_id: texts.primary_id,
    }
    assert contents.texts == {tag: text for tag, text in said.items() if text is not None}
    assert contents.partner_system == texts.partner_system
    assert contents.moved == (texts.moved is not None)
    assert contents.reason is None


def test_what_we_write_goes_the_quick_way(service: Service) -> None:
    for info in (
        Info(service, REQUEST, SOUND.primary_id, SOUND.partner_id, profile_index=2),
        Info(service, RESPONSE, SOUND.primary_id, SOUND.partner_id, success=True, moved=True),
        Info(service, RESPONSE, SOUND.primary_id, SOUND.partner_id, success=False),
    ):
        body = build_info(info)
        assert read_own(body, service) is not None
        assert parse_info(body, service) == read_routing(body, service) == info


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<?xml", b"<!DOCTYPE a []><?xml"),
        (b"<anyExt>", b"<anyExt><!-- a comment -->"),
        (b"<anyExt>", b"<anyExt> "),
        (b"alice", b"al&amp;ice"),
        (b"alice", b"al\xc3\xa9ice"),
        (b"alice", b"al<![CDATA[i]]>ce"),
        (b' type="Normal"', b' type="Encrypted"'),
        (b"sip:alice@primary.example", b"tel:+1"),
        (b">2<", b">+2<"),
        (b">2<", b"><"),
    ],
)
def test_everything_else_goes_the_long_way(old: bytes, new: bytes) -> None:
    body = build_info(SOUND)
    assert read_own(body, MCPTT) is not None
    assert read_own(body.replace(old, new), MCPTT) is None


def test_a_body_of_another_service_or_too_large_goes_the_long_way() -> None:
    body = build_info(SOUND)
    assert read_own(body, SERVICES["mcvideo"]) is None
    assert read_own(body.replace(b"aaa", b"a" * MAX_OCTETS), MCPTT) is None


def test_a_message_that_we_do_not_know_is_refused_alike() -> None:
    body = build_info(SOUND).replace(b"migration-service", b"another-service")
    for read in (parse_info, read_routing):
        with pytest.raises(UnknownMessageError, match="is no migration message"):
            read(body, MCPTT)
