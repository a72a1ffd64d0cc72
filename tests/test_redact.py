"""What counts as a secret and what is put in its place (features.md, command line)."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from mcsip.redact import redact, redact_text

JWT = b"eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJpZG1zLnBhcnRuZXIuZXhhbXBsZSJ9.TWFkZVVwU2lnbmF0dXJl"
NS = b'xmlns="urn:3gpp:ns:mcpttInfo:1.0" xmlns:m="urn:3gpp:ns:mcpttInfo:1.0"'


def info(inner: bytes) -> bytes:
    """Return an info body around ``inner``."""
    return (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<mcpttinfo ' + NS + b"><mcptt-Params>" + inner
        + b"</mcptt-Params></mcpttinfo>"
    )  # fmt: skip


ELEMENTS = {
    "plain": b"<mcptt-access-token type='Normal'><mcpttString>SECRET</mcpttString></mcptt-access-token>",
    "white-space": b"<mcptt-access-token\n type='Normal' >\n <mcpttString>\n SECRET\n </mcpttString>\n</mcptt-access-token >",
    "prefix": b"<m:mcptt-access-token><m:mcpttString>SECRET</m:mcpttString></m:mcptt-access-token>",
    "mcvideo": b"<mcvideo-access-token><mcvideoString>SECRET</mcvideoString></mcvideo-access-token>",
    "mcdata": b"<mcdata-access-token><mcdataString>SECRET</mcdataString></mcdata-access-token>",
    "no-child": b"<mcptt-access-token>SECRET</mcptt-access-token>",
    "cdata": b"<mcptt-access-token><mcpttString><![CDATA[<SECRET>&]]></mcpttString></mcptt-access-token>",
    "cdata-end-tag": b"<mcptt-access-token><mcpttString><![CDATA[</mcptt-access-token>SECRET]]></mcpttString></mcptt-access-token>",
    "comment": b"<mcptt-access-token><!-- SECRET --><mcpttString>SECRET</mcpttString></mcptt-access-token>",
    "instruction": b"<mcptt-access-token><?keep SECRET?>SECRET</mcptt-access-token>",
    "entities": b"<mcptt-access-token><mcpttString>a&amp;SECRET&#x41;&lt;</mcpttString></mcptt-access-token>",
    "attribute": b"<mcptt-access-token note='a>SECRET' type=\"Normal\"><mcpttString>SECRET</mcpttString></mcptt-access-token>",
    "attribute-of-child": b"<mcptt-access-token><mcpttString was='SECRET'>x</mcpttString></mcptt-access-token>",
    "nested": b"<mcptt-access-token><mcptt-access-token>SECRET</mcptt-access-token>SECRET</mcptt-access-token>",
    "empty-nested": b"<mcptt-access-token><mcptt-access-token/>SECRET</mcptt-access-token>",
    "two": b"<mcptt-access-token>SECRET</mcptt-access-token><x/><m:mcptt-access-token>SECRET</m:mcptt-access-token>",
    "escaped": b"<x>&lt;mcptt-access-token type=&quot;Normal&quot;&gt;&lt;mcpttString&gt;SECRET&lt;/mcpttString&gt;&lt;/mcptt-access-token&gt;</x>",
    "escaped-by-number": b"<x>&#60;mcptt-access-token&#62;SECRET&#x3C;/mcptt-access-token></x>",
    "in-cdata": b"<x><![CDATA[<mcptt-access-token>SECRET</mcptt-access-token>]]></x>",
    "as-attribute": b"<x mcptt-access-token='SECRET'/>",
}


@pytest.mark.parametrize("inner", ELEMENTS.values(), ids=ELEMENTS.keys())
def test_access_token_elements(inner: bytes) -> None:
    """TS 24.379 F.1: the value of *-access-token, whatever its form."""
    body = info(inner)
    hidden = redact(body)
    assert b"SECRET" not in hidden
    assert len(hidden) == len(body)
    before, after = etree.fromstring(body), etree.fromstring(hidden)
    assert [e.tag for e in before.iter()] == [e.tag for e in after.iter()]
    assert redact(hidden) == hidden


def test_the_type_of_an_element_stays() -> None:
    assert redact(ELEMENTS["plain"]) == (
        b"<mcptt-access-token type='Normal'><mcpttString>redact</mcpttString></mcptt-access-token>"
    )


def test_an_encrypted_value_stays_valid() -> None:
    """XML Encryption 3.1: the algorithm stays; CipherValue stays base64."""
    body = (
        b'<mcptt-access-token type="Encrypted"><e:EncryptedData xmlns:e="urn:e" Type="t"><e:CipherData>'
        b'<e:CipherValue>U0VDUkVUIQ==</e:CipherValue></e:CipherData></e:EncryptedData></mcptt-access-token>'
    )  # fmt: skip
    hidden = redact(body)
    assert hidden == body.replace(b"U0VDUkVUIQ==", b"redactedxxxx")
    base64.b64decode(b"redactedxxxx", validate=True)


def test_other_elements_stay() -> None:
    body = info(b"<mcptt-request-uri><mcpttURI>sip:bob@x</mcpttURI></mcptt-request-uri>")
    assert redact(body) == body
    mixed = body + info(ELEMENTS["plain"]) + body
    assert redact(mixed) == body + info(redact(ELEMENTS["plain"])) + body
    empty = b"<mcptt-access-token/><a>stays</a><mcptt-access-token type='Normal'/><b>stays</b>"
    assert redact(empty) == empty


@pytest.mark.parametrize("cut", range(20, len(ELEMENTS["plain"]), 3))
def test_a_body_cut_short(cut: int) -> None:
    assert b"SECRET" not in redact(ELEMENTS["plain"][:cut])


def test_multipart() -> None:
    """RFC 2046 5.1: the token is found in any part, the boundaries stay."""
    parts = (
        b"--b1\r\nContent-Type: text/plain\r\n\r\nkeep me\r\n--b1\r\n"
        b"Content-Type: application/vnd.3gpp.mcptt-info+xml\r\n\r\n"
    )
    tail = b"\r\n--b1\r\nContent-Type: text/plain\r\n\r\nkeep me\r\n--b1--\r\n"
    body = parts + info(ELEMENTS["plain"]) + tail
    assert redact(body) == parts + info(redact(ELEMENTS["plain"])) + tail


def test_multipart_in_base64() -> None:
    """RFC 2045 6.8: also when the part travels as base64, over several lines."""
    inner = info(ELEMENTS["plain"])
    coded = base64.b64encode(inner)
    lines = b"\r\n".join(coded[at : at + 60] for at in range(0, len(coded), 60))
    head = b"--b1\r\nContent-Transfer-Encoding: base64\r\nContent-Type: application/x\r\n\r\n"
    body = head + lines + b"\r\n--b1--\r\n"
    hidden = redact(body)
    assert len(hidden) == len(body)
    text = hidden[len(head) :].removesuffix(b"\r\n--b1--\r\n")
    assert base64.b64decode(text) == redact(inner)
    assert b"SECRET" not in base64.b64decode(text)


def test_two_octets_per_character() -> None:
    """XML 1.0 4.3.3: a body may be UTF-16."""
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le"):
        body = ELEMENTS["plain"].decode().encode(encoding)
        assert redact(body).decode(encoding) == redact(ELEMENTS["plain"]).decode()
    assert redact(b"\0\1\2" * 9) == b"\0\1\2" * 9


HEADERS = {
    "digest": b'Authorization: Digest username="alice", realm="r", nonce="SECRET", uri="sip:x", response="SECRET", opaque="SECRET"',
    "proxy": b'Proxy-Authorization: Digest username="alice", response="SECRET"',
    "any-case": b'pRoXy-aUtHoRiZaTiOn: dIgEsT response="SECRET"',
    "no-quotes": b"Authorization: Digest response=SECRET, qop=auth",
    "bearer": b"Authorization: Bearer SECRET",
    "bearer-with-padding": b"Authorization: Bearer U0VDUkVUSECRET==",
    "basic": b"Authorization: Basic YWxpY2U6U0VDUkVUSECRET=",
    "no-scheme": b"Authorization: SECRET",
    "odd": b'Authorization: Digest ,, SECRET , response="SECRET',
    "folded": b'Authorization: Digest username="alice",\r\n\tresponse=\r\n  "SECRET",\r\n SECRET',
    "folded-before-scheme": b"Authorization:\r\n Bearer\r\n SECRET",
    "folded-in-value": b'Authorization: Digest response="SEC\r\n RET SECRET"',
    "escaped-quote": b'Authorization: Digest response="\\"SECRET", username="x"',
    "space-before-colon": b"Authorization \t : Bearer SECRET",
    "line-feed-only": b"Authorization: Bearer\n SECRET",
}


@pytest.mark.parametrize("field", HEADERS.values(), ids=HEADERS.keys())
def test_credentials(field: bytes) -> None:
    """RFC 3261 20.7, 20.28: the credentials go, name and line structure stay."""
    head = b"REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKk\r\n"
    tail = b"\r\nContent-Length: 0\r\n\r\nbody"
    hidden = redact(head + field + tail)
    assert b"SECRET" not in hidden
    assert b"SEC\r\n RET" not in hidden
    assert hidden.startswith(head + field[:13])
    assert hidden.endswith(tail)
    assert len(hidden) == len(head + field + tail)
    assert [len(line) for line in hidden.split(b"\n")] == [
        len(line) for line in (head + field + tail).split(b"\n")
    ]
    assert redact(hidden) == hidden


def test_what_a_reader_needs_of_digest_stays() -> None:
    """RFC 7616 3.4: who asks for what is not secret."""
    assert redact(HEADERS["digest"]) == (
        b'Authorization: Digest username="alice", realm="r", nonce="redact", uri="sip:x",'
        b' response="redact", opaque="redact"'
    )


def test_a_field_that_only_mentions_authorization_stays() -> None:
    text = b"Subject: about authorization: yes\r\nX-Authorization-Info: SECRET\r\n"
    assert redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        b"%s",
        b"?token=%s&x=1",
        b'{"access_token":"%s"}',
        b"Bearer %s,",
        b"prefix%s",
        b"%s.QUFB.QkJC",
        b"eyJhbGciOiJub25lIn0.eyJhIjoxfQ.",
    ],
)
def test_tokens_anywhere(text: bytes) -> None:
    """RFC 7519 3: three dot-separated base64url parts, the first the JSON of a header."""
    whole = text.replace(b"%s", JWT)
    hidden = redact(whole)
    assert b"eyJ" not in hidden
    assert b"TWFkZVVw" not in hidden
    assert len(hidden) == len(whole)


@pytest.mark.parametrize("dot", [b".", b"%2E", b"%2e", b"&#46;", b"&#x2E;", b"&#x002e;"])
def test_tokens_with_escaped_dots(dot: bytes) -> None:
    """RFC 3986 2.1, XML 1.0 4.1."""
    hidden = redact(b"<x>" + JWT.replace(b".", dot) + b"</x>")
    assert hidden.startswith(b"<x>redactedxxx")
    assert b"eyJ" not in hidden


def test_text_that_is_no_token_stays() -> None:
    text = b"eyJ is how they start; eyJhbGci.one.dot? sip:eyJ@partner.example eyJab eyJ.a"
    assert redact(text).count(b"eyJ") == 4, "only the one with two dots goes"


def test_harmless_messages_are_the_same_object() -> None:
    data = b"SIP/2.0 200 OK\r\n\r\n"
    assert redact(data) is data


def test_text() -> None:
    assert redact_text("tøken " + JWT.decode()) == "tøken redacted".ljust(6 + len(JWT), "x")


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            [*ELEMENTS.values(), *HEADERS.values(), JWT, b"\r\n", b"<", b">", b'"', b"\0", b"]]>", b"eyJ"]
        )
        | st.binary(max_size=8)
    ).map(b"".join)
)  # fmt: skip
def test_length_and_lines_of_any_octets(data: bytes) -> None:
    hidden = redact(data)
    assert len(hidden) == len(data)
    assert hidden.count(b"\n") == data.count(b"\n")
