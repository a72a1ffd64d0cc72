"""RFC 3428 4: what a MESSAGE must not have."""

from mcsip.mc.services import MCPTT
from mcsip.trace import Trace
from tests.conformance.mc_traces import Proofs, carried, found, hop, info
from tests.conformance.rfc3261.wire import request

CONTACT = "rfc3428/4/no-contact"
DIALOG = "rfc3428/4/no-dialog"


def to(tag: str) -> Trace:
    return hop(carried(MCPTT, info(MCPTT), changes={"To": f"<sip:server@home.example>{tag}"}))


PROOFS: Proofs = {
    CONTACT: (
        lambda: hop(request()),
        lambda: hop(request("MESSAGE", None, ("Contact", "<sip:10.9.0.1>"))),
    ),
    DIALOG: (lambda: to(""), lambda: to(";tag=of-a-dialog")),
}


def test_a_contact() -> None:
    good, bad = PROOFS[CONTACT]
    assert found(CONTACT, good()) == []
    assert found(CONTACT, bad()) == [("a Contact field", "Contact: <sip:10.9.0.1>")]


def test_other_methods_have_a_contact() -> None:
    assert found(CONTACT, hop(request("INVITE"))) is None


def test_a_to_tag() -> None:
    good, bad = PROOFS[DIALOG]
    assert found(DIALOG, good()) == []
    [(actual, marked)] = found(DIALOG, bad()) or []
    assert actual == "the tag 'of-a-dialog'"
    assert marked == "To: <sip:server@home.example>;tag=of-a-dialog"


def test_a_message_that_is_no_mc_message_may_be_of_a_call() -> None:
    data = request("MESSAGE", {"To": "<sip:b@home.example>;tag=of-a-call"})
    assert found(DIALOG, hop(data)) is None
