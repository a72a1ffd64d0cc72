"""RFC 3428 7: the 2xx to a MESSAGE."""

from mcsip.trace import Trace
from tests.conformance.mc_traces import Proofs, found
from tests.conformance.rfc3261.wire import Changes, answered, request, response

BODY = "rfc3428/7/no-body"
CONTACT = "rfc3428/7/no-contact"


def answer(
    start: str = "200 OK", body: bytes = b"", contact: str = "", method: str = "MESSAGE"
) -> Trace:
    data = request(method)
    changes: Changes = {"Contact": contact} if contact else {}
    return answered(data, response(data, start, changes, body=body))


PROOFS: Proofs = {
    BODY: (answer, lambda: answer(body=b"done")),
    CONTACT: (answer, lambda: answer(contact="<sip:10.9.0.3>")),
}


def test_a_body() -> None:
    assert found(BODY, answer()) == []
    assert found(BODY, answer(body=b"done")) == [("a body of 4 octets (text/plain)", "done")]
    assert found(BODY, answer("202 Accepted", body=b"done"))


def test_a_contact() -> None:
    assert found(CONTACT, answer()) == []
    said = "Contact: <sip:10.9.0.3>"
    assert found(CONTACT, answer(contact="<sip:10.9.0.3>")) == [("a Contact field", said)]


def test_a_redirection_has_both() -> None:
    redirected = answer("302 Moved Temporarily", b"reason", "<sip:c@home.example>")
    assert found(BODY, redirected) is None
    assert found(CONTACT, redirected) is None


def test_answers_to_other_methods_are_not_looked_at() -> None:
    invited = answer(body=b"v=0", contact="<sip:10.9.0.3>", method="INVITE")
    assert found(BODY, invited) is None
    assert found(CONTACT, invited) is None
