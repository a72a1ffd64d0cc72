"""RFC 3261 16.4: what led only to us is taken away."""

import pytest

from mcsip.sip.errors import ParseError
from mcsip.sip.message import Request
from mcsip.sip.proxy.route import next_uri, preprocess

from .conftest import make_policy, make_request

POLICY = make_policy()
OURS = "<sip:gw.partner.example;lr>"


@pytest.mark.parametrize(
    ("request_", "uri", "routes"),
    [
        pytest.param(make_request(), "sip:bob@primary.example", [], id="16.4: nothing to do"),
        pytest.param(
            make_request("MESSAGE", f"Route: {OURS}, <sip:p2.example;lr>"),
            "sip:bob@primary.example",
            ["<sip:p2.example;lr>"],
            id="16.4: the first Route is ours",
        ),
        pytest.param(
            make_request("MESSAGE", "Route: <sip:p2.example;lr>", f"Route: {OURS}"),
            "sip:bob@primary.example",
            ["<sip:p2.example;lr>", OURS],
            id="16.4: only the first Route is looked at",
        ),
        pytest.param(
            make_request(
                "MESSAGE",
                "Route: <sip:p2.example;lr>, <sip:bob@192.0.2.4>",
                uri="sip:gw.partner.example;lr",
            ),
            "sip:bob@192.0.2.4",
            ["<sip:p2.example;lr>"],
            id="16.4: a strict router put our Record-Route into the Request-URI",
        ),
        pytest.param(
            make_request(uri="sip:gw.partner.example"),
            "sip:gw.partner.example",
            [],
            id="16.4: a Request-URI of ours without lr is not from Record-Route",
        ),
        pytest.param(
            make_request(uri="sip:bob@primary.example;maddr=gw.partner.example;transport=udp"),
            "sip:bob@primary.example",
            [],
            id="16.4: maddr names us",
        ),
        pytest.param(
            make_request(uri="sip:bob@primary.example;maddr=192.0.2.8"),
            "sip:bob@primary.example;maddr=192.0.2.8",
            [],
            id="16.4: maddr names somebody else",
        ),
        pytest.param(
            make_request(uri="sip:bob@primary.example:5070;maddr=gw.partner.example"),
            "sip:bob@primary.example:5070;maddr=gw.partner.example",
            [],
            id="16.4: maddr with a port that is not ours",
        ),
        pytest.param(make_request(uri="tel:+1"), "tel:+1", [], id="16.4: a tel URI stays"),
    ],
)
def test_preprocessing(request_: Request, uri: str, routes: list[str]) -> None:
    ready = preprocess(request_, POLICY)
    assert ready.uri == uri
    assert ready.items("route") == routes


def test_the_request_that_was_received_is_not_altered() -> None:
    request = make_request("MESSAGE", f"Route: {OURS}")
    preprocess(request, POLICY)
    assert request.items("route") == [OURS]


def test_a_malformed_route_is_the_peers_fault() -> None:
    """16.3 item 1: Route must be well-formed."""
    with pytest.raises(ParseError):
        preprocess(make_request("MESSAGE", "Route: <sip:"), POLICY)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (make_request("MESSAGE", "Route: <sip:p2.example;lr>"), "sip:p2.example;lr"),
        (make_request(), "sip:bob@primary.example"),
        (make_request(uri="tel:+1"), "None"),
    ],
    ids=["16.6-7: the first Route", "16.6-7: the Request-URI", "16.6-7: no SIP URI"],
)
def test_next_uri(request_: Request, expected: str) -> None:
    assert str(next_uri(request_)) == expected
