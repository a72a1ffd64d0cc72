"""Passages: one request through one proxy (RFC 3261 16)."""

import pytest

from mcsip.mc.roles import Role
from mcsip.trace import NodeInfo
from tests.conformance.streams import A, B, C, Stream, request, response, with_nodes


def proxy(role: Role | None) -> Stream:
    return Stream(with_nodes((NodeInfo("p", "x", role), B)))


def joined(stream: Stream) -> list[tuple[int, list[int]]]:
    """Return the passages by the numbers of their requests."""
    stream.finish()
    return [(it.incoming.hop.number, [o.hop.number for o in it.outgoing]) for it in stream.passages]


@pytest.mark.parametrize("role", [Role.SIP_CORE, Role.MC_GATEWAY, None])
def test_what_goes_on_is_joined(role: Role | None) -> None:
    stream = proxy(role)
    stream.sent(request())
    stream.sent(request(above="2"), source=B, target=C)
    assert joined(stream) == [(1, [2])]
    assert stream.passages[0].node.name == "p"


@pytest.mark.parametrize("role", [Role.CLIENT, Role.MC_SERVER])
def test_a_user_agent_is_no_proxy(role: Role) -> None:
    stream = proxy(role)
    stream.sent(request())
    stream.sent(request(above="2"), source=B, target=C)
    assert joined(stream) == []


def test_a_gateway_may_hide_via_and_call_id() -> None:
    stream = proxy(Role.MC_GATEWAY)
    stream.sent(request())
    hidden = request(branch="2").replace(b"Call-ID: call", b"Call-ID: token")
    stream.sent(hidden, source=B, target=C)
    assert joined(stream) == [(1, [2])]


def test_a_stranger_that_changes_the_call_id_is_not_known_to_forward() -> None:
    stream = proxy(None)
    stream.sent(request())
    hidden = request(above="2").replace(b"Call-ID: call", b"Call-ID: token")
    stream.sent(hidden, source=B, target=C)
    assert joined(stream) == []


def test_a_stranger_that_answers_is_no_proxy_and_a_core_that_answers_is_one() -> None:
    for role, expected in ((None, []), (Role.SIP_CORE, [(1, [])])):
        stream = proxy(role)
        stream.sent(request())
        stream.sent(response(request()), source=B, target=A)
        assert joined(stream) == expected


def test_a_fork_has_several_ways_out() -> None:
    stream = proxy(Role.SIP_CORE)
    stream.sent(request())
    stream.sent(request(above="2"), source=B, target=C)
    stream.sent(request(above="3"), source=B, target=C)
    assert joined(stream) == [(1, [2, 3])]


def test_a_request_may_pass_a_proxy_twice() -> None:
    """It goes on from where its second Via says that it came (16.3, spiral)."""
    stream = proxy(Role.SIP_CORE)
    again = request(above="2").replace(b"Via: SIP/2.0/UDP p", b"Via: SIP/2.0/UDP c")
    stream.sent(request())
    stream.sent(again, source=C, target=B)
    stream.sent(request(above="3"), source=B, target=C)
    onward = b"Via: SIP/2.0/UDP p;branch=4\r\n" + again.partition(b"\r\n")[2]
    stream.sent(b"MESSAGE sip:x@y SIP/2.0\r\n" + onward, source=B, target=C)
    assert joined(stream) == [(1, [3]), (2, [4])]


def test_a_request_without_a_via_of_the_proxy_is_joined_too() -> None:
    stream = proxy(Role.SIP_CORE)
    stream.sent(request())
    stream.sent(request(), source=B, target=C)
    assert joined(stream) == [(1, [2])]


def test_another_request_is_not_joined() -> None:
    stream = proxy(Role.SIP_CORE)
    stream.sent(request())
    stream.sent(request(above="2", cseq="2 MESSAGE"), source=B, target=C)
    stream.sent(request(above="3", call="other"), source=B, target=C)
    assert joined(stream) == [(1, [])]


def test_cancel_and_the_ack_of_a_refusal_are_made_anew_on_each_hop() -> None:
    stream = proxy(Role.SIP_CORE)
    stream.sent(request("INVITE"))
    stream.sent(request("CANCEL", cseq="1 CANCEL"))
    stream.sent(request("ACK", cseq="1 ACK"))
    assert joined(stream) == [(1, [])]


def test_it_is_shown_when_all_its_transactions_are_closed() -> None:
    stream = proxy(Role.SIP_CORE)
    stream.sent(request())
    stream.sent(request(above="2"), at=30.0, source=B, target=C)
    stream.quiet(50.0)
    assert len(stream.transactions) == 1
    assert not stream.passages
    stream.quiet(70.0)
    assert len(stream.passages) == 1


def test_nothing_is_left_when_all_is_closed() -> None:
    stream = proxy(Role.SIP_CORE)
    for number in range(9):
        stream.sent(request(branch=str(number)))
        stream.sent(request(branch=str(number), above=f"p{number}"), source=B, target=C)
    assert len(joined(stream)) == 9
    passages = stream.collector._passages
    assert passages is not None
    assert not passages._waiting
    assert not passages._of
