"""Hostile XML never gets past ``parse_xml``; each case is answered 400 or 413 with a short reason."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.mc.xml import MAX_BODY_OCTETS, MAX_DEPTH, MAX_REASON, BodyError, clean, parse_xml

LAUGHS = (
    b'<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "lol">'
    b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">'
    b'<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">'
    b'<!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;"><!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;">'
    b'<!ENTITY h "&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;"><!ENTITY i "&h;&h;&h;&h;&h;&h;&h;&h;&h;&h;">'
    b"]>\n<lolz>&i;</lolz>"
)
DOCTYPE = "declaration is not allowed"


@pytest.mark.parametrize(
    ("body", "status", "says", "line"),
    [
        pytest.param(LAUGHS, 400, DOCTYPE, 2, id="billion-laughs"),
        pytest.param(
            b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
            400,
            DOCTYPE,
            1,
            id="external-entity",
        ),
        pytest.param(
            b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>',
            400,
            DOCTYPE,
            1,
            id="external-dtd",
        ),
        pytest.param(
            b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/"> %p;]><a/>',
            400,
            DOCTYPE,
            1,
            id="parameter-entity",
        ),
        pytest.param(
            b'<!DOCTYPE a [<!ATTLIST a b CDATA "xxxx">]><a/>',
            400,
            DOCTYPE,
            1,
            id="default-attribute",
        ),
        pytest.param(b"<a>\n\n&undefined;</a>", 400, "not well-formed", 3, id="undefined-entity"),
        pytest.param(b"<a>" + b"x" * 10_000_000 + b"</a>", 413, "larger than", None, id="10-MB"),
        pytest.param(
            b"<a>" * 10_000 + b"</a>" * 10_000, 413, "larger than", None, id="10000-levels"
        ),
        pytest.param(b"<a>" * 9000 + b"</a>" * 9000, 400, "depth", None, id="9000-levels"),
        pytest.param(
            b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1),
            400,
            "levels",
            None,
            id="one-too-deep",
        ),
        pytest.param(b"<a>" * 10_000, 400, "", 1, id="10000-levels-unclosed"),
        pytest.param(b"", 400, "not well-formed", None, id="empty"),
        pytest.param(b"INVITE sip:x SIP/2.0\r\n", 400, "not well-formed", 1, id="not-xml"),
        pytest.param(b"{}", 400, "not well-formed", 1, id="json"),
        pytest.param(b"<a><b></a>", 400, "not well-formed", 1, id="mismatched"),
        pytest.param(b"<a/><a/>", 400, "not well-formed", 1, id="two-roots"),
        pytest.param(b"<a>\n\0</a>", 400, "NUL", 2, id="NUL"),
        pytest.param("<a>é</a>".encode("utf-16"), 400, "NUL", 1, id="utf-16"),
        pytest.param("<a>é</a>".encode("utf-32"), 400, "NUL", 1, id="utf-32"),
        pytest.param("<a>é</a>".encode("latin-1"), 400, "not well-formed", 1, id="latin-1"),
        pytest.param(
            '<?xml version="1.0" encoding="iso-8859-1"?><a>é</a>'.encode("latin-1"),
            400,
            "not well-formed",
            1,
            id="declared-latin-1",
        ),
        pytest.param(
            b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>',
            400,
            "not well-formed",
            1,
            id="utf-7-hides-a-doctype",
        ),
        pytest.param(
            '<?xml version="1.0" encoding="cp037"?><a/>'.encode("cp037"),
            400,
            "not well-formed",
            1,
            id="ebcdic",
        ),
        pytest.param(b"<a>\xff\xfe</a>", 400, "not well-formed", 1, id="not-utf-8"),
        pytest.param(b"<a>\x01</a>", 400, "not well-formed", 1, id="control-character"),
        pytest.param(b"<a>&#0;</a>", 400, "not well-formed", 1, id="reference-to-NUL"),
        pytest.param(b"<a b='1' b='2'/>", 400, "not well-formed", 1, id="attribute-twice"),
        pytest.param(b"<p:a/>", 400, "not well-formed", 1, id="undeclared-prefix"),
    ],
)
def test_refused(body: bytes, status: int, says: str, line: int | None) -> None:
    started = time.process_time()
    with pytest.raises(BodyError) as caught:
        parse_xml(body)
    assert caught.value.status == status
    assert says in caught.value.message
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < MAX_REASON + 40
    if line is not None:
        assert caught.value.line == line
        assert f"line {line} of the body" in caught.value.message
    # No amplification: a generous bound, which only work out of proportion could pass.
    assert time.process_time() - started < 1


def test_a_body_of_the_largest_size_is_read() -> None:
    body = b"<a>" + b"x" * (MAX_BODY_OCTETS - 7) + b"</a>"
    assert len(parse_xml(body).text or "") == MAX_BODY_OCTETS - 7


def test_the_deepest_body_is_read() -> None:
    assert parse_xml(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH).tag == "a"


@pytest.mark.parametrize(
    "body",
    [
        b"<a>sip:alice@a.example<!-- x -->.evil</a>",
        b"<a>sip:alice@a.example<?x y?>.evil</a>",
        b"<a>sip:alice@a.example<![CDATA[.evil]]></a>",
    ],
    ids=["comment", "instruction", "cdata"],
)
def test_nothing_splits_a_text(body: bytes) -> None:
    """A reader of the first text node alone would see another ID than the sender's system did."""
    assert parse_xml(body).text == "sip:alice@a.example.evil"


def test_a_byte_order_mark_is_accepted() -> None:
    assert parse_xml(b"\xef\xbb\xbf<a>\xc3\xa9</a>").text == "é"


def test_predefined_entities_and_character_references_are_read() -> None:
    assert parse_xml(b"<a>&lt;&amp;&#233;</a>").text == "<&é"


def test_clean_keeps_a_reason_on_one_line() -> None:
    assert clean("a\r\nWarning: b\x7f") == "a Warning: b?"
    assert len(clean("x" * 1000)) == MAX_REASON


def outcome(body: bytes) -> int:
    """Return 200 when a body is read, else the status that refuses it; nothing else may come out."""
    try:
        parse_xml(body)
    except BodyError as error:
        return error.status
    return 200


SCRAPS = ["<a>", "</a>", "<b", "/>", "&", ";", "<!", "]]>", "--", "x", "\n"]


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_octets_give_a_tree_or_a_body_error(body: bytes) -> None:
    assert outcome(body) in {200, 400}


@given(st.lists(st.sampled_from(SCRAPS)))
@settings(deadline=None)
def test_scraps_of_xml_give_a_tree_or_a_body_error(scraps: list[str]) -> None:
    assert outcome("".join(scraps).encode()) in {200, 400}
