"""RFC 3261 16.3, item by item."""

import pytest

from mcsip.sip.message import Request, Response
from mcsip.sip.proxy.validate import check_request

from .conftest import Bench, LetterIds, make_policy, make_request

POLICY = make_policy()


def nothing(_branch: str) -> Request | None:
    return None


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(make_request(), None, id="16.3: a good request passes"),
        pytest.param(make_request("MESSAGE", "Call-ID: "), 400, id="16.3-1: Call-ID is missing"),
        pytest.param(make_request("MESSAGE", "CSeq: "), 400, id="16.3-1: CSeq is missing"),
        pytest.param(make_request(hops="many"), 400, id="16.3-1: Max-Forwards is no number"),
        pytest.param(
            make_request("MESSAGE", "Date: yesterday"), None, id="16.3-1: a bad Date passes"
        ),
        pytest.param(make_request(uri="nobody-knows:abc"), 416, id="16.3-2: an unknown URI scheme"),
        pytest.param(make_request(uri="tel:+358-555"), None, id="16.3-2: a tel URI passes"),
        pytest.param(make_request(hops=""), None, id="16.3-3: no Max-Forwards passes"),
        pytest.param(make_request(hops="1"), None, id="16.3-3: one hop left passes"),
        pytest.param(make_request(hops="0"), 483, id="16.3-3: no hop left"),
        pytest.param(make_request("OPTIONS", hops="0"), 200, id="16.3-3, 11.2: OPTIONS for us"),
        pytest.param(
            make_request("MESSAGE", "Via: SIP/2.0/UDP gw.partner.example:5060;branch=z9hG4bKold"),
            None,
            id="16.3-4: our Via of a transaction that is over: Max-Forwards protects",
        ),
        pytest.param(
            make_request("MESSAGE", "Proxy-Require: foo, bar"), 420, id="16.3-5: Proxy-Require"
        ),
        pytest.param(
            make_request("MESSAGE", "Require: foo"), None, id="16.3-5: Require is not for us"
        ),
        pytest.param(
            make_request("MESSAGE", 'Proxy-Authorization: Digest username="a"'),
            None,
            id="16.3-6: no credentials are asked for",
        ),
    ],
)
def test_items(request_: Request, status: int | None) -> None:
    fault = check_request(request_, POLICY, nothing)
    assert (fault.status if fault else None) == status


def test_the_unsupported_extensions_are_named() -> None:
    """16.3 item 5."""
    fault = check_request(make_request("MESSAGE", "Proxy-Require: foo, bar"), POLICY, nothing)
    assert fault is not None
    assert fault.fields == (("Unsupported", "foo, bar"),)


def loop_back(bench: Bench, sent: Request, uri: str) -> list[Response]:
    """Send what we sent to ourselves, with another Request-URI, and return our answer."""
    draft = sent.edit()
    draft.uri = uri
    draft.prepend("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKnext")
    transaction = bench.arrive(draft.finish())
    bench.proxy.receive(transaction, transaction.request)
    return bench.take_responses()


def test_a_request_that_comes_back_unchanged_is_a_loop(bench: Bench) -> None:
    """16.3 item 4."""
    _, [sent] = bench.relay(make_request())
    [refused] = loop_back(bench, sent, sent.uri)
    assert refused.status == 482


def test_a_request_that_comes_back_changed_is_a_spiral(bench: Bench) -> None:
    """16.3 item 4, 16.6 item 8."""
    _, [sent] = bench.relay(make_request())
    assert loop_back(bench, sent, "sip:bob@192.0.2.77") == []


def test_a_refused_request_is_answered_with_a_tag(bench: Bench) -> None:
    """16.3: the answer is ours; 8.2.6.2: with a tag."""
    transaction = bench.arrive(make_request(hops="0"))
    assert bench.proxy.receive(transaction, transaction.request) is None
    [refused] = bench.take_responses()
    assert refused.status == 483
    assert refused.to.tag


def test_an_unreadable_to_does_not_stop_the_answer() -> None:
    """16.3 item 1: what is not needed need not be well-formed."""
    from mcsip.sip.proxy.validate import Fault, refuse

    response = refuse(make_request("MESSAGE", "To: <sip:bob"), Fault(483), LetterIds())
    assert response.first("to") == "<sip:bob"
