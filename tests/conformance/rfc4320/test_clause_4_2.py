"""RFC 4320 4.2: no 408, and silence of a proxy that got no answer."""

from mcsip.trace import Direction, Trace
from tests.conformance.mc_traces import Proofs, found
from tests.conformance.rfc3261.wire import (
    NODES,
    PEERS,
    QUIET_S,
    answered,
    onward,
    request,
    response,
)

NO_408 = "rfc4320/4.2/no-408"
SILENT = "rfc4320/4.2/silent-proxy"


def refused(status: str, method: str = "MESSAGE") -> Trace:
    data = request(method)
    return answered(data, response(data, status))


def forwarded(answer_at: float | None, status: str = "504 Server Time-out") -> Trace:
    """Return the trace of a request that the core forwards to a server that never answers.

    Args:
        answer_at: when the core answers, in seconds; None: never.
        status: what it answers.
    """
    made = Trace()
    for node in NODES:
        made.add_node(node)
        made.announce(node.name, *PEERS[node.name])
    came, went = request(), onward()
    for now, sender, receiver, data in (
        (0.0, "ue", "core", came),
        (0.01, "core", "server", went),
        *(((answer_at, "core", "ue", response(came, status)),) if answer_at is not None else ()),
        (QUIET_S, "ue", "core", b"\r\n\r\n"),
    ):
        here, there = PEERS[sender], PEERS[receiver]
        made.append_entry(now, sender, Direction.SENT, "UDP", here, there, data)
        made.append_entry(now, receiver, Direction.RECEIVED, "UDP", there, here, data)
    return made


PROOFS: Proofs = {
    NO_408: (lambda: refused("403 Forbidden"), lambda: refused("408 Request Timeout")),
    SILENT: (lambda: forwarded(None), lambda: forwarded(32.5)),
}


def test_408() -> None:
    assert found(NO_408, refused("403 Forbidden")) == []
    said = "408 Request Timeout"
    assert found(NO_408, refused(said)) == [(f"{said} to MESSAGE", f"SIP/2.0 {said}")]
    assert found(NO_408, refused(said, "INVITE")) is None


def test_a_proxy_that_got_no_answer_is_silent() -> None:
    assert found(SILENT, forwarded(None)) == []
    assert found(SILENT, forwarded(32.5)) == [
        ("504 Server Time-out after 32.500 s", "SIP/2.0 504 Server Time-out")
    ]


def test_what_comes_at_once_is_about_the_connection() -> None:
    assert found(SILENT, forwarded(0.1, "500 Server Internal Error")) == []


def test_408_of_a_proxy_is_found_once() -> None:
    assert found(SILENT, forwarded(32.5, "408 Request Timeout")) == []
    assert found(NO_408, forwarded(32.5, "408 Request Timeout"))
