"""The program with PJSIP: commands in, answers out, an end when the input ends."""

import pytest

from .driving import program

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("pjsua2")]


def test_it_listens_on_free_ports_and_ends_when_its_input_ends() -> None:
    with program() as it:
        addresses = it.start()["addresses"]
        assert set(addresses) == {"UDP", "TCP"}
        assert addresses["UDP"] == addresses["TCP"]  # RFC 3261 18.1.1: either is tried there
        host, port = addresses["UDP"]
        assert (host, port > 0) == ("127.0.0.1", True)
        assert it.process.stdin is not None
        it.process.stdin.close()
        assert it.process.wait(5) == 0


def test_it_says_that_it_is_alive_before_and_after_its_start() -> None:
    with program() as it:
        assert it.line("event")["event"] == "beat"
        it.start()
        assert it.line("event")["event"] == "beat"


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"garbage\n", "no JSON"),
        (b"[]\n", "no object"),
        (b'{"do": "dance"}\n', "there is no command 'dance'"),
        (b'{"do": 7}\n', "do is no text"),
        (b'{"do": "start", "host": "127.0.0.1"}\n', "no text"),
    ],
)
def test_a_command_that_is_none_is_answered(octets: bytes, said: str) -> None:
    with program() as it:
        it.give_octets(octets)
        answer = it.answer(None)
        assert said in answer["error"]
        assert answer["cannot"] is False


def test_a_port_that_is_taken_is_told() -> None:
    with program() as one, program() as other:
        _, port = one.start()["addresses"]["UDP"]
        answer = other.ask(1, "start", host="127.0.0.1", port=port, transports="UDP")
        assert "ddress already in use" in answer["error"]
