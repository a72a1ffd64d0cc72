"""PJSIP's accounts and requests: limits, and outcomes where nobody answers."""

import socket

import pytest

from mcsip.pjsua.wire import octets_of, pack

from .driving import Driver, program

MAX_ACCOUNTS = 8

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("pjsua2")]


def send(it: Driver, number: int, identity: str, port: int, **changes: object) -> dict[str, object]:
    wanted: dict[str, object] = {
        "identity": identity,
        "proxy": f"<sip:127.0.0.1:{port};lr>",
        "registrar": "sip:primary.example",
        "method": "MESSAGE",
        "uri": "sip:server@primary.example",
        "fields": [["Accept-Contact", "*;a"], ["Accept-Contact", "*;b"]],
        "content_type": "application/x",
        "body": pack(b"\xff\x00body"),
    }
    return it.ask(number, "send", **(wanted | changes))


def test_a_request_goes_out_as_it_is_wanted_and_its_answer_comes_back() -> None:
    with program() as it, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(10)
        it.start()
        assert "error" not in send(it, 2, "sip:a@primary.example", peer.getsockname()[1])
        octets, source = peer.recvfrom(65536)
        head, _, body = octets.partition(b"\r\n\r\n")
        assert body == b"\xff\x00body"
        lines = head.split(b"\r\n")
        assert lines[0] == b"MESSAGE sip:server@primary.example SIP/2.0"
        assert [line for line in lines if line.startswith(b"Accept-Contact")] == [
            b"Accept-Contact: *;a",
            b"Accept-Contact: *;b",
        ]
        kept = (b"Via", b"From", b"To", b"Call-ID", b"CSeq")
        fields = b"\r\n".join(line for line in lines if line.startswith(kept))
        answer = b'SIP/2.0 403 No\r\n%s\r\nWarning: 399 a "b"\r\nContent-Length: 0\r\n\r\n' % fields
        peer.sendto(answer, source)
        done = it.line("event", "done")
        assert (done["number"], done["status"]) == (2, 403)
        assert octets_of(done, "octets") == answer


def test_a_request_that_cannot_be_sent_ends_at_once() -> None:
    with program() as it, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        it.start()
        proxy = f"<sip:127.0.0.1:{port};transport=tcp;lr>"
        send(it, 2, "sip:a@primary.example", port, proxy=proxy)
        done = it.line("event", "done")
        assert (done["number"], done["octets"]) == (2, "")
        assert done["status"] in {502, 503}


def test_one_account_too_many_is_refused_and_the_program_lives() -> None:
    with program() as it, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        port = peer.getsockname()[1]
        it.start()
        for number in range(MAX_ACCOUNTS):
            assert "error" not in send(it, 10 + number, f"sip:u{number}@primary.example", port)
        refused = send(it, 50, "sip:more@primary.example", port)
        assert refused["cannot"] is True
        assert "at most 8 accounts" in str(refused["error"])
        assert "error" not in send(it, 51, "sip:u1@primary.example", port)


def test_a_message_that_is_too_long_is_refused_and_the_program_lives() -> None:
    with program() as it, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        port = peer.getsockname()[1]
        it.start()
        send(it, 2, "sip:a@primary.example", port, body=pack(b"x" * 4000))
        done = it.line("event", "done")
        assert (done["number"], done["octets"]) == (2, "")
        assert "PJSIP_EMSGTOOLONG" in done["reason"]
        assert "error" not in send(it, 3, "sip:a@primary.example", port)
