"""Short data, octet for octet (TS 24.282 9.2.2.2.1, 15.1.2, 15.1.4 as far as they are known)."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.errors import UsageError
from mcsip.mc.communication import ONE_TO_ONE_SDS, Communication
from mcsip.mc.multipart import Part, build_multipart, parse_multipart
from mcsip.mc.services import MCDATA, MCPTT
from mcsip.mc.short_data import (
    MAX_TEXT_OCTETS,
    PAYLOAD_TYPE,
    RESOURCE_LISTS_TYPE,
    SIGNALLING_TYPE,
    ShortData,
    Signalling,
    build_short_data,
    is_short_data,
    parse_short_data,
    readdress,
)
from mcsip.mc.xml import BodyError

ALICE = "sip:alice@primary.example"
DATA = ShortData(
    Communication(MCDATA, ONE_TO_ONE_SDS, ALICE),
    Signalling(1_700_000_000, bytes(range(16)), bytes(range(16, 32))),
    "grüß dich",
)


def parts_of(data: ShortData = DATA) -> dict[str, Part]:
    return {part.media_type: part for part in parse_multipart(*build_short_data(data))}


def with_part(media_type: str, body: bytes | None) -> tuple[str, bytes]:
    """Return short data with another part, or without it."""
    parts = parts_of()
    del parts[media_type]
    added = [] if body is None else [Part(media_type, body)]
    return build_multipart([*parts.values(), *added])


def test_the_parts() -> None:
    parts = parts_of()
    assert list(parts) == [
        MCDATA.content_type,
        RESOURCE_LISTS_TYPE,
        SIGNALLING_TYPE,
        PAYLOAD_TYPE,
    ]
    # 15.1.2: message type, date and time (5), conversation ID (16), message ID (16)
    assert parts[SIGNALLING_TYPE].body == (
        b"\x01" + (1_700_000_000).to_bytes(5, "big") + bytes(range(32))
    )
    # 15.1.4: message type, number of payloads; 15.2.13: IEI, length, content type, data
    assert parts[PAYLOAD_TYPE].body == b"\x03\x01\x78\x00\x0c\x01" + "grüß dich".encode()
    # 9.2.2.2.1: the target stands in a resource list with one entry, not in the info body
    assert ALICE.encode() in parts[RESOURCE_LISTS_TYPE].body
    assert ALICE.encode() not in parts[MCDATA.content_type].body


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.integers(0, 2**40 - 1))
@settings(deadline=None)
def test_round_trip(text: str, sent_at: int) -> None:
    data = replace(DATA, text=text, signalling=DATA.signalling._replace(sent_at=sent_at))
    built = build_short_data(data)
    assert is_short_data(*built)
    assert parse_short_data(*built) == data


def test_readdressed_the_rest_stays_octet_for_octet() -> None:
    about = Communication(MCDATA, ONE_TO_ONE_SDS, "sip:v@partner.example", ALICE)
    content_type, body = readdress(*build_short_data(DATA), about)
    after = {part.media_type: part for part in parse_multipart(content_type, body)}
    before = parts_of()
    assert list(after) == [MCDATA.content_type, SIGNALLING_TYPE, PAYLOAD_TYPE]
    assert after[SIGNALLING_TYPE] == before[SIGNALLING_TYPE]
    assert after[PAYLOAD_TYPE] == before[PAYLOAD_TYPE]
    assert parse_short_data(content_type, body) == replace(DATA, about=about)
    assert readdress(content_type, body, about) == (content_type, body)


@pytest.mark.parametrize("media_type", [MCDATA.content_type, SIGNALLING_TYPE, PAYLOAD_TYPE])
def test_a_part_that_is_missing_or_doubled_or_encoded(media_type: str) -> None:
    with pytest.raises(BodyError, match="is missing"):
        parse_short_data(*with_part(media_type, None))
    part = parts_of()[media_type]
    with pytest.raises(BodyError, match="twice"):
        parse_short_data(*build_multipart([*parts_of().values(), part]))
    encoded = replace(part, fields=(("Content-Transfer-Encoding", "base64"),))
    with pytest.raises(BodyError, match="encoded"):
        parse_short_data(*build_multipart([*({**parts_of(), media_type: encoded}).values()]))


LIST = (
    '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>{}</list></resource-lists>'
)


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (SIGNALLING_TYPE, b""),
        (SIGNALLING_TYPE, b"\x01" + bytes(36)),
        (SIGNALLING_TYPE, b"\x05" + bytes(37)),
        (PAYLOAD_TYPE, b""),
        (PAYLOAD_TYPE, b"\x02\x01\x78\x00\x02\x01a"),
        (PAYLOAD_TYPE, b"\x03\x02\x78\x00\x02\x01a"),
        (PAYLOAD_TYPE, b"\x03\x01\x79\x00\x02\x01a"),
        (PAYLOAD_TYPE, b"\x03\x01\x78\x00\x03\x01a"),
        (PAYLOAD_TYPE, b"\x03\x01\x78\x00\x02\x02a"),
        (PAYLOAD_TYPE, b"\x03\x01\x78\x00\x02\x01\xff"),
        (RESOURCE_LISTS_TYPE, LIST.format("").encode()),
        (RESOURCE_LISTS_TYPE, LIST.format('<entry uri="sip:a@b"/><entry uri="sip:c@d"/>').encode()),
        (RESOURCE_LISTS_TYPE, LIST.format("<entry/>").encode()),
        (RESOURCE_LISTS_TYPE, b"<!DOCTYPE a><a/>"),
    ],
)
def test_parts_that_are_refused(media_type: str, body: bytes) -> None:
    with pytest.raises(BodyError):
        parse_short_data(*with_part(media_type, body))


def test_optional_elements_after_the_signalling_are_passed_over() -> None:
    """15.1.2: a disposition request (TV, IEI 8-) may follow."""
    extended = parts_of()[SIGNALLING_TYPE].body + b"\x81"
    assert parse_short_data(*with_part(SIGNALLING_TYPE, extended)) == DATA


@pytest.mark.parametrize(
    ("content_type", "body"),
    [(MCDATA.content_type, b"<a/>"), build_multipart([Part("text/plain", b"hi")])],
)
def test_what_is_no_short_data(content_type: str, body: bytes) -> None:
    assert not is_short_data(content_type, body)


@pytest.mark.parametrize(
    "data",
    [
        replace(DATA, about=replace(DATA.about, service=MCPTT)),
        replace(DATA, about=replace(DATA.about, target=None)),
        replace(DATA, text="x" * (MAX_TEXT_OCTETS + 1)),
        replace(DATA, signalling=DATA.signalling._replace(message=b"short")),
    ],
    ids=["MCPTT has none", "nobody", "too long", "no UUID"],
)
def test_what_cannot_be_sent(data: ShortData) -> None:
    with pytest.raises(UsageError):
        build_short_data(data)
