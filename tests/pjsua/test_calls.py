"""PJSIP's calls, between two programs that call each other directly."""

import pytest

from mcsip.pjsua.wire import octets_of, pack

from .driving import Driver, program

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("pjsua2")]


def call(it: Driver, number: int, name: str, port: int) -> dict[str, object]:
    return it.ask(
        number,
        "call",
        call=name,
        identity="sip:bob@primary.example",
        proxy=f"<sip:127.0.0.1:{port};transport=tcp;lr>",
        registrar="sip:primary.example",
        uri=f"sip:alice@127.0.0.1:{port};transport=tcp",
        fields=[["P-Preferred-Service", "urn:x"]],
        content_type="application/vnd.3gpp.mcptt-info+xml",
        info=pack(b"<info/>"),
    )


def account(it: Driver, port: int) -> None:
    """Give a program an account, without which it takes no calls."""
    it.ask(
        2,
        "send",
        identity="sip:alice@primary.example",
        proxy=f"<sip:127.0.0.1:{port};transport=tcp;lr>",
        registrar="sip:primary.example",
        method="OPTIONS",
        uri="sip:bob@primary.example",
        fields=[],
        content_type="",
        body="",
    )


def test_a_call_is_made_talked_changed_and_ended() -> None:
    with program() as bob, program() as alice:
        _, bobs = bob.start()["addresses"]["TCP"]
        _, port = alice.start()["addresses"]["TCP"]
        account(alice, bobs)
        assert "error" not in call(bob, 2, "one", port)
        invited = alice.line("event", "invited")
        request = octets_of(invited, "octets")
        assert b"<info/>" in request
        assert b"application/sdp" in request
        assert b"multipart/mixed" in request
        name = invited["call"]
        alice.ask(3, "answer", call=name, status=180)
        alice.ask(4, "answer", call=name, status=200)
        answered = bob.line("event", "answered")
        assert (answered["call"], answered["status"]) == ("one", 200)
        assert bob.line("event", "established")["call"] == "one"
        assert alice.line("event", "established")["call"] == name
        for number in range(5, 200):
            counts = bob.ask(number, "counts", call="one")
            if min(counts["sent"], counts["received"]) >= 10:
                break
            bob.line("event", "beat")
        assert min(counts["sent"], counts["received"]) >= 10
        assert counts["lost"] == 0
        bob.ask(200, "change", call="one", direction="sendonly")
        assert bob.line("event", "answered")["status"] == 200
        alice.ask(201, "hang_up", call=name)
        assert bob.line("event", "ended")["call"] == "one"
        assert alice.line("event", "ended")["call"] == name
        gone = bob.ask(202, "hang_up", call="one")
        assert (gone["cannot"], "it is over" in str(gone["error"])) == (True, True)


def test_a_refusal_is_told_with_its_answer() -> None:
    with program() as bob, program() as alice:
        _, bobs = bob.start()["addresses"]["TCP"]
        _, port = alice.start()["addresses"]["TCP"]
        account(alice, bobs)
        call(bob, 2, "one", port)
        alice.ask(3, "answer", call=alice.line("event", "invited")["call"], status=486)
        answered = bob.line("event", "answered")
        assert answered["status"] == 486
        assert octets_of(answered, "octets").startswith(b"SIP/2.0 486 ")
        assert bob.line("event", "ended")["status"] == 486


def test_calls_beyond_the_limit_are_refused_and_the_program_lives() -> None:
    with program() as bob, program() as alice:
        _, bobs = bob.start()["addresses"]["TCP"]
        _, port = alice.start()["addresses"]["TCP"]
        account(alice, bobs)
        for number in range(4):
            assert "error" not in call(bob, 2 + number, f"call-{number}", port)
        refused = call(bob, 10, "one-more", port)
        assert refused["cannot"] is True
        assert "at most 4 calls" in str(refused["error"])
