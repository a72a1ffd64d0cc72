"""Common forms; ``test_shapes`` compares what they tell with what reading the message tells."""

import pytest

from mcsip.conformance.common_form import CommonForm, NotToldError, Pieces, StandIn
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.trace import Peer

HEAD = Pieces(
    (
        "MESSAGE sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP P",
        ";rport\r\nVia: SIP/2.0/UDP a;branch=1\r\nFrom: <sip:a@a>",
        "\r\nTo: <sip:b@b>\r\nCall-ID: ",
        "@a\r\nCSeq: 7 MESSAGE",
    ),
    (StandIn(";branch=z9hG4bK", "qX0Xq"), StandIn(";tag=", "qX1Xq"), StandIn("", "qX2Xq")),
)
NO_BODY = Pieces(("",), ())
NAMES = (";branch=z9hG4bKabc", ";tag=def", "call")
OTHERS = (";branch=z9hG4bKx", ";tag=y", "z")


def read(head: Pieces, names: tuple[str, ...], body: bytes = b"") -> Request | Response:
    message = parse_datagram(head.octets(names) + b"\r\n\r\n" + body)
    assert not isinstance(message, Malformed)
    return message


def form_of(head: Pieces, names: tuple[str, ...] = NAMES) -> CommonForm:
    return CommonForm(3, head, NO_BODY, read(head, names), names)


def replaced(old: str, new: str) -> Pieces:
    return Pieces(tuple(text.replace(old, new) for text in HEAD.texts), HEAD.stand_ins)


def test_it_tells_what_other_messages_say_by_their_names() -> None:
    form = form_of(HEAD)
    assert (form.number, form.alike, form.method) == (3, True, "MESSAGE")
    assert form.key(OTHERS) == ("z9hG4bKx", "MESSAGE", "p:none")
    assert form.call_id(OTHERS) == "z@a"
    assert form.passed(OTHERS) == ("y", 7, "MESSAGE")
    assert form.branches(OTHERS) == ["z9hG4bKx", "1"]
    assert form.ids(OTHERS) is None
    assert form.words() == {"x", "a", "b"}
    assert form.octets(OTHERS) == HEAD.octets(OTHERS) + b"\r\n\r\n"
    assert form.message(OTHERS).call_id == "z@a"


def test_it_knows_what_no_name_stands_in() -> None:
    form = form_of(replaced("UDP a", "UDP 10.0.0.1:5070"))
    assert form.uri == "sip:x@y"
    assert form.addresses == (Peer("10.0.0.1", 5070),)
    named = Pieces(
        ("MESSAGE ", HEAD.texts[0].removeprefix("MESSAGE sip:x"), *HEAD.texts[1:]),
        (StandIn("sip:", "qX3Xq"), *HEAD.stand_ins),
    )
    assert form_of(named, ("sip:x", *NAMES)).uri == ""


def test_what_is_missing_or_malformed_is_so_in_all() -> None:
    form = form_of(replaced("CSeq", "Seq"))
    assert form.key(OTHERS) is None
    assert form.passed(OTHERS) is None
    assert form_of(replaced("UDP a", "UDP ")).branches(OTHERS) == []
    assert form_of(replaced("Call-ID", "Call")).call_id(OTHERS) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@a\r\nCSeq: 7 MESSAGE", "@a\r\nCSeq: 7 qX1Xq"),
        ("SIP/2.0/UDP P", "SIP/2.0/UDP qx2xq"),
    ],
)
def test_a_stand_in_that_stands_there_by_chance_tells_nothing(old: str, new: str) -> None:
    with pytest.raises(NotToldError):
        form_of(replaced(old, new))


def test_several_names_may_stand_in_one_text() -> None:
    head = Pieces(
        (*HEAD.texts[:3], "@", ":5\r\nCSeq: 7 MESSAGE"), (*HEAD.stand_ins, StandIn("", "192.0.2.9"))
    )
    form = form_of(head, (*NAMES, "198.51.100.1"))
    assert form.call_id((*OTHERS, "203.0.113.1")) == "z@203.0.113.1:5"


def test_a_name_may_stand_twice_in_one_text() -> None:
    assert form_of(HEAD, (";branch=z9hG4bKx", ";tag=x", "x")).call_id(OTHERS) == "z@a"


def test_the_number_of_cseq_may_be_a_name() -> None:
    head = Pieces(
        (*HEAD.texts[:3], "@a\r\nCSeq: ", " MESSAGE"), (*HEAD.stand_ins, StandIn("", "987654003"))
    )
    form = form_of(head, (*NAMES, "17"))
    assert form.passed((*OTHERS, "18")) == ("y", 18, "MESSAGE")


def test_nothing_is_told_by_a_length() -> None:
    head = Pieces(
        (*HEAD.texts[:3], "@a\r\nCSeq: 7 MESSAGE\r\nContent-Length: ", ""), HEAD.stand_ins
    )
    head = Pieces(head.texts, (*head.stand_ins, StandIn("0", "")))
    assert form_of(head, (*NAMES, "0")).octets((*OTHERS, "0")).endswith(b"Length: 0\r\n\r\n")


def test_a_name_in_a_text_that_is_compared_in_lower_case_is_not_told() -> None:
    head = Pieces(
        (HEAD.texts[0].replace("UDP P", "UDP "), ";branch=1" + HEAD.texts[1], *HEAD.texts[2:]),
        (StandIn("", "qX0Xq"), *HEAD.stand_ins[1:]),
    )
    with pytest.raises(NotToldError):
        form_of(head, ("Host", *NAMES[1:]))


def test_a_name_in_the_method_is_not_told() -> None:
    head = Pieces(
        (*HEAD.texts[:3], "@a\r\nCSeq: 7 ", ""), (*HEAD.stand_ins, StandIn("sip:", "qX3Xq"))
    )
    with pytest.raises(NotToldError):
        form_of(head, (*NAMES, "sip:x"))


def test_names_that_do_not_make_the_message_are_refused() -> None:
    with pytest.raises(NotToldError):
        CommonForm(3, HEAD, NO_BODY, read(HEAD, NAMES), OTHERS)


def test_what_stand_ins_make_malformed_is_not_told() -> None:
    head = Pieces(
        ("MESSAGE sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP P\r\nContent-Length: ", ""),
        (StandIn("", "qX0Xq"),),
    )
    with pytest.raises(NotToldError):
        form_of(head, ("0",))
