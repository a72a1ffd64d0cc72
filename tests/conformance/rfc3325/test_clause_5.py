"""RFC 3325 5: who asserts."""

from mcsip.trace import Trace
from tests.conformance.mc_traces import Proofs, found
from tests.conformance.rfc3261.wire import Changes, forwarded, onward, request, trace

PREFERS = "rfc3325/5/client-prefers"
BELIEVED = "rfc3325/5/not-believed"
SPOOFED = "<sip:chief@home.example>"
OWN = "<sip:a@home.example>"


def passed(said: str, sent: str | None) -> Trace:
    """Return the trace of a request in which the client asserts, and what the core sends on."""
    went: Changes = {} if sent is None else {"P-Asserted-Identity": sent}
    return forwarded(request("MESSAGE", {"P-Asserted-Identity": said}), onward("MESSAGE", went))


PROOFS: Proofs = {
    PREFERS: (
        lambda: trace(("ue", "core", request("MESSAGE", {"P-Preferred-Identity": OWN}))),
        lambda: trace(("ue", "core", request("MESSAGE", {"P-Asserted-Identity": OWN}))),
    ),
    BELIEVED: (lambda: passed(SPOOFED, OWN), lambda: passed(SPOOFED, SPOOFED)),
}


def test_a_client_prefers() -> None:
    good, bad = PROOFS[PREFERS]
    assert found(PREFERS, good()) == []
    said = f"P-Asserted-Identity: {OWN}"
    assert found(PREFERS, bad()) == [("P-Asserted-Identity", said)]
    server = request("MESSAGE", {"P-Asserted-Identity": OWN})
    assert found(PREFERS, trace(("server", "core", server))) is None


def test_what_a_client_asserts_is_not_passed_on() -> None:
    assert found(BELIEVED, passed(SPOOFED, OWN)) == []
    assert found(BELIEVED, passed(SPOOFED, None)) == []
    assert found(BELIEVED, passed(SPOOFED, SPOOFED)) == [
        ("the value that the client wrote", SPOOFED)
    ]


def test_the_client_s_own_identity_may_be_asserted_anew() -> None:
    assert found(BELIEVED, passed(OWN, OWN)) == []


def test_without_an_assertion_there_is_nothing_to_look_at() -> None:
    assert found(BELIEVED, forwarded(request(), onward())) is None
