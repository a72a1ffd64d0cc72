"""RFC 3261 17.1.1.3 and 9.1: the fields of an ACK and of a CANCEL, and no others."""

from mcsip.sip.ack import build_ack, build_cancel

from .layer import Rig, answer, request_in


def test_ack() -> None:
    """17.1.1.3: Request-URI, Via, From, Call-ID, Route of the INVITE, To of the response."""
    rig = Rig()
    transaction = rig.send("INVITE", body=b"v=0")
    response = answer(transaction, 486, tag="bobs")
    invite = transaction.request
    ack = build_ack(invite, response)
    assert (ack.method, ack.uri) == ("ACK", invite.uri)
    assert ack.values("via") == [invite.first("via")]
    for key in ("from", "call-id", "route"):
        assert ack.values(key) == invite.values(key)
    assert ack.first("to") == "<sip:bob@example.com>;tag=bobs"
    assert str(ack.cseq) == "7 ACK"
    assert ack.body == b""
    assert ack.content_length == 0
    rig.receive(response)
    rig.take()
    rig.receive(response)
    assert request_in(rig.take()[0]).octets() == ack.octets()


def test_ack_to_a_response_with_a_compact_to() -> None:
    rig = Rig()
    transaction = rig.send("INVITE")
    response = answer(transaction, 404).edit()
    response.remove("To")
    response.append("t", "<sip:bob@example.com>;tag=x")
    assert build_ack(transaction.request, response.finish()).to.tag == "x"


def test_cancel() -> None:
    """9.1: the INVITE's Request-URI, Call-ID, To, From, Route, CSeq number, and its topmost Via."""
    rig = Rig()
    invite = rig.send("INVITE", body=b"v=0").request
    cancel = build_cancel(invite)
    assert (cancel.method, cancel.uri) == ("CANCEL", invite.uri)
    assert cancel.values("via") == [invite.first("via")]
    for key in ("from", "to", "call-id", "route"):
        assert cancel.values(key) == invite.values(key)
    assert str(cancel.cseq) == "7 CANCEL"
    assert cancel.body == b""
    assert cancel.first("require") is None
    assert cancel.first("proxy-require") is None
