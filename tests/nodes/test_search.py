"""RFC 3263 4.3: the next server when one cannot be reached or answers 503, and no further."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from mcsip.net.endpoint import Endpoint
from mcsip.nodes.search import Search
from mcsip.sip.build import build_response
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import parse_datagram
from mcsip.sip.transaction import ClientTransaction
from mcsip.sip.transport_rules import Target

from .world import written

ONE, TWO, THREE = (Target("TCP", f"192.0.2.{n}", 5060) for n in (1, 2, 3))


def a_request() -> Request:
    request = parse_datagram(written())
    assert isinstance(request, Request)
    return request


class Bench:
    """A search for a request that was sent to ONE, and who hears of it."""

    def __init__(self, *left: Target) -> None:
        self.running = True
        self.sent: list[Target] = []
        self.told: list[Any] = []
        self.request = a_request()
        user = SimpleNamespace(
            on_response=lambda _, response: self.told.append(response.status),
            on_timeout=lambda _: self.told.append("timeout"),
            on_transport_error=lambda _, reason: self.told.append(reason),
        )
        self.search = Search(cast("Endpoint", self), self.request, left, user)

    def send_request(self, request: Request, target: Target, user: Search) -> None:
        assert request is self.request
        assert user is self.search
        self.sent.append(target)

    def at(self, target: Target) -> ClientTransaction:
        return cast("ClientTransaction", SimpleNamespace(target=target))

    def response(self, status: int) -> Response:
        return build_response(self.request, status, to_tag="x")


def test_a_transport_error_means_the_next_server() -> None:
    bench = Bench(TWO, THREE)
    bench.search.on_transport_error(bench.at(ONE), "refused")
    bench.search.on_transport_error(bench.at(TWO), "refused")
    assert (bench.sent, bench.told) == ([TWO, THREE], [])
    bench.search.on_response(bench.at(THREE), bench.response(200))
    assert bench.told == [200]


def test_503_means_the_next_server() -> None:
    bench = Bench(TWO)
    bench.search.on_response(bench.at(ONE), bench.response(503))
    assert (bench.sent, bench.told) == ([TWO], [])


@pytest.mark.parametrize("status", [100, 200, 302, 403, 404, 480, 500, 504, 603])
def test_any_other_answer_is_one(status: int) -> None:
    bench = Bench(TWO)
    bench.search.on_response(bench.at(ONE), bench.response(status))
    assert (bench.sent, bench.told) == ([], [status])


def test_the_last_one_counts() -> None:
    bench = Bench(TWO)
    bench.search.on_transport_error(bench.at(ONE), "first")
    bench.search.on_transport_error(bench.at(TWO), "second")
    assert (bench.sent, bench.told) == ([TWO], ["second"])


def test_silence_is_the_end() -> None:
    bench = Bench(TWO)
    bench.search.on_timeout(bench.at(ONE))
    assert (bench.sent, bench.told) == ([], ["timeout"])


def test_a_node_that_stops_searches_no_further() -> None:
    bench = Bench(TWO)
    bench.running = False
    bench.search.on_transport_error(bench.at(ONE), "stopped")
    assert (bench.sent, bench.told) == ([], ["stopped"])
