"""Messages as SIPp writes them."""

import pytest

from mcsip.export.sipp_text import TAG, Wording, answer_text, keyword_of, request_text
from mcsip.sip.build import build_request, build_response
from mcsip.sip.message import Request

HOSTS = {"10.0.0.1": "own", "10.0.0.12": "the_core"}


def request(body: bytes = b"") -> Request:
    made = build_request(
        "MESSAGE",
        "sip:server@10.0.0.12:5060",
        from_="<sip:a@b.example>;tag=abc",
        to="<sip:server@b.example>",
        call_id="once",
        cseq=1,
        fields=[("Via", "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx"), ("X-At", "10.0.0.1")],
    )
    draft = made.edit()
    if body:
        draft.set_body("text/plain", body)
    return draft.finish()


@pytest.mark.parametrize(
    ("name", "keyword"),
    [("partner.gateway", "partner_gateway"), ("alice-ue", "alice_ue"), ("a..b", "a_b")],
)
def test_keywords_of_names(name: str, keyword: str) -> None:
    assert keyword_of(name) == keyword


def test_a_request_is_new_in_every_call() -> None:
    lines = request_text(request(), Wording(HOSTS), "1.2///[call_id]", udp=True).split("\n")
    assert lines[0] == "MESSAGE sip:server@[the_core_ip]:[the_core_port] SIP/2.0"
    assert lines[1] == "Via: SIP/2.0/[transport] [own_ip]:[own_port];rport;branch=[branch]"
    assert "Call-ID: 1.2///[call_id]" in lines
    assert f"From: <sip:a@b.example>{TAG}" in lines
    assert "X-At: [own_ip]" in lines
    assert lines[-3:] == ["Content-Length: 0", "", ""]


def test_over_tcp_nobody_asks_for_the_port() -> None:
    assert ";rport" not in request_text(request(), Wording(HOSTS), "c", udp=False)


def test_a_host_is_no_part_of_another() -> None:
    assert Wording(HOSTS).text("10.0.0.121 10.0.0.12") == "10.0.0.121 [the_core_ip]"


def test_brackets_and_backslashes_of_the_message_stay() -> None:
    """A bracket would be a keyword of SIPp, a backslash its escape."""
    assert Wording({}).text("a[1]\\x41") == "a\\x5B1\\x5D\\x5Cx41"
    assert Wording({}, brackets=False).text("a[1]") == "a[1]"


def test_the_longest_value_first() -> None:
    values = {"sip:a@b": "[$short]", "sip:a@b.example": "[$long]"}
    assert Wording({}, values).text("<sip:a@b.example> <sip:a@b>") == "<[$long]> <[$short]>"


def test_a_body_is_counted_by_sipp() -> None:
    text = request_text(request(b"one\r\ntwo"), Wording(HOSTS), "c", udp=True)
    assert text.endswith("Content-Length: [len]\n\none\ntwo")


def test_a_request_that_is_passed_on_keeps_its_fields() -> None:
    """RFC 3261 16.6: Via and From as they were."""
    saved = {"from": "f", "via 1": "v1", "via 2": "v2"}
    lines = request_text(request(), Wording(HOSTS), "[$c]", udp=True, saved=saved).split("\n")
    assert lines[2:4] == ["Via:[$v1]", "Via:[$v2]"]
    assert "From:[$f]" in lines


@pytest.mark.parametrize("saved", [{}, {"from": "f", "to": "t", "call-id": "i", "cseq": "q"}])
def test_an_answer_repeats_the_request(saved: dict[str, str]) -> None:
    """RFC 3261 8.2.6.2."""
    response = build_response(request(), 403, to_tag="x", fields=[("Warning", '399 a "b"')])
    text = answer_text(response, Wording(HOSTS), saved)
    assert text.startswith("SIP/2.0 403 Forbidden\n")
    assert 'Warning: 399 a "b"' in text
    assert (f"[last_To:]{TAG}" in text) is not bool(saved)
    assert (f"To:[$t]{TAG}" in text) is bool(saved)
    assert "tag=x" not in text


def test_an_entity_tag_is_the_servers() -> None:
    """RFC 3903 4.1."""
    response = build_response(request(), 200, to_tag="x", fields=[("SIP-ETag", "abc")])
    assert "SIP-ETag: [pid]-[call_number]" in answer_text(response, Wording({}), {})
    fields = dict.fromkeys(("from", "to", "call-id", "cseq"), "x")
    assert "[last_SIP-ETag:]" in answer_text(response, Wording({}), fields)
